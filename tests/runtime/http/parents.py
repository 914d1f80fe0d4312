"""Parents of every kind, and somebody who listens to their replies."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from manycast.model.failures import Failure  # noqa: TC001 - as the other imports
from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.runtime.http.server import serve
from manycast.settings.http import HttpServerSettings
from manycast.settings.parents import ParentsSettings
from manycast.std.http1 import Headers


LIMITS = ParentsSettings(connect_s=5, away_s=0, first_byte_s=5, idle_s=5)


class Heard:
    def __init__(self) -> None:
        self.status = 0
        self.body = bytearray()
        self.failure: Failure | None = None
        self.said = ""
        self.interims: list[int] = []
        self.over = asyncio.Event()
        self.started = asyncio.Event()
        self.on_data: Callable[[], None] | None = None

    def interim(self, status: int, headers: Headers) -> None:
        self.interims.append(status)

    def head(self, head: ResponseHead) -> None:
        assert not self.status
        self.status = head.status

    def data(self, piece: bytes) -> None:
        self.body += piece
        self.started.set()
        if self.on_data is not None:
            self.on_data()

    def end(self) -> None:
        assert not self.over.is_set()
        self.over.set()

    def failed(self, error: FetchError) -> None:
        assert not self.over.is_set()
        self.failure = error.failure
        self.said = str(error)
        self.over.set()


async def get(client: Client, path: bytes = b"/", method: str = "GET") -> Heard:
    heard = Heard()
    client.fetch((method, path, b""), heard)
    async with asyncio.timeout(10):
        await heard.over.wait()
    return heard


@asynccontextmanager
async def raw_parent(
    *answers: bytes, keep: bool = False, closes_on_second: bool = False
) -> AsyncIterator[tuple[Parent, list[int]]]:
    """Answers one request on each connection with the next bytes; then closes at once, on the next
    request, or never."""
    left = list(answers)
    connections: list[int] = []
    over = asyncio.Event()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(len(connections))
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(left.pop(0) if left else b"")
            await writer.drain()
            if closes_on_second and len(connections) <= len(answers):
                await reader.readuntil(b"\r\n\r\n")
            if keep:
                await over.wait()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    try:
        yield Parent("127.0.0.1", server.sockets[0].getsockname()[1]), connections
    finally:
        over.set()
        server.close()


@asynccontextmanager
async def served(application: Callable[[Exchange], None]) -> AsyncIterator[Parent]:
    server = await serve(application, "127.0.0.1", 0, HttpServerSettings(drain_s=0.1))
    try:
        yield Parent("127.0.0.1", server.port)
    finally:
        await server.close()


async def nobody() -> Parent:
    """An address where nobody listens."""
    async with raw_parent() as (parent, _):
        return parent


def key_of(client: Client, index: int) -> bytes:
    """A target that this parent answers while all are well."""
    for number in range(1_000):
        target = b"/%d" % number
        trip = client.parents.depart(target, "GET", 0)
        home = trip.under_way[0].parent
        client.parents.given_up(trip)
        if home == index:
            return target
    raise AssertionError
