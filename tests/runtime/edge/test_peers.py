import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from manycast.edge.purge import EVERYTHING, Purge, purge_url
from manycast.runtime.edge.peers import Peers, Told, read_purges, spread
from manycast.runtime.edge.place import SUPERVISOR, Place
from manycast.runtime.edge.worker import bound
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import Server
from manycast.settings.http import HttpServerSettings
from manycast.settings.workers import WorkersSettings


QUICK = WorkersSettings(peer_away_s=0.0, gathered_bytes_max=1_000)


@asynccontextmanager
async def listening(
    folder: Path, **applications: Callable[[Exchange], None]
) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for name, application in applications.items():
            server = Server(application, HttpServerSettings(drain_s=0.1), None)
            await server.accept_from([bound(str(folder / name.removeprefix("worker_")))])
            stack.push_async_callback(server.close)
        yield


async def heard(ask: Callable[[Callable[[list[Told]], None]], None]) -> dict[str, Told]:
    future = asyncio.get_running_loop().create_future()
    ask(future.set_result)
    async with asyncio.timeout(20):
        return {one.peer: one for one in await future}


async def test_a_broadcast_hears_of_everyone_whatever_became_of_them(tmp_path: Path) -> None:
    asked: list[tuple[str, bytes]] = []

    def well(exchange: Exchange) -> None:
        asked.append((exchange.request.path, exchange.request.body))
        exchange.send(200, (), b"fine")

    def endless(exchange: Exchange) -> None:
        exchange.send(200, (), bytes(1_001))

    place = Place(0, 4, "n", str(tmp_path), ())
    workers = listening(tmp_path, worker_1=well, worker_2=endless)
    async with workers, Peers(place, QUICK) as peers:
        told = await heard(lambda then: peers.broadcast(("POST", b"/do", b""), then, b"it"))
    assert asked == [("/do", b"it")]
    assert told["1"] == Told("1", 200, b"fine")
    assert told["2"].status == told["3"].status == 0
    assert set(told) == {"1", "2", "3"}


async def test_the_supervisor_hears_who_is_ready_and_may_be_asked_as_well(tmp_path: Path) -> None:
    asked: list[str] = []

    def supervisor(exchange: Exchange) -> None:
        asked.append(exchange.request.path)
        exchange.send(200)

    place = Place(0, 1, "n", str(tmp_path), ())
    async with listening(tmp_path, supervisor=supervisor), Peers(place, QUICK) as peers:
        peers.report_ready(77)
        request = ("GET", b"/metrics", b"")
        told = await heard(lambda then: peers.broadcast_widely(request, then))
        assert await heard(lambda then: peers.broadcast(request, then)) == {}
    assert sorted(asked) == ["/_manycast/inner/ready/77", "/metrics"]
    assert list(told) == [SUPERVISOR]


async def test_a_purge_reaches_every_other_worker(tmp_path: Path) -> None:
    told: list[Purge] = []

    def other(exchange: Exchange) -> None:
        told.extend(read_purges(exchange.request.body))
        exchange.send(200)

    purges = [purge_url("http://a/b?c", soft=True, hosted=False), EVERYTHING]
    place = Place(1, 2, "n", str(tmp_path), ())
    async with listening(tmp_path, worker_0=other), Peers(place, QUICK) as peers:
        done = asyncio.Event()
        spread(peers, purges, done.set)
        async with asyncio.timeout(20):
            await done.wait()
    assert told == purges


async def test_who_asks_widely_while_others_do_hears_the_same(tmp_path: Path) -> None:
    asked: list[str] = []

    def supervisor(exchange: Exchange) -> None:
        asked.append(exchange.request.path)
        exchange.send(200)

    place = Place(0, 1, "n", str(tmp_path), ())
    request = ("GET", b"/metrics", b"")
    async with listening(tmp_path, supervisor=supervisor), Peers(place, QUICK) as peers:
        async with asyncio.TaskGroup() as tasks:
            ways = [heard(partial(peers.broadcast_widely, request)) for _ in range(3)]
            told = [tasks.create_task(way) for way in ways]
        await heard(partial(peers.broadcast_widely, request))
    assert [list(one.result()) for one in told] == [[SUPERVISOR]] * 3
    assert asked == ["/metrics"] * 2
