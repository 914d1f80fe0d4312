import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.runtime.destination.feeding import feeding
from tests.runtime.destination.test_feed import Server, chunked, serving

from manycast.destination.choice import Choice
from manycast.model.destinations import DestinationGrant
from manycast.model.media import VideoFrame
from manycast.model.sending import Order
from manycast.runtime.clock import wall_ms
from manycast.runtime.destination.source import GRACE_MS, Source


GRANT = DestinationGrant(id="d", name="There", url="rtmp://x/y", key="k")


class Watched:
    """A source on a feed that says one thing."""

    def __init__(self, url: str, grant: DestinationGrant = GRANT) -> None:
        self.items: list[object] = []
        self.ends = 0
        order = Order(stream="live", feed=url, grant=grant)
        self.begun = asyncio.Event()
        self.source = Source(order, None, self.take, self.end)

    def take(self, items: Sequence[object]) -> None:
        self.items += items
        if any(isinstance(item, VideoFrame) for item in items):
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


WHIP = replace(GRANT, url="https://x/whip")


async def test_pictures_that_whip_cannot_carry_are_never_given_and_another_rendition_is() -> None:
    async with feeding() as feed:
        feed.renditions, feed.b_frames = ("source", "480p"), "source"
        watched = Watched(feed.url, replace(WHIP, rendition="source"))
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watched.source.run(stop))
            await watched.begun.wait()
            stop.set()
    assert watched.source.choice == Choice(
        "480p",
        None,
        "There takes no B-frames (source has them): 480p is sent in its place.",
    )
    assert not any(isinstance(item, VideoFrame) and item.cts_ms for item in watched.items)
    assert {"source/frames.mp4", "480p/frames.mp4"} <= set(feed.asked)


async def test_where_all_have_b_frames_one_is_encoded() -> None:
    async with feeding() as feed:
        feed.b_frames = "source"
        watched = Watched(feed.url, WHIP)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watched.source.run(stop))
            while watched.source.rendition != "own":
                await feed.answered()
            stop.set()
    assert "takes no B-frames (source has them): It is encoded for it." in watched.source.trouble
    assert not watched.begun.is_set(), "a picture got through"


async def test_a_place_that_takes_b_frames_gets_them() -> None:
    async with feeding() as feed:
        feed.b_frames = "source"
        watched = Watched(feed.url)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watched.source.run(stop))
            await watched.begun.wait()
            stop.set()
    assert watched.source.choice == Choice("source")
