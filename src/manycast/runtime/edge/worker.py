"""One worker's life: it serves viewers on the shared port and its peers on a socket of its own."""

import asyncio
import os
import shutil
import signal
import socket
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from manycast.runtime.edge.node import Node
from manycast.runtime.edge.peers import Peers
from manycast.runtime.edge.place import SUPERVISOR, Place
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import Server
from manycast.settings.http import HttpServerSettings


class Served(Protocol):
    node: Node
    server: Server

    def inner(self, exchange: Exchange) -> None: ...
    def at_work(self) -> AbstractAsyncContextManager[None]: ...
    def drain(self) -> None: ...


async def run_worker(
    own: Served, peers: Peers, settings: HttpServerSettings, stop: asyncio.Event
) -> None:
    """Serve until ``stop``, or until SIGHUP says that a successor has taken over. Raises OSError."""
    place = peers.place
    left_to_successor = asyncio.Event()

    def leave() -> None:
        left_to_successor.set()
        stop.set()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, leave)
    inner = Server(own.inner, settings, own.node.for_peers)
    await inner.accept_from([bound(path := f"{place.path(place.number)}.{os.getpid()}")])
    await own.server.accept_from([socket.socket(fileno=file) for file in place.files])
    take_over(path, place)
    peers.report_ready(os.getpid())
    async with own.at_work():
        await stop.wait()
    own.drain()
    if left_to_successor.is_set():
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(own.server.close(hands_over=True))
            tasks.create_task(inner.close(hands_over=True))
    else:
        await own.server.close()
        await peers.close()
        await inner.close(hands_over=True)  # others may still drain
        release(place)


def bound(path: str) -> socket.socket:
    """A UNIX socket at a path that nobody has. Raises OSError."""
    one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        one.bind(path)
    except OSError as error:
        one.close()
        raise OSError(f"socket {path}: {error}; TMPDIR names the folder it is in") from error
    return one


def take_over(path: str, place: Place) -> None:
    """From here on peers come to the socket at this path, and no longer to a predecessor's."""
    Path(path).rename(place.path(place.number))


def release(place: Place) -> None:
    """Take this worker's socket away; the last of those that a killed supervisor left clears up."""
    folder = Path(place.folder)
    Path(place.path(place.number)).unlink(missing_ok=True)
    if not any(name.name != SUPERVISOR for name in folder.glob("*")):
        shutil.rmtree(folder, ignore_errors=True)
