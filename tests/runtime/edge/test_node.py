import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from manycast.cache import ranges
from manycast.runtime.edge.node import Node
from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange, Stream
from manycast.runtime.http.server import serve
from manycast.settings.cache import CacheSettings
from manycast.settings.edge import EdgeSettings
from manycast.settings.http import HttpServerSettings
from manycast.settings.parents import ParentsSettings


def box(kind: bytes, payload: bytes) -> bytes:
    return (8 + len(payload)).to_bytes(4, "big") + kind + payload


INIT = box(b"ftyp", b"f") + box(b"moov", b"m")
FRAME = box(b"styp", b"") + box(b"moof", b"1") + box(b"mdat", b"2")


@asynccontextmanager
async def node_before(
    origin: Callable[[Exchange], None], settings: EdgeSettings | None = None
) -> AsyncIterator[tuple[Node, int]]:
    quick = HttpServerSettings(drain_s=0.1)
    parent = await serve(origin, "127.0.0.1", 0, quick)
    async with Client([Parent("127.0.0.1", parent.port)], ParentsSettings()) as client:
        node = Node(client, settings or EdgeSettings(), b"me")
        server = await serve(node.application, "127.0.0.1", 0, quick, shortcut=node)
        yield node, server.port
        node.drain()
        await server.close()
        await parent.close()


async def gone(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def watch(port: int, wanted: bytes) -> asyncio.StreamWriter:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /live/s/r/frames.mp4 HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(10):
        assert b"access-control-allow-origin: *" in await reader.readuntil(b"\r\n\r\n")
        got = b""
        while got != wanted:
            size = int((await reader.readline()).strip(), 16)
            got += await reader.readexactly(size)
            await reader.readexactly(2)
            assert wanted.startswith(got)
    return writer


async def test_an_endless_stream_is_fetched_once_and_given_up_without_viewers() -> None:
    streams: list[Stream] = []
    closed = asyncio.Event()

    def origin(exchange: Exchange) -> None:
        stream = exchange.stream(200, ((b"manycast-stream", b"cmaf"),))
        stream.on_closed(closed.set)
        stream.write([INIT, FRAME])
        streams.append(stream)

    settings = EdgeSettings(stream_idle_s=0.01)
    async with node_before(origin, settings) as (node, port):
        first = await watch(port, INIT + FRAME)
        second = await watch(port, INIT + FRAME)
        assert len(streams) == 1
        await gone(first)
        await gone(second)
        async with asyncio.timeout(10):
            await closed.wait()
        assert not node.fanouts
        third = await watch(port, INIT + FRAME)
        assert len(streams) == 2
        await gone(third)


async def test_a_large_body_goes_no_faster_than_its_only_viewer() -> None:
    size = 48 << 20

    def origin(exchange: Exchange) -> None:
        exchange.send(200, (), bytes(size))

    async with node_before(origin) as (node, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 16)
        writer.write(b"GET /big HTTP/1.1\r\nHost: x\r\nCookie: a\r\n\r\n")
        async with asyncio.timeout(20):
            await reader.readuntil(b"\r\n\r\n")
            left = size
            while left:
                left -= len(await reader.read(1 << 20))
                buffered = node.engine.counters.bytes_fetched - (size - left)
                assert buffered < 30 << 20
        await gone(writer)


async def test_a_viewer_that_leaves_ends_the_fetch_that_only_it_waited_for() -> None:
    closed = asyncio.Event()

    def origin(exchange: Exchange) -> None:
        exchange.on_closed(closed.set)
        asyncio.get_running_loop().call_soon(writer.close)

    async with node_before(origin) as (node, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /live/s/r/index.m3u8?_HLS_msn=9 HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(10):
            await closed.wait()
        assert node.engine.waiting == 0
        await gone(writer)


async def talk(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(20):
        try:
            return await reader.read()
        finally:
            await gone(writer)


async def test_bodies_go_up_and_interim_replies_come_down() -> None:
    got: list[bytes] = []

    def origin(exchange: Exchange) -> None:
        got.append(exchange.request.body)
        exchange.inform(103, ((b"link", b"</style.css>"),))
        exchange.send(201, (), b"made")

    async with node_before(origin) as (_, port):
        told = await talk(
            port,
            b"POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\nform",
        )
    assert got == [b"form"]
    assert told.startswith(b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\nHTTP/1.1 201 ")
    assert told.endswith(b"\r\n\r\nmade")


FILM = bytes(range(256)) * 4_096 * 10
"""10 MiB."""


class Ranges:
    """An origin with one film, which it sends in ranges; counts what it sends."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.sent = 0

    def __call__(self, exchange: Exchange) -> None:
        wanted = exchange.request.header(b"range") or b""
        self.asked.append(wanted)
        fields = [(b"cache-control", b"max-age=60"), (b"etag", b'"1"')]
        spans = ranges.satisfiable(
            ranges.wanted(((b"range", wanted),), CacheSettings()) or [], len(FILM)
        )
        body, status = FILM, 200
        if spans:
            status, body = 206, FILM[spans[0].first : spans[0].end]
            fields.append((b"content-range", ranges.told(spans[0], len(FILM))))
        self.sent += len(body)
        exchange.send(status, fields, body)


async def test_one_byte_of_a_cold_film_pulls_at_most_one_slice_and_keeps_it() -> None:
    origin = Ranges()
    request = b"GET /film HTTP/1.1\r\nHost: x\r\nConnection: close\r\nRange: bytes=%s\r\n\r\n"
    async with node_before(origin) as (_, port):
        for wanted, body in ((b"0-0", FILM[:1]), (b"0-99999", FILM[:100_000]), (b"7-8", FILM[7:9])):
            told = await talk(port, request % wanted)
            assert told.startswith(b"HTTP/1.1 206 ")
            assert told.partition(b"\r\n\r\n")[2] == body
    assert origin.asked == [b"bytes=0-1048575"]
    assert origin.sent == 1 << 20


async def test_a_long_range_is_fetched_at_its_viewers_pace() -> None:
    origin = Ranges()
    async with node_before(origin) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 16)
        writer.write(b"GET /film HTTP/1.1\r\nHost: x\r\nRange: bytes=5-\r\n\r\n")
        got = bytearray()
        async with asyncio.timeout(20):
            await reader.readuntil(b"\r\n\r\n")
            while len(got) < len(FILM) - 5:
                got += await reader.read(1 << 16)
                assert origin.sent - len(got) < 8 << 20
        await gone(writer)
    assert got == FILM[5:]
    assert origin.sent == len(FILM)


async def ask_slowly(port: int, path: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 16)
    writer.write(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path)
    return reader, writer


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


async def test_who_leaves_with_a_full_buffer_holds_up_nobody_who_joined() -> None:
    size = 48 << 20
    asked: list[Exchange] = []
    settings = EdgeSettings(object_bytes_max=2 << 20)
    async with node_before(asked.append, settings) as (node, port), asyncio.timeout(30):
        slow, leaving = await ask_slowly(port, b"/big")
        quick, writer = await ask_slowly(port, b"/big")
        await until(lambda: bool(asked and node.engine.counters.joins))
        asked[0].send(200, ((b"cache-control", b"max-age=60"),), bytes(size))
        await slow.readuntil(b"\r\n\r\n")
        await quick.readuntil(b"\r\n\r\n")
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(quick.readexactly(size))
            await until(lambda: bool(node._slow))
            assert node.engine.counters.bytes_fetched < 30 << 20
            leaving.transport.abort()
        assert reading.result() == bytes(size)
        assert not node._slow
        await gone(writer)
