import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.runtime.edge.test_process import Got, get

from manycast.runtime.edge.place import SUPERVISOR, Place, ownership
from manycast.runtime.edge.process import EdgeOptions, run_edge
from manycast.runtime.edge.supervisor import listen_on
from manycast.runtime.edge.worker import bound, release
from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import Server, serve
from manycast.settings.http import HttpServerSettings
from manycast.settings.parents import ParentsSettings


QUICK = HttpServerSettings(drain_s=5.0, hand_over_idle_s=0.1)


def exists(path: Path) -> bool:
    return path.exists()


class Origin:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def application(self, exchange: Exchange) -> None:
        self.asked.append(exchange.request.path)
        exchange.send(200, ((b"cache-control", b"max-age=60"),), exchange.request.path.encode())


class Crew:
    """Workers in this very process, each on a port of its own so that one can be chosen."""

    def __init__(self, folder: Path, origin: int) -> None:
        self.folder = folder
        self.parents = [Parent("127.0.0.1", origin)]
        self.client = ParentsSettings()
        self.ports: list[int] = []
        self.stops: list[asyncio.Event] = []
        self.reports = asyncio.Semaphore(0)

    def supervisor(self, exchange: Exchange) -> None:
        if "/ready/" in exchange.request.path:
            self.reports.release()
        exchange.send(200)

    async def worker(self, number: int, count: int, tasks: asyncio.TaskGroup) -> asyncio.Task[None]:
        listening = await listen_on("127.0.0.1", 0, 8)
        self.ports.append(listening[0].getsockname()[1])
        self.stops.append(asyncio.Event())
        files = tuple(one.detach() for one in listening)
        place = Place(number, count, "node", str(self.folder), files)
        options = EdgeOptions(self.parents, "", 0, server=QUICK, client=self.client, place=place)
        task = tasks.create_task(run_edge(options, self.stops[-1], lambda _: None))
        async with asyncio.timeout(20):
            await self.reports.acquire()
        return task


@asynccontextmanager
async def crew(
    folder: Path, count: int, of: int = 0, *, away: bool = False
) -> AsyncIterator[tuple[Crew, Origin]]:
    """``count`` workers there are; ``of`` there should be. ``away``: there is no origin."""
    origin = Origin()
    parent = await serve(origin.application, "127.0.0.1", 0)
    folder = folder / "sockets"
    folder.mkdir()
    some = Crew(folder, parent.port)
    if away:
        await parent.close()
        some.client = ParentsSettings(away_s=0.0)
    supervisor = Server(some.supervisor, QUICK, None)
    await supervisor.accept_from([bound(str(folder / SUPERVISOR))])
    async with asyncio.TaskGroup() as tasks:
        for number in range(count):
            await some.worker(number, of or count, tasks)
        yield some, origin
        for stop in some.stops:
            stop.set()
    await supervisor.close()
    await parent.close()


@asynccontextmanager
async def to(port: int) -> AsyncIterator[Client]:
    async with Client([Parent("127.0.0.1", port)], ParentsSettings()) as client:
        yield client


async def send(client: Client, method: str, path: bytes, body: bytes) -> int:
    got = Got()
    client.fetch((method, path, b""), got, body=body)
    async with asyncio.timeout(20):
        await got.over.wait()
    return got.status


def number_of(metrics: bytes, name: str) -> int:
    lines = dict(line.rsplit(" ", 1) for line in metrics.decode().splitlines())
    return int(lines[f"manycast_edge_{name}"])


async def test_whoever_is_asked_an_object_is_fetched_once_and_kept_once(tmp_path: Path) -> None:
    paths = [f"/{number}" for number in range(20)]
    async with (
        crew(tmp_path, 2) as (workers, origin),
        to(workers.ports[0]) as first,
        to(workers.ports[1]) as second,
    ):
        for path in paths:
            for client in (first, second, first):
                assert await get(client, path.encode()) == (200, path.encode())
        _, metrics = await get(first, b"/metrics")
        assert (await get(second, b"/readyz"))[0] == 200
    assert sorted(origin.asked) == sorted([*paths, "/healthz"])
    assert number_of(metrics, "objects") - number_of(metrics, "copies") == 20
    assert number_of(metrics, "requests_total") == 60
    assert number_of(metrics, "fetches_total") == 20
    assert number_of(metrics, "hits_total") == 40
    assert number_of(metrics, "request_seconds_count") == 60
    assert not exists(tmp_path / "sockets")


async def test_many_viewers_of_a_neighbours_live_part_cost_one_request_to_it(
    tmp_path: Path,
) -> None:
    async with crew(tmp_path, 2) as (workers, origin):
        owner = ownership(Place(0, 2, "node", "/", ()))
        path = next(p for n in range(99) if owner(p := b"/live/s/r/%d.m4s" % n) == 1)
        async with to(workers.ports[0]) as client:
            for _ in range(5):
                assert (await get(client, path))[0] == 200
            _, metrics = await get(client, b"/metrics")
        assert origin.asked == [path.decode()]
    assert number_of(metrics, "objects") == 2
    assert number_of(metrics, "requests_total") == number_of(metrics, "hits_total") + 1 == 5


async def test_no_viewer_commands_a_worker_through_its_neighbour(tmp_path: Path) -> None:
    everything = b'[[0, "prefix", "", false]]'
    async with crew(tmp_path, 2) as (workers, origin):
        for port in workers.ports:
            async with to(port) as client:
                for path in (b"/_manycast/inner/purge", b"/_manycast/inner/metrics"):
                    assert (await send(client, "POST", path, everything)) in {403, 404}
                for path in (b"/purge", b"/purges", b"/metrics/", b"//_manycast/inner/purge"):
                    assert (await send(client, "POST", path, everything)) == 200
        assert origin.asked.count("/purge") == 2
        assert len(origin.asked) == 8


async def test_a_hangup_leaves_the_socket_to_the_successor(tmp_path: Path) -> None:
    async with crew(tmp_path, 1) as (workers, _):
        os.kill(os.getpid(), signal.SIGHUP)
        async with asyncio.timeout(20):
            await workers.stops[0].wait()
    assert exists(tmp_path / "sockets" / "0")


async def test_without_the_owner_a_parent_is_asked_and_nothing_kept(tmp_path: Path) -> None:
    async with crew(tmp_path, 1, of=2) as (workers, origin):
        async with to(workers.ports[0]) as client:
            for number in range(8):
                assert (await get(client, b"/%d" % number))[0] == 200
            assert (await get(client, b"/readyz"))[0] == 503
            _, metrics = await get(client, b"/metrics")
        assert len(origin.asked) == 8
    assert number_of(metrics, "objects") < 8


async def test_what_a_neighbour_says_is_no_sign_of_a_parent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with crew(tmp_path, 2, away=True) as (workers, _):
        for port in workers.ports:
            async with to(port) as client:
                for number in range(8):
                    assert (await get(client, b"/%d" % number))[0] == 502
    assert caplog.text.count("a fetch failed") == 2
    assert "answers again" not in caplog.text


def test_the_last_worker_clears_up_what_a_killed_supervisor_left(tmp_path: Path) -> None:
    folder = tmp_path / "sockets"
    folder.mkdir()
    for name in ("0", "1", SUPERVISOR):
        (folder / name).touch()
    release(Place(0, 2, "n", str(folder), ()))
    assert sorted(path.name for path in folder.iterdir()) == ["1", SUPERVISOR]
    release(Place(1, 2, "n", str(folder), ()))
    assert not folder.exists()


def test_a_path_too_long_for_a_socket_names_what_decides_it(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="TMPDIR"):
        bound(str(tmp_path / ("x" * 200)))
