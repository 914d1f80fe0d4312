"""Edge processes within the test's own loop, and a client that asks them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from manycast.runtime.edge.process import EdgeOptions, run_edge
from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.runtime.http.server import serve
from manycast.settings.guard import GuardSettings
from manycast.settings.http import HttpServerSettings
from manycast.settings.parents import ParentsSettings
from manycast.std.http1 import Headers, field as header


PATIENCE_S = 20
LOOK_S = 0.02
QUICK = HttpServerSettings(drain_s=0.1)


@dataclass
class Got:
    status: int = 0
    headers: Headers = ()
    body: bytes = b""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def head(self, head: ResponseHead) -> None:
        self.status = head.status
        self.headers = head.headers

    def data(self, piece: bytes) -> None:
        self.body += piece

    def end(self) -> None:
        self.over.set()

    def failed(self, error: FetchError) -> None:
        self.body = str(error).encode()
        self.over.set()

    def field(self, name: bytes) -> bytes | None:
        return header(self.headers, name)


@dataclass
class Site:
    """Counts what reaches it; answers with its edition."""

    edition: int = 0
    text: bytes | None = None
    """Its page, when the edition is not all of it."""
    asked: list[Exchange] = field(default_factory=list)
    fields: Sequence[tuple[bytes, bytes]] = ((b"cache-control", b"max-age=900"),)

    def application(self, exchange: Exchange) -> None:
        if exchange.request.path.startswith("/_manycast/"):
            exchange.send(404)
            return
        self.asked.append(exchange)
        text = b"%d" % self.edition if self.text is None else self.text
        exchange.send(200, self.fields, text)


@dataclass
class Asking:
    client: Client
    port: int

    @property
    def parent(self) -> Parent:
        return Parent("127.0.0.1", self.port)

    async def get(
        self, target: str, *fields: tuple[str, str], method: str = "GET", body: bytes = b""
    ) -> Got:
        got = Got()
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields).encode()
        self.client.fetch((method, target.encode(), lines), got, PATIENCE_S, body)
        async with asyncio.timeout(PATIENCE_S):
            await got.over.wait()
        return got


@asynccontextmanager
async def served(application: Callable[[Exchange], None]) -> AsyncIterator[Parent]:
    server = await serve(application, "127.0.0.1", 0, QUICK)
    try:
        yield Parent("127.0.0.1", server.port)
    finally:
        await server.close()


@asynccontextmanager
async def asking(port: int) -> AsyncIterator[Asking]:
    async with Client([Parent("127.0.0.1", port)], ParentsSettings()) as client:
        yield Asking(client, port)


@asynccontextmanager
async def node(parent: Parent, token: bytes = b"", **options: object) -> AsyncIterator[Asking]:
    """One edge before this parent."""
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    options.setdefault("guard", GuardSettings(follow_hold_s=0.2))
    made = EdgeOptions([parent], "127.0.0.1", 0, server=QUICK, token=token, **options)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_edge(made, stop, port.set_result))
        async with asking(await port) as one:
            try:
                yield one
            finally:
                stop.set()


async def until(true: Callable[[], bool]) -> None:
    """Let others run until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110  what is awaited has no event of its own
            await asyncio.sleep(LOOK_S)
