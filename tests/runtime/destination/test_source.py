import asyncio
from collections.abc import Sequence

import pytest
from tests.runtime.destination.feeding import feeding
from tests.runtime.destination.test_feed import Server, chunked, serving

from manycast.model.destinations import DestinationGrant
from manycast.model.sending import Order
from manycast.runtime.clock import wall_ms
from manycast.runtime.destination.source import GRACE_MS, Source


GRANT = DestinationGrant(id="d", name="There", url="rtmp://x/y", key="k")


class Watched:
    """A source on a feed that says one thing."""

    def __init__(self, url: str) -> None:
        self.items: list[object] = []
        self.ends = 0
        order = Order(stream="live", feed=url, grant=GRANT)
        self.begun = asyncio.Event()
        self.source = Source(order, None, self.take, self.end)

    def take(self, items: Sequence[object]) -> None:
        self.items += items
        self.begun.set()

    def end(self) -> None:
        self.ends += 1


async def test_a_stream_that_is_over_was_never_on() -> None:
    async with serving(Server(chunked(b'{"state": "ended", "renditions": []}'))) as server:
        watched = Watched(server.url)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watched.source.run(stop))
            await server.left.wait()
            stop.set()
    assert (watched.items, watched.ends, watched.source.rendition) == ([], 0, "")


async def test_a_feed_that_is_away_for_long_is_the_end_of_the_stream_once() -> None:
    async with feeding() as feed:
        watched = Watched(feed.url)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watched.source.run(stop))
            await watched.begun.wait()
            watched.source.tick(wall_ms() + 10 * GRACE_MS)
            assert watched.ends == 0, "it is there"
            feed.renditions = ()
            feed.state = "starting"
            while (away_ms := watched.source._away_ms) is None:
                await feed.answered()
            watched.source.tick(away_ms + GRACE_MS)
            assert watched.ends == 0
            for _ in range(2):
                watched.source.tick(away_ms + GRACE_MS + 1)
            assert watched.ends == 1
            stop.set()


def test_a_feed_that_stays_away_is_spoken_of_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    watched = Watched("http://127.0.0.1/")
    for text in ("it is away", "it is away", "it answered 404"):
        watched.source._complain(text)
    assert caplog.messages == ["it is away", "it answered 404"]
