import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from manycast.runtime.edge.node import Node
from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange, Stream
from manycast.runtime.http.server import serve
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
