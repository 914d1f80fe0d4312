"""Starts the control role: state, engines, API and dashboard; stops it without waiting for those who only listen."""

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import uvicorn

from manycast.api.app import build
from manycast.api.connection import BoundedConnection
from manycast.api.context import Context
from manycast.control.events import AccountLost, Event
from manycast.control.fleet import ReportRefusedError
from manycast.model.destinations import AccountState, Platform
from manycast.runtime.accounts import setup_code
from manycast.runtime.clock import SteadyWall, wall_ms
from manycast.runtime.control.books import Books, remembered
from manycast.runtime.control.hub import Hub
from manycast.runtime.control.itself import Itself
from manycast.runtime.control.network import Network
from manycast.runtime.fleet_token import fleet_token
from manycast.runtime.importing import import_channels
from manycast.runtime.notices.deliverer import Deliverer
from manycast.runtime.notices.desk import Desk
from manycast.runtime.origins import Origins
from manycast.runtime.platforms.calls import Calls
from manycast.runtime.platforms.desk import PlatformDesk
from manycast.runtime.platforms.drivers import drivers
from manycast.runtime.platforms.stored import StoredPlan, StoredVault
from manycast.runtime.store import users
from manycast.runtime.store.database import UnavailableError
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.destinations import PlatformAccount
from manycast.settings.tree import Settings


log = logging.getLogger("manycast.control")

DRAIN_S_MAX = 10
"""Requests in flight get this long after SIGTERM."""
KEEP_ALIVE_S = 30
"""An idle connection; a dashboard asks more often than that."""
STUCK_MS_MAX = 120_000
"""A download that somebody has paused for longer than this is asked for again from where it was."""
CONNECTIONS_MAX = 2000
"""Beyond it requests are answered 503; event streams are limited before that."""


async def run(
    settings: Settings,
    directory: Path,
    listen: tuple[str, int],
    stop: asyncio.Event,
    on_ready: Callable[[int, str], None] | None = None,
) -> None:
    """Serve until ``stop`` is set; ``on_ready`` is told the port, and the set-up code while there is no administrator.

    Raises OSError or ValueError when it cannot start.
    """
    token = fleet_token(settings.control.token_file, directory)
    # In this order, so that whoever finds the port open finds everything ready.
    with _opened(settings, directory) as (store, code), _bound(*listen) as door:
        hub = Hub()
        network = Network(settings.control, hub, SteadyWall().now_ms, *remembered(store))
        async with Calls(_vault(store, network, hub), settings.platforms) as calls:
            context = _context(settings, directory, store, token, network, hub, calls)
            if on_ready is not None:
                on_ready(door.getsockname()[1], code)
            await _serve(context, door, stop)


def _context(  # noqa: PLR0913, PLR0917  what all handlers share is made of all of these
    settings: Settings,
    directory: Path,
    store: Store,
    token: str,
    network: Network,
    hub: Hub,
    calls: Calls,
) -> Context:
    platforms = PlatformDesk(
        StoredPlan(store),
        drivers(calls),
        network.on_air,
        settings.platforms,
        network.now_ms,
        network.ended,
    )
    network.shown = platforms.conductor.shown
    platforms.conductor.changed = lambda _wanted, _shown: hub.wake()
    platforms.conductor.chats.told = hub.chat
    return Context(
        settings=settings,
        directory=directory,
        store=store,
        network=network,
        hub=hub,
        platforms=platforms,
        fleet_token=token,
        origins=Origins(token, network.url_of),
        happened=_onto(network, asyncio.get_running_loop()),
    )


async def _serve(context: Context, door: socket.socket, stop: asyncio.Event) -> None:
    network, hub = context.network, context.hub
    touch = partial(hub.touch, "notices")
    desk = Desk(context.store, context.settings, touch)
    deliverer = Deliverer(context.store, context.settings.notices, touch)
    books = Books(context.store, network, hub, takers=(desk.take,))
    server = _Server(_configured(context))
    itself = Itself(door.getsockname()[1], network.now_ms())
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve([door]))
        writing = tasks.create_task(books.run())
        working = [
            tasks.create_task(work)
            for work in (
                _look(network, itself, books),
                desk.run(),
                deliverer.run(),
                context.platforms.conductor.run(),
            )
        ]
        await stop.wait()
        hub.close()
        server.should_exit = True
        await serving
        await context.origins.close()
        for work in working:
            work.cancel()
        books.close()
        await writing


def _vault(store: Store, network: Network, hub: Hub) -> StoredVault:
    happened = _onto(network, asyncio.get_running_loop())

    def lost(account: PlatformAccount, channel: str) -> None:
        hub.touch("accounts", account.id, channel)
        if account.state != AccountState.CONNECTED:
            happened(
                AccountLost(
                    at_ms=network.now_ms(),
                    channel=channel,
                    account=account.id,
                    name=account.name,
                    platform=Platform(account.platform),
                    trouble=account.trouble,
                )
            )

    return StoredVault(store, lost)


def _onto(network: Network, loop: asyncio.AbstractEventLoop) -> Callable[[Event], None]:
    """From any thread, what happened goes where the engines put what they find."""

    def happened(event: Event) -> None:
        loop.call_soon_threadsafe(network.waiting.append, event)

    return happened


def _setup_code(store: Store, directory: Path) -> str:
    """Empty once there are people who can log in."""
    with store.read() as db:
        return "" if users.are_there_any(db) else setup_code.ensure(directory)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are the process's business: it tells every part of the role to stop."""
        yield


def _configured(context: Context) -> uvicorn.Config:
    return uvicorn.Config(
        build(context),
        loop="none",
        http=BoundedConnection,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # api.access reads them, from guard.proxies alone
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S_MAX,
        limit_concurrency=CONNECTIONS_MAX,
    )


async def _look(network: Network, itself: Itself, books: Books) -> None:
    """This role is a node among the others; its report is also what makes time pass for the engines."""
    while True:
        try:
            network.report(itself.report(books.trouble))
        except ReportRefusedError as error:
            log.warning("this role is not shown among the nodes: %s", error)
            network.look()
        await asyncio.sleep(network.report_s)


@contextlib.contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    """An empty host is every address, IPv6 and IPv4."""
    if host:
        kind = socket.AF_INET6 if ":" in host else socket.AF_INET
        door = socket.create_server((host, port), family=kind)
    elif socket.has_dualstack_ipv6():
        door = socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    else:
        door = socket.create_server(("", port))
    with door:
        # Every connection inherits it: one whose other end takes nothing more is given up by the system.
        if sys.platform == "linux":
            door.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STUCK_MS_MAX)
        yield door


@contextlib.contextmanager
def _opened(settings: Settings, directory: Path) -> Iterator[tuple[Store, str]]:
    """With the set-up code. Raises OSError when the database does not answer."""
    with contextlib.ExitStack() as stack:
        try:
            store = stack.enter_context(contextlib.closing(Store(settings.state, directory)))
            import_channels(store, settings, directory, wall_ms())
            code = _setup_code(store, directory)
        except UnavailableError as error:
            raise OSError(f"{error}; see state.url") from error
        yield store, code
