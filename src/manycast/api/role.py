"""Starts the control role: state, engines, API and dashboard; stops it without waiting for those who only listen."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn

from manycast.api.app import build
from manycast.api.context import Context
from manycast.runtime.accounts import setup_code
from manycast.runtime.clock import SteadyWall, wall_ms
from manycast.runtime.control.books import Books, remembered
from manycast.runtime.control.hub import Hub
from manycast.runtime.control.itself import Itself
from manycast.runtime.control.network import Network
from manycast.runtime.fleet_token import fleet_token
from manycast.runtime.importing import import_channels
from manycast.runtime.origins import Origins
from manycast.runtime.store import users
from manycast.runtime.store.database import UnavailableError
from manycast.runtime.store.store import Store
from manycast.settings.tree import Settings


log = logging.getLogger("manycast.control")

QUIET = ("alembic", "httpcore2", "httpx2")
"""Libraries that log each step, or each URL that is asked, which may be a secret."""
DRAIN_S_MAX = 10
"""Requests in flight get this long after SIGTERM."""
KEEP_ALIVE_S = 30
"""An idle connection; a dashboard asks more often than that."""
CONNECTIONS_MAX = 2000
"""Beyond it requests are answered 503; event streams are limited before that."""


async def run(
    settings: Settings,
    directory: Path,
    listen: tuple[str, int],
    stop: asyncio.Event,
    on_ready: Callable[[int], None] | None = None,
) -> None:
    """Serve until ``stop`` is set; ``on_ready`` is told the port. Raises OSError or ValueError when it cannot start."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    token = fleet_token(settings.control.token_file, directory)
    # Whoever finds the port open finds everything ready.
    with _opened(settings, directory) as store, _bound(*listen) as door:
        hub = Hub()
        network = Network(settings.control, hub, SteadyWall().now_ms, *remembered(store))
        books = Books(store, network, hub)
        context = Context(
            settings=settings,
            directory=directory,
            store=store,
            network=network,
            hub=hub,
            fleet_token=token,
            origins=Origins(token, network.url_of),
        )
        server = _Server(_configured(context))
        port = door.getsockname()[1]
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve([door]))
            working = [
                tasks.create_task(_look(network, Itself(port, network.now_ms()), books)),
                tasks.create_task(books.run()),
            ]
            if on_ready is not None:
                on_ready(port)
            await stop.wait()
            hub.close()
            server.should_exit = True
            await serving
            await context.origins.close()
            for work in working:
                work.cancel()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are the process's business: it tells every part of the role to stop."""
        yield


def _configured(context: Context) -> uvicorn.Config:
    return uvicorn.Config(
        build(context),
        loop="none",
        http="httptools",
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
        network.report(itself.report(books.trouble))
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
        yield door


@contextlib.contextmanager
def _opened(settings: Settings, directory: Path) -> Iterator[Store]:
    """Raises OSError when the database cannot be opened."""
    try:
        store = Store(settings.state, directory)
    except UnavailableError as error:
        raise OSError(f"{error}; see state.url") from error
    with contextlib.closing(store):
        import_channels(store, settings, directory, wall_ms())
        with store.read() as db:
            anybody = users.are_there_any(db)
        if not anybody:
            setup_code.ensure(directory)
        yield store
