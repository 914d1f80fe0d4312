import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvloop
from tests.runtime.http.certificates import certify, needs_openssl

from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import Server, serve
from manycast.runtime.http.tls import Certificate
from manycast.settings.http import HttpServerSettings
from manycast.settings.tls import TlsSettings


LOOPS = pytest.mark.parametrize(
    "loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
QUICK = HttpServerSettings(drain_s=0.1, write_buffer_bytes=65_536)
SIZE = 9_000_001
Work = Callable[[], Awaitable[None]]
Loop = Callable[[], asyncio.AbstractEventLoop]


class File:
    """A body with switches for all that may be true of a file."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.fd = os.open(path, os.O_RDONLY)
        self.offset = offset
        self.hot = True
        self.good = True
        self.prepared: list[int] = []

    def ready(self, at: int, size: int) -> bool:
        return self.hot

    def prepare(self, at: int, size: int, done: Callable[[bool], None]) -> None:
        self.prepared.append(at)
        asyncio.get_running_loop().call_soon(done, self.good)

    def read(self, at: int, size: int, done: Callable[[bytes | None], None]) -> None:
        piece = os.pread(self.fd, size, self.offset + at) if self.good else None
        asyncio.get_running_loop().call_soon(done, piece)


@pytest.fixture
def data(tmp_path: Path) -> bytes:
    data = os.urandom(SIZE)
    (tmp_path / "file").write_bytes(b"prefix" + data)
    return data


@pytest.fixture
def file(tmp_path: Path, data: bytes) -> File:
    return File(tmp_path / "file", offset=6)


def run(loop: Loop, work: Work) -> None:
    async def timed() -> None:
        async with asyncio.timeout(20):
            await work()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(timed())


def head(size: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n" % size


async def get(reader: asyncio.StreamReader) -> bytes:
    got = await reader.readuntil(b"\r\n\r\n")
    size = int(got.split(b"content-length: ")[1].split(b"\r\n")[0])
    return await reader.readexactly(size)


async def connect(server: Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 16)


REQUEST = b"GET /%d-%d HTTP/1.1\r\nHost: x\r\n\r\n"


def part(file: File) -> Callable[[Exchange], None]:
    def application(exchange: Exchange) -> None:
        if exchange.request.path == "/small":
            exchange.send(200, (), b"small")
            return
        start, end = map(int, exchange.request.path[1:].split("-"))
        exchange.send_file(head(end - start), file, start, end - start)

    return application


@LOOPS
@pytest.mark.parametrize("hot", [True, False])
def test_every_part_of_a_file_arrives_as_it_is(
    loop: Loop, file: File, data: bytes, *, hot: bool
) -> None:
    file.hot = hot

    async def work() -> None:
        server = await serve(part(file), "127.0.0.1", 0, QUICK)
        reader, writer = await connect(server)
        for start, end in [(0, 1), (0, SIZE), (SIZE - 1, SIZE), (5, 70_000), (1, 1)]:
            writer.write(REQUEST % (start, end))
            assert await get(reader) == data[start:end]
        writer.close()
        await server.close()

    run(loop, work)


@LOOPS
def test_pipelined_replies_keep_their_order_around_files(
    loop: Loop, file: File, data: bytes
) -> None:
    small = b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n"

    async def work() -> None:
        server = await serve(part(file), "127.0.0.1", 0, QUICK)
        reader, writer = await connect(server)
        writer.write(small + small + REQUEST % (3, SIZE) + small + REQUEST % (0, 9) + small)
        wanted = [b"small", b"small", data[3:], b"small", data[:9], b"small"]
        assert [await get(reader) for _ in wanted] == wanted
        writer.close()
        await server.close()

    run(loop, work)


@LOOPS
def test_head_takes_no_byte_of_the_file(loop: Loop, file: File) -> None:
    async def work() -> None:
        server = await serve(part(file), "127.0.0.1", 0, QUICK)
        reader, writer = await connect(server)
        ask = b"HEAD /0-99 HTTP/1.1\r\nHost: x\r\n\r\nGET /small HTTP/1.1\r\nHost: x\r\n\r\n"
        writer.write(ask)
        assert b"content-length: 99" in await reader.readuntil(b"\r\n\r\n")
        assert await get(reader) == b"small"
        writer.close()
        await server.close()

    run(loop, work)


@LOOPS
@pytest.mark.parametrize("how", ["damaged", "shorter"])
def test_a_file_that_is_not_what_it_was_ends_in_a_cut_connection(
    loop: Loop, file: File, data: bytes, tmp_path: Path, how: str
) -> None:
    file.hot = file.good = how != "damaged"
    if how == "shorter":
        os.truncate(tmp_path / "file", 1_000_000)

    async def work() -> None:
        server = await serve(part(file), "127.0.0.1", 0, QUICK)
        reader, writer = await connect(server)
        writer.write(REQUEST % (0, SIZE))
        got = b""
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            got = await get(reader)
        assert got == b""
        writer.close()
        await server.close()

    run(loop, work)


@LOOPS
def test_a_client_that_leaves_or_stalls_leaves_nothing_behind(
    loop: Loop, file: File, data: bytes
) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  a folder that no Path lists while open

    async def work() -> None:
        gone = asyncio.Event()
        stalling = HttpServerSettings(drain_s=0.1, send_stall_s=0.0)
        application = part(file)

        def watched(exchange: Exchange) -> None:
            exchange.on_closed(gone.set)
            application(exchange)

        server = await serve(watched, "127.0.0.1", 0, stalling)
        for leaves in (True, False):
            gone.clear()
            reader, writer = await connect(server)
            writer.write(REQUEST % (0, SIZE))
            await reader.readuntil(b"\r\n\r\n")
            if leaves:
                writer.transport.abort()
            await gone.wait()
            writer.close()
        await server.close()

    run(loop, work)
    assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208


@needs_openssl
@LOOPS
def test_a_file_goes_through_tls_in_pieces_that_were_read(
    loop: Loop, file: File, data: bytes, tmp_path: Path
) -> None:
    chain, key = certify(tmp_path, "localhost")
    context = ssl.create_default_context(cafile=str(chain))

    async def work() -> None:
        server = Server(part(file), QUICK, None)
        server.certificate = Certificate(TlsSettings(str(chain), str(key)))
        await server.listen("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=context, server_hostname="localhost", limit=1 << 16
        )
        for start, end in [(0, SIZE), (5, 70_000)]:
            writer.write(REQUEST % (start, end))
            assert await get(reader) == data[start:end]
        file.good = False
        writer.write(REQUEST % (0, SIZE))
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError, ssl.SSLError)):
            await get(reader)
        writer.close()
        await server.close()

    run(loop, work)
