"""Real nodes in tiers: an edge before regional nodes before an origin."""

import asyncio
import re
import ssl
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.e2e.edges import edge_process

from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange, Stream
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.runtime.http.server import serve
from manycast.settings.http import HttpServerSettings
from manycast.settings.parents import ParentsSettings
from manycast.std.http1 import Headers, field as named
from manycast.std.rendezvous import Rendezvous


pytestmark = pytest.mark.e2e

PATIENCE_S = 60
MANY = ParentsSettings(connections_max=2_000, queue_max=2_000)
QUICK = HttpServerSettings(drain_s=0.1)
PLAYLIST = "/live/s/720p/index.m3u8?_HLS_msn=7&_HLS_part=1"
FRESH = (b"cache-control", b"max-age=60")
QUICK_TO_FORGIVE = "[parents]\nejected_s = 0.2\nejected_s_max = 0.5\nhedge_samples = 5\n"


class Got:
    """One reply as a client saw it; ``error`` when it was not whole."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: Headers = ()
        self.body = bytearray()
        self.error = ""
        self.begun = asyncio.Event()
        self.over = asyncio.Event()

    def head(self, head: ResponseHead) -> None:
        self.status, self.headers = head.status, head.headers

    def data(self, piece: bytes) -> None:
        self.body += piece
        self.begun.set()

    def end(self) -> None:
        self.over.set()

    def failed(self, error: FetchError) -> None:
        self.error = str(error)
        self.over.set()

    def __getitem__(self, name: bytes) -> bytes:
        return named(self.headers, name) or b""


def ask(client: Client, target: str) -> Got:
    got = Got()
    client.fetch(("GET", target.encode(), b""), got, PATIENCE_S)
    return got


async def get(client: Client, target: str) -> Got:
    got = ask(client, target)
    async with asyncio.timeout(PATIENCE_S):
        await got.over.wait()
    return got


@dataclass
class Node:
    process: asyncio.subprocess.Process
    client: Client
    port: int

    async def count(self, name: str) -> int:
        metrics = bytes((await get(self.client, "/metrics")).body).decode()
        found = re.search(rf"^manycast_edge_{name} (\d+)$", metrics, re.MULTILINE)
        assert found is not None
        return int(found[1])

    async def until(self, name: str, number: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while await self.count(name) < number:
                pass

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def node(
    *where: int | str, listen: int = 0, more: tuple[str, ...] = ()
) -> AsyncIterator[Node]:
    urls = [one if isinstance(one, str) else f"http://127.0.0.1:{one}" for one in where]
    parents = ",".join(urls)
    async with (
        edge_process("--parent", parents, *more, listen=listen) as (process, port),
        Client([Parent("127.0.0.1", port)], MANY) as client,
    ):
        yield Node(process, client, port)


@dataclass
class Origin:
    """Counts requests; holds some until ``release``."""

    port: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    last: Headers = ()
    held: list[Exchange] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def application(self, exchange: Exchange) -> None:
        target = exchange.request.target.decode()
        self.requests[target] += 1
        self.last = exchange.request.headers
        self.arrived.set()
        if target.startswith("/slow") or "_HLS_msn" in target:
            self.held.append(exchange)
        elif target.startswith("/big/"):
            stream = exchange.stream(200, (FRESH,), int(target.rpartition("/")[2]))
            self.streams.append(stream)
        else:
            exchange.send(200, (FRESH, (b"age", b"9")), target.encode())

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                self.arrived.clear()
                await self.arrived.wait()

    def release(self) -> None:
        while self.held:
            self.held.pop().send(200, ((b"cache-control", b"max-age=12"),), b"#EXTM3U\n")


@asynccontextmanager
async def origin_at(port: int = 0) -> AsyncIterator[Origin]:
    origin = Origin()
    server = await serve(origin.application, "127.0.0.1", port, QUICK)
    origin.port = server.port
    try:
        yield origin
    finally:
        await server.close()


@dataclass
class Tiers:
    origin: Origin
    regionals: list[Node]
    edge: Node


@asynccontextmanager
async def tiers(*more: str) -> AsyncIterator[Tiers]:
    """Two regional nodes before one origin, and one edge before both."""
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(origin_at())
        regionals = [await stack.enter_async_context(node(origin.port)) for _ in range(2)]
        ports = [regional.port for regional in regionals]
        edge = await stack.enter_async_context(node(*ports, more=more))
        yield Tiers(origin, regionals, edge)


@pytest.mark.parametrize("target", ["/slow", PLAYLIST])
async def test_a_thousand_viewers_of_one_slow_object_are_one_fetch_in_each_tier(
    target: str,
) -> None:
    async with tiers() as network:
        viewers = [ask(network.edge.client, target) for _ in range(1_000)]
        await network.edge.until("held", 1_000)
        await network.origin.until(lambda: bool(network.origin.held))
        network.origin.release()
        for viewer in viewers:
            await viewer.over.wait()
        assert {(viewer.status, bytes(viewer.body)) for viewer in viewers} == {(200, b"#EXTM3U\n")}
        assert network.origin.requests == {target: 1}
        fetches = [await regional.count("fetches_total") for regional in network.regionals]
        assert sorted(fetches) == [0, 1]
        assert await network.edge.count("fetches_total") == 1


async def test_a_large_body_streams_through_both_tiers_to_who_comes_late() -> None:
    size = 4_000_000
    async with tiers() as network:
        first = ask(network.edge.client, f"/big/{size}")
        await network.origin.until(lambda: bool(network.origin.streams))
        stream = network.origin.streams[0]
        stream.write([bytes(size // 2)])
        async with asyncio.timeout(PATIENCE_S):
            await first.begun.wait()
            late = ask(network.edge.client, f"/big/{size}")
            await late.begun.wait()
            assert not first.over.is_set()
            stream.write([bytes(size // 2)])
            stream.end()
            await first.over.wait()
            await late.over.wait()
        assert (len(first.body), len(late.body), first.error, late.error) == (size, size, "", "")
        assert network.origin.requests == {f"/big/{size}": 1}


async def test_each_tier_adds_its_word_and_age_goes_on_counting() -> None:
    async with tiers() as network:
        first = await get(network.edge.client, "/a")
        again = await get(network.edge.client, "/a")
        assert [member.split(b";")[0].strip() for member in first[b"cache-status"].split(b",")] == [
            b"manycast",
            b"manycast",
        ]
        assert again[b"cache-status"].rpartition(b",")[2].strip().startswith(b"manycast; hit")
        assert int(again[b"age"]) >= int(first[b"age"]) >= 9
        loop = named(network.origin.last, b"cdn-loop") or b""
        assert loop.count(b"manycast-") == 2
        assert (named(network.origin.last, b"via") or b"").count(b"manycast") == 2


@pytest.mark.parametrize("target", ["/a", PLAYLIST])
async def test_nodes_that_are_each_others_parents_say_so_at_once(target: str) -> None:
    async with origin_at() as free:
        port = free.port
    async with node(port) as first, node(first.port, listen=port):
        async with asyncio.timeout(10):
            assert (await get(first.client, target)).status == 508


async def test_a_regional_node_killed_under_load_costs_no_viewer_an_error(tmp_path: Path) -> None:
    config = tmp_path / "edge.toml"
    config.write_text(QUICK_TO_FORGIVE)
    async with tiers("--config", str(config)) as network:
        replies: list[tuple[str, Got]] = []
        stop = asyncio.Event()

        async def viewer(number: int) -> None:
            count = 0
            while not stop.is_set():
                count += 1
                target = f"/{number}/{count}"
                replies.append((target, await get(network.edge.client, target)))

        async with asyncio.TaskGroup() as tasks:
            for number in range(20):
                tasks.create_task(viewer(number))
            await network.regionals[0].until("requests_total", 100)
            await network.regionals[0].kill()
            killed_at = len(replies)
            async with asyncio.timeout(PATIENCE_S):
                while len(replies) < killed_at + 500:
                    await asyncio.to_thread(bool)
                async with node(network.origin.port, listen=network.regionals[0].port) as back:
                    await back.until("requests_total", 50)
                    stop.set()
        wrong = [(target, got.status, got.error) for target, got in replies
                 if got.error or got.status != 200 or bytes(got.body) != target.encode()]  # fmt: skip
        assert not wrong


async def test_when_all_regional_nodes_are_gone_the_fallback_is_asked() -> None:
    async with origin_at() as origin, AsyncExitStack() as stack:
        regional = await stack.enter_async_context(node(origin.port))
        fallback = ("--fallback", f"http://127.0.0.1:{origin.port}")
        edge = await stack.enter_async_context(node(regional.port, more=fallback))
        assert (await get(edge.client, "/a")).body == b"/a"
        assert await regional.count("fetches_total") == 1
        await regional.kill()
        for number in range(20):
            assert (await get(edge.client, f"/{number}")).status == 200


async def test_a_slow_parent_is_answered_for_by_the_other(tmp_path: Path) -> None:
    config = tmp_path / "edge.toml"
    config.write_text(QUICK_TO_FORGIVE)
    async with AsyncExitStack() as stack:
        slow = await stack.enter_async_context(origin_at())
        good = await stack.enter_async_context(origin_at())
        more = ("--config", str(config))
        edge = await stack.enter_async_context(node(slow.port, good.port, more=more))
        for number in range(60):
            await get(edge.client, f"/{number}")
        assert min(slow.requests.total(), good.requests.total()) > 5
        parents = Rendezvous([b"http://127.0.0.1:%d" % one.port for one in (slow, good)])
        target = next(f"/slow{n}" for n in range(100) if not parents.owner(b"/slow%d" % n))
        got = ask(edge.client, target)
        await slow.until(lambda: bool(slow.held))
        await good.until(lambda: bool(good.held))
        good.release()
        async with asyncio.timeout(PATIENCE_S):
            await got.over.wait()
        assert (got.status, got.error) == (200, "")


LIES = {
    "too little": b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 20\r\n\r\nhalf",
    "too much": b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 4\r\n\r\nhalfand",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n\r\n",
    "large and too little": (
        b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 4000000\r\n\r\n"
        + bytes(3_000_000)
    ),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
async def test_a_parent_that_lies_about_a_length_is_never_believed(lie: str) -> None:
    asked: list[bytes] = []

    async def liar(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(LIES[lie])
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(liar, "127.0.0.1", 0)
    async with node(server.sockets[0].getsockname()[1]) as edge:
        for _ in range(2):
            got = await get(edge.client, "/a")
            assert got.error or got.status == 502
        assert await edge.count("objects") == 0
        assert len(asked) >= 2
    server.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of ``localhost``, signed by itself; the key in ``.key`` beside it."""
    pem = tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
               "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
               "subjectAltName=DNS:localhost", "-keyout", f"{pem}.key", "-out", str(pem)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return pem


async def test_a_secure_parent_is_fetched_from_when_its_certificate_is_trusted(
    tmp_path: Path, certificate: Path
) -> None:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
            await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, f"{certificate}.key")
    server = await asyncio.start_server(converse, "127.0.0.1", 0, ssl=context)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    trusting = tmp_path / "edge.toml"
    trusting.write_text(f'[parents]\nca_file = "{certificate}"\n')
    async with node(url, more=("--config", str(trusting))) as edge:
        assert (await get(edge.client, "/a")).body == b"secret"
    async with node(url) as edge:
        assert (await get(edge.client, "/a")).status == 502
    server.close()
