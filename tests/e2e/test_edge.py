"""The real edge process before real origins."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e.edges import edge_process

from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange, Stream
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.runtime.http.server import Server, serve
from manycast.settings.http import HttpServerSettings
from manycast.settings.parents import ParentsSettings
from manycast.std.http1 import field


pytestmark = pytest.mark.e2e

PATIENCE_S = 60
PLAYLIST = "/live/s/720p/index.m3u8?_HLS_msn=7&_HLS_part=1"
FRAMES = b"".join(
    (8 + len(payload)).to_bytes(4, "big") + kind + payload
    for kind, payload in ((b"moov", b"m"), (b"styp", b""), (b"moof", b"1"), (b"mdat", bytes(9_000)))
)
QUICK = HttpServerSettings(drain_s=0.1)


@dataclass
class Got:
    """One reply as a client saw it; ``error`` when its body was not whole."""

    status: int = 0
    cache_status: bytes = b""
    body: bytes = b""
    error: str = ""

    def __post_init__(self) -> None:
        self.pieces: list[bytes] = []
        self.over = asyncio.Event()

    def head(self, head: ResponseHead) -> None:
        self.status = head.status
        self.cache_status = field(head.headers, b"cache-status") or b""

    def data(self, piece: bytes) -> None:
        self.pieces.append(piece)

    def end(self) -> None:
        self.body = b"".join(self.pieces)
        self.over.set()

    def failed(self, error: FetchError) -> None:
        self.error = str(error)
        self.over.set()


async def get(client: Client, target: str, fields: bytes = b"") -> Got:
    got = Got()
    client.fetch(("GET", target.encode(), fields), got, PATIENCE_S)
    async with asyncio.timeout(PATIENCE_S):
        await got.over.wait()
    return got


def counted(metrics: bytes, name: str) -> int:
    found = re.search(rf"^manycast_edge_{name} (\d+)$", metrics.decode(), re.MULTILINE)
    assert found is not None
    return int(found[1])


@dataclass
class Edge:
    process: asyncio.subprocess.Process
    client: Client
    port: int

    async def count(self, name: str) -> int:
        return counted((await get(self.client, "/metrics")).body, name)


@asynccontextmanager
async def edge_before(*ports: int) -> AsyncIterator[Edge]:
    parents = ",".join(f"http://127.0.0.1:{port}" for port in ports)
    settings = ParentsSettings(connections_max=2_000, queue_max=2_000)
    async with (
        edge_process("--parent", parents) as (process, port),
        Client([Parent("127.0.0.1", port)], settings) as client,
    ):
        yield Edge(process, client, port)


class Origin:
    """Counts requests; holds what is under /live/ until ``release``."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.held: list[Exchange] = []
        self.streams: list[Stream] = []
        self.arrived = asyncio.Event()

    def application(self, exchange: Exchange) -> None:
        path = exchange.request.path
        self.requests.append(exchange.request.target.decode())
        self.arrived.set()
        if "_HLS_msn" in exchange.request.query:
            self.held.append(exchange)
        elif path.endswith("/frames.mp4"):
            stream = exchange.stream(200, ((b"manycast-stream", b"cmaf"),))
            stream.write([FRAMES])
            self.streams.append(stream)
        elif path.startswith("/cut/"):
            size = int(path.rpartition("/")[2])
            stream = exchange.stream(200, ((b"cache-control", b"max-age=60"),), size)
            stream.write([bytes(size // 2)])
            self.streams.append(stream)
        else:
            exchange.send(200, ((b"cache-control", b"max-age=60"),), path.encode())

    def release(self, status: int = 200) -> None:
        control = b"max-age=12" if status == 200 else b"no-store"
        while self.held:
            self.held.pop().send(status, ((b"cache-control", control),), b"#EXTM3U\n")


@asynccontextmanager
async def origin_at(port: int = 0) -> AsyncIterator[tuple[Origin, Server]]:
    origin = Origin()
    server = await serve(origin.application, "127.0.0.1", port, QUICK)
    try:
        yield origin, server
    finally:
        await server.close()


async def until(true: Callable[[], bool], event: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            event.clear()
            await event.wait()


@pytest.mark.parametrize("status", [200, 503])
async def test_a_thousand_viewers_of_one_blocking_playlist_are_one_fetch(status: int) -> None:
    async with origin_at() as (origin, server), edge_before(server.port) as edge:
        async with asyncio.TaskGroup() as tasks:
            viewers = [tasks.create_task(get(edge.client, PLAYLIST)) for _ in range(1_000)]
            async with asyncio.timeout(PATIENCE_S):
                while await edge.count("held") < 1_000:
                    pass
            await until(lambda: bool(origin.held), origin.arrived)
            origin.release(status)
        replies = [viewer.result() for viewer in viewers]
        assert {(reply.status, reply.body) for reply in replies} == {(status, b"#EXTM3U\n")}
        assert origin.requests == [PLAYLIST]
        if status == 200:
            assert (await get(edge.client, PLAYLIST)).cache_status.startswith(b"manycast; hit;")


async def test_viewers_of_frames_share_one_fetch_and_end_when_it_ends() -> None:
    async with origin_at() as (origin, server), edge_before(server.port) as edge:
        async with asyncio.TaskGroup() as tasks:
            target = "/live/s/720p/frames.mp4"
            viewers = [tasks.create_task(get(edge.client, target)) for _ in range(50)]
            async with asyncio.timeout(PATIENCE_S):
                while await edge.count("sent_bytes_total") < 50 * len(FRAMES):
                    pass
            origin.streams.pop().end()
        assert {viewer.result().body for viewer in viewers} == {FRAMES}
        assert origin.requests == [target]


@pytest.mark.parametrize("size", [10_000, 8_000_000])
async def test_a_parent_that_dies_in_a_body_costs_an_error_and_never_a_short_body(
    size: int,
) -> None:
    target = f"/cut/{size}"
    async with origin_at() as (origin, server), edge_before(server.port) as edge:
        async with asyncio.TaskGroup() as tasks:
            viewers = [tasks.create_task(get(edge.client, target)) for _ in range(5)]
            await until(lambda: bool(origin.streams), origin.arrived)
            async with asyncio.timeout(PATIENCE_S):
                while await edge.count("fetched_bytes_total") < size // 2:
                    pass
            origin.streams.pop().abort()
        for viewer in viewers:
            reply = viewer.result()
            assert reply.error or reply.status == 502, reply
        assert await edge.count("objects") == 0
        assert await edge.count("errors_total") == 5
        assert origin.requests == [target]


async def test_the_edge_outlives_its_parent_and_finds_it_again() -> None:
    async with origin_at() as (_, server):
        port = server.port
        async with edge_before(port) as edge:
            assert (await get(edge.client, "/kept")).body == b"/kept"
            await server.close()
            assert (await get(edge.client, "/kept")).cache_status.startswith(b"manycast; hit;")
            assert (await get(edge.client, "/missing")).status == 502
            assert (await get(edge.client, "/readyz")).status == 503
            async with origin_at(port):
                assert (await get(edge.client, "/readyz")).status == 200
                assert (await get(edge.client, "/missing")).body == b"/missing"


async def test_the_next_parent_takes_over() -> None:
    async with origin_at() as (_, gone):
        await gone.close()
        async with origin_at() as (origin, server), edge_before(gone.port, server.port) as edge:
            assert (await get(edge.client, "/a")).body == b"/a"
            assert origin.requests == ["/a"]


async def test_a_stopped_edge_finishes_the_replies_in_flight() -> None:
    async with origin_at() as (origin, server), edge_before(server.port) as edge:
        async with asyncio.TaskGroup() as tasks:
            held = tasks.create_task(get(edge.client, PLAYLIST))
            await until(lambda: bool(origin.held), origin.arrived)
            edge.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    try:
                        _, writer = await asyncio.open_connection("127.0.0.1", edge.port)
                    except ConnectionError:
                        break
                    writer.close()
                    with suppress(ConnectionError):
                        await writer.wait_closed()
            origin.release()
        assert held.result().body == b"#EXTM3U\n"
        async with asyncio.timeout(PATIENCE_S):
            assert await edge.process.wait() == 0


async def test_it_works_before_any_origin_as_it_comes(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>hello")
    big = bytes(range(256)) * 20_000
    (tmp_path / "big.bin").write_bytes(big)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1",
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    found = re.search(rb"port (\d+)", await process.stdout.readline())
    assert found is not None
    try:
        async with edge_before(int(found[1])) as edge:
            for _ in range(2):
                page = await get(edge.client, "/page.html?v=1")
                assert (page.status, page.body) == (200, b"<p>hello")
                assert (await get(edge.client, "/big.bin")).body == big
                assert (await get(edge.client, "/none")).status == 404
            assert b"<li>" in (await get(edge.client, "/")).body
            later = b"if-modified-since: Fri, 31 Dec 2100 00:00:00 GMT\r\n"
            unchanged = await get(edge.client, "/page.html?v=1", later)
            assert (unchanged.status, unchanged.body) == (304, b"")
    finally:
        process.terminate()
        await process.wait()


async def test_a_port_that_is_taken_is_an_error_with_its_reason() -> None:
    async with origin_at() as (_, server):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "manycast.cli", "edge", "--parent", "http://127.0.0.1:1",
            "--listen", f"127.0.0.1:{server.port}", stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(PATIENCE_S):
            _, said = await process.communicate()
    assert process.returncode == 1
    assert b"%d" % server.port in said
    assert b"already in use" in said
