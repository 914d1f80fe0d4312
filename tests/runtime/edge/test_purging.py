import asyncio
import json
from collections.abc import Callable, Sequence

from tests.runtime.edge.nodes import asking, served

from manycast.edge.engine import Engine
from manycast.edge.purge import EVERYTHING, Purge
from manycast.runtime.edge.purging import Purging
from manycast.settings.edge import EdgeSettings
from manycast.settings.guard import GuardSettings


async def test_who_asks_for_news_is_answered_when_there_are_some() -> None:
    purging = Purging(Engine(EdgeSettings(), b"me"), GuardSettings(follow_hold_s=60), None)
    loop = asyncio.get_running_loop()
    async with (
        served(lambda exchange: purging.ask(exchange, 0)) as parent,
        asking(parent.port) as client,
    ):
        loop.call_later(0.05, purging.apply, [EVERYTHING])
        told = json.loads((await client.get("/")).body)
    assert told == {"sequence": 1, "purges": [[1, "prefix", "", True]]}


async def test_what_is_held_is_bounded_in_time_and_number() -> None:
    for settings in (GuardSettings(follow_hold_s=0.05), GuardSettings(followers_max=0)):
        purging = Purging(Engine(EdgeSettings(), b"me"), settings, None)
        async with (
            served(lambda exchange, purging=purging: purging.ask(exchange, 0)) as parent,
            asking(parent.port) as client,
        ):
            told = json.loads((await client.get("/")).body)
        assert told == {"sequence": 0, "purges": []}


async def test_a_node_that_stops_lets_its_followers_go() -> None:
    purging = Purging(Engine(EdgeSettings(), b"me"), GuardSettings(follow_hold_s=60), None)
    loop = asyncio.get_running_loop()
    async with (
        served(lambda exchange: purging.ask(exchange, 0)) as parent,
        asking(parent.port) as client,
    ):
        loop.call_later(0.05, purging.drain)
        assert (await client.get("/")).status == 200


async def test_every_worker_applies_a_purge_twice_before_it_counts_as_done() -> None:
    purging = Purging(Engine(EdgeSettings(), b"me"), GuardSettings(), None)
    spread: list[Callable[[], None]] = []

    def tell(purges: Sequence[Purge], applied: Callable[[], None]) -> None:
        assert purges == [EVERYTHING]
        spread.append(applied)

    purging.spread = tell
    done: list[bool] = []
    purging.order([EVERYTHING], lambda: done.append(True))
    spread.pop()()
    assert not done
    spread.pop()()
    assert done
