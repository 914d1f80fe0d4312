"""Keeps several workers behind one port: opens it once, restarts who ends, replaces one by one."""

import asyncio
import logging
import secrets
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from manycast.runtime.edge.metrics import plain
from manycast.runtime.edge.place import INNER, SUPERVISOR, Place
from manycast.runtime.edge.worker import bound
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import Server
from manycast.runtime.processes import Child
from manycast.settings.http import HttpServerSettings
from manycast.settings.workers import WorkersSettings
from manycast.std.http1 import OWN_TEXT


_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Crew:
    """What to start, and where it listens."""

    command: Callable[[Place], Sequence[str]]
    """The command line of a worker."""
    workers: int
    host: str
    port: int
    http: HttpServerSettings = field(default_factory=HttpServerSettings)
    settings: WorkersSettings = field(default_factory=WorkersSettings)


async def supervise(crew: Crew, stop: asyncio.Event, listening: Callable[[int], None]) -> None:
    """Run until ``stop``; ``listening`` is told the port once all workers serve. Raises OSError."""
    sockets = await listen_on(crew.host, crew.port, crew.http.backlog)
    folder = tempfile.mkdtemp(prefix="manycast-")  # only this user may enter it
    try:
        supervisor = Supervisor(crew, sockets, folder)
        await supervisor.run(stop, lambda: listening(sockets[0].getsockname()[1]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for one in sockets:
            one.close()


class Supervisor:
    def __init__(self, crew: Crew, sockets: Sequence[socket.socket], folder: str) -> None:
        self._crew = crew
        self._files = tuple(one.fileno() for one in sockets)
        self._folder = folder
        self._node = "manycast-" + secrets.token_hex(8)
        self._children = [self._child(number) for number in range(crew.workers)]
        self._coming: Child | None = None
        """The one that is to replace another."""
        self._ready: set[int] = set()
        """Processes that serve."""
        self._reported = asyncio.Event()
        self._renewal = asyncio.Event()
        self._restarts_before = 0
        """Of workers that have been replaced."""
        self._tasks = asyncio.TaskGroup()

    async def run(self, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        server = Server(self._application, self._crew.http, None)
        await server.accept_from([bound(f"{self._folder}/{SUPERVISOR}")])
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._renewal.set)
        try:
            async with self._tasks as tasks:
                for child in self._children:
                    tasks.create_task(child.run())
                renewing = tasks.create_task(self._stay(ready))
                await stop.wait()
                renewing.cancel()
                for child in self._living():
                    tasks.create_task(child.stop())
        finally:
            loop.remove_signal_handler(signal.SIGHUP)
            await server.close()

    def _child(self, number: int) -> Child:
        place = Place(number, self._crew.workers, self._node, self._folder, self._files)
        argv = self._crew.command(place)
        restart_s = self._crew.settings.restart_s
        return Child(f"worker {number}", argv, pass_fds=self._files, restart_s=restart_s)

    async def _stay(self, ready: Callable[[], None]) -> None:
        for child in self._children:
            await self._serving(child)
        ready()
        while True:
            await self._renewal.wait()
            self._renewal.clear()
            await self._renew()

    async def _renew(self) -> None:
        """Replace the workers one by one; the first that does not get ready ends it."""
        _LOG.warning("replacing %d workers", len(self._children))
        for number, old in enumerate(self._children):
            new = self._coming = self._child(number)
            self._tasks.create_task(new.run())
            try:
                async with asyncio.timeout(self._crew.settings.ready_s):
                    await self._serving(new)
            except TimeoutError:
                _LOG.error("the new worker %d does not get ready; the old ones stay", number)
                await new.stop()
                return
            self._children[number], self._coming = new, None
            self._restarts_before += old.restarts
            self._tasks.create_task(old.stop(signal.SIGHUP))
        _LOG.warning("all workers are new")

    def _living(self) -> list[Child]:
        return [*self._children, self._coming] if self._coming else self._children

    async def _serving(self, child: Child) -> None:
        while child.process is None or child.process.pid not in self._ready:
            self._reported.clear()
            await self._reported.wait()

    def _application(self, exchange: Exchange) -> None:
        match exchange.request.path.removeprefix(INNER).split("/")[1:]:
            case ["ready", pid]:
                known = {child.process.pid for child in self._living() if child.process}
                self._ready = (self._ready | {int(pid)}) & known
                self._reported.set()
                exchange.send(200, OWN_TEXT, b"noted\n")
            case ["healthz"]:
                exchange.send(200, OWN_TEXT, b"ok\n")
            case ["metrics"]:
                exchange.send(200, OWN_TEXT, self._metrics().encode())
            case _:
                exchange.send(404, OWN_TEXT, b"The supervisor keeps nothing.\n")

    def _metrics(self) -> str:
        restarts = self._restarts_before + sum(child.restarts for child in self._children)
        numbers = {
            "manycast_edge_workers": ("Workers of this node.", len(self._children)),
            "manycast_edge_worker_restarts_total": ("Workers that ended unasked.", restarts),
        }
        return "\n".join(plain(numbers)) + "\n"


async def listen_on(host: str, port: int, backlog: int) -> list[socket.socket]:
    """Listening sockets on every address of a host, all on one port. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    sockets: list[socket.socket] = []
    for family, _, _, _, address in dict.fromkeys(found):
        chosen = sockets[0].getsockname()[1] if sockets else port
        try:
            sockets.append(_listening(family, (address[0], chosen, *address[2:]), backlog))
        except OSError as error:
            for one in sockets:
                one.close()
            raise OSError(f"cannot listen on {address[0]} port {chosen}: {error}") from error
    return sockets


def _listening(
    family: socket.AddressFamily, address: tuple[object, ...], backlog: int
) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
        one.listen(backlog)
        one.setblocking(False)
    except OSError:
        one.close()
        raise
    return one
