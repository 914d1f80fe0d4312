"""Real workers behind one port: one copy of everything, and what a killed or replaced one costs."""

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.e2e.edges import edge_process
from tests.e2e.test_edge import FRAMES, Got, counted, get

from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange, Stream
from manycast.runtime.http.server import serve
from manycast.settings.http import HttpServerSettings
from manycast.settings.parents import ParentsSettings


pytestmark = pytest.mark.e2e

PATIENCE_S = 60
OBJECTS = 40
VIEWERS = 12
HELD = "/live/s/r/index.m3u8?_HLS_msn=7"


def body(path: str) -> bytes:
    """Sizes from nothing to 400 KB, each byte decided by the path."""
    number = int(path.rpartition("/")[2])
    return b"%d." % number * (number * number * 60)


class Origin:
    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.held: list[Exchange] = []
        self.streams: list[Stream] = []
        self.arrived = asyncio.Event()

    def application(self, exchange: Exchange) -> None:
        path = exchange.request.path
        self.asked[path] += 1
        self.arrived.set()
        if exchange.request.query:
            self.held.append(exchange)
        elif path.endswith("frames.mp4"):
            stream = exchange.stream(200, ((b"manycast-stream", b"cmaf"),))
            stream.write([FRAMES])
            self.streams.append(stream)
        else:
            said = body(path) if path.startswith("/o/") else path.encode()
            exchange.send(200, ((b"cache-control", b"max-age=600"),), said)


@dataclass
class Edge:
    process: asyncio.subprocess.Process
    port: int
    folder: Path

    def workers(self) -> list[int]:
        """Process numbers, the oldest first."""
        pid = self.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    async def fresh(self, path: str, fields: bytes = b"") -> Got:
        """Over a connection of its own, so that any worker may be asked."""
        async with Client([Parent("127.0.0.1", self.port)], ParentsSettings()) as client:
            return await get(client, path, fields)

    async def ready(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while (await self.fresh("/readyz")).status != 200:  # noqa: ASYNC110  as below
                await asyncio.sleep(0.02)


@asynccontextmanager
async def edge_of(workers: int, origin: Origin, folder: Path) -> AsyncIterator[Edge]:
    parent = await serve(origin.application, "127.0.0.1", 0, HttpServerSettings(drain_s=0.1))
    words = ("--workers", str(workers), "--parent", f"http://127.0.0.1:{parent.port}")
    try:
        async with edge_process(*words, environment={"TMPDIR": str(folder)}) as (process, port):
            yield Edge(process, port, folder)
    finally:
        await parent.close()


@dataclass
class Load:
    """Viewers that ask one object after another on kept connections, as players do."""

    port: int
    over: bool = False
    answered: int = 0
    lost: int = 0
    """Connections that ended before the reply that they owed was whole."""
    wrong: list[str] = field(default_factory=list)

    async def viewer(self, seed: int) -> None:
        while not self.over:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError as error:
                self.wrong.append(str(error))
                return
            try:
                seed = await self._ask(reader, writer, seed)
            except (OSError, asyncio.IncompleteReadError):
                self.lost += 1
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seed: int
    ) -> int:
        while not self.over:
            seed = (seed * 5 + 3) % 64
            path = f"/o/{seed % OBJECTS}"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            said = await reader.readexactly(int(length[1])) if length else b""
            if b" 200 " not in head[:20] or said != body(path):
                self.wrong.append(f"{path}: {head[:40]!r}, {len(said)} bytes")
            self.answered += 1
            if b"connection: close" in head:
                break
        return seed


@asynccontextmanager
async def load_on(edge: Edge) -> AsyncIterator[Load]:
    load = Load(edge.port)
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        for seed in range(VIEWERS):
            tasks.create_task(load.viewer(seed))
        yield load
        load.over = True


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110  another process knows, and tells nobody
            await asyncio.sleep(0.01)


async def more(load: Load, replies: int) -> None:
    wanted = load.answered + replies
    await until(lambda: load.answered >= wanted)


def gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def empty(folder: Path) -> bool:
    return not list(folder.iterdir())


async def test_one_copy_and_one_fetch_however_many_workers_are_asked(tmp_path: Path) -> None:
    origin = Origin()
    async with edge_of(2, origin, tmp_path) as edge:
        async with load_on(edge) as load:
            await more(load, 2_000)
        await asyncio.sleep(1.1)  # for so long popular objects are in both
        metrics = (await edge.fresh("/metrics")).body
    assert not load.wrong
    assert load.lost == 0
    asked = {f"/o/{number}" for number in range(OBJECTS)} & origin.asked.keys()
    assert all(origin.asked[path] == 1 for path in asked)
    assert counted(metrics, "fetches_total") == len(asked)
    assert counted(metrics, "copies") == 0
    assert counted(metrics, "objects") == len(asked)
    assert counted(metrics, "workers") == 2
    assert counted(metrics, "requests_total") == load.answered
    size = sum(len(body(path)) for path in asked)
    assert size < counted(metrics, "memory_bytes") < size + len(asked) * 4_096
    assert empty(tmp_path)


async def test_held_and_endless_replies_pass_between_workers(tmp_path: Path) -> None:
    origin = Origin()
    async with edge_of(2, origin, tmp_path) as edge, asyncio.TaskGroup() as tasks:
        held = [tasks.create_task(edge.fresh(HELD)) for _ in range(12)]
        await origin.arrived.wait()
        await asyncio.sleep(0.3)  # all of them are to wait
        assert len(origin.held) == 1
        origin.held[0].send(200, ((b"cache-control", b"max-age=60"),), b"#EXTM3U\n")
        assert {(await one).body for one in held} == {b"#EXTM3U\n"}
        endless = [tasks.create_task(edge.fresh("/live/s/r/frames.mp4")) for _ in range(6)]
        await until(lambda: bool(origin.streams))
        await asyncio.sleep(0.3)
        origin.streams[0].write([FRAMES])
        origin.streams[0].end()
        replies = [await one for one in endless]
        assert len(origin.streams) == 1
        assert all(not one.error and FRAMES in one.body for one in replies)


async def test_a_killed_worker_costs_only_its_own_connections(tmp_path: Path) -> None:
    origin = Origin()
    async with edge_of(2, origin, tmp_path) as edge:
        async with load_on(edge) as load:
            await more(load, 500)
            first = edge.workers()
            os.kill(first[0], signal.SIGKILL)
            await edge.ready()
            await more(load, 500)
            assert first[1] in edge.workers()
        metrics = (await edge.fresh("/metrics")).body
    assert not load.wrong
    assert load.lost <= VIEWERS
    assert counted(metrics, "worker_restarts_total") == 1


async def test_a_hangup_under_load_loses_no_request(tmp_path: Path) -> None:
    origin = Origin()
    async with edge_of(2, origin, tmp_path) as edge:
        first = edge.workers()
        async with load_on(edge) as load:
            await more(load, 500)
            edge.process.send_signal(signal.SIGHUP)
            await until(lambda: gone(first))
            await more(load, 500)
        assert len(edge.workers()) == 2
    assert not load.wrong
    assert load.lost == 0
    assert empty(tmp_path)


async def test_workers_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    async with edge_of(2, Origin(), tmp_path) as edge:
        workers = edge.workers()
        assert len(workers) == 2
        edge.process.kill()
        await until(lambda: gone(workers))
    assert empty(tmp_path)
