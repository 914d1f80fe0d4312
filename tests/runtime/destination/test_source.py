import asyncio

from tests.destination.frames import PICTURE
from tests.runtime.destination.test_feed import Server, chunked, serving

from manycast.model.destinations import DestinationGrant
from manycast.model.media import VideoConfig
from manycast.model.sending import Order
from manycast.runtime.destination.source import GRACE_MS, Source


GRANT = DestinationGrant(id="d", name="There", url="rtmp://x/y", key="k")


class Watched:
    """A source on a feed that says one thing."""

    def __init__(self, server: Server) -> None:
        self.items: list[object] = []
        self.ends = 0
        order = Order(stream="live", feed=server.url, grant=GRANT)
        self.source = Source(order, None, self.items.extend, self.end)

    def end(self) -> None:
        self.ends += 1


async def test_a_stream_that_is_over_was_never_on() -> None:
    async with serving(Server(chunked(b'{"state": "ended", "renditions": []}'))) as server:
        watched = Watched(server)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watched.source.run(stop))
            await server.left.wait()
            stop.set()
    assert (watched.items, watched.ends, watched.source.rendition) == ([], 0, "")


def test_a_feed_that_is_away_for_long_is_the_end_of_the_stream_once() -> None:
    watched = Watched(Server(b""))
    watched.source._take([PICTURE])
    heard_ms = watched.source._heard_ms
    assert heard_ms is not None
    watched.source.tick(heard_ms + GRACE_MS)
    assert watched.ends == 0
    for _ in range(2):
        watched.source.tick(heard_ms + GRACE_MS + 1)
    assert watched.ends == 1
    assert not any(isinstance(item, VideoConfig) for item in watched.items)
