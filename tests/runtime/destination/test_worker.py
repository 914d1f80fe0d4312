import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random

from tests.destination.frames import PICTURE, SOUND
from tests.runtime.destination.feeding import Feed, feeding
from tests.runtime.destination.test_rtmp import listening
from tests.runtime.test_rtmp import KEY as STREAM_KEY, Gate, Stream

from manycast.model.destinations import DestinationGrant, DestinationReport, SendingState
from manycast.model.media import VideoFrame
from manycast.model.sending import Order
from manycast.runtime.destination.worker import GOODBYE_S, Worker
from manycast.settings.destinations import DestinationsSettings
from manycast.settings.tree import Settings


SETTINGS = Settings(
    destinations=DestinationsSettings(retry_first_ms=20, retry_limit_ms=50, report_ms=50)
)


class Worked:
    """A worker in this process, and what it told."""

    def __init__(self, feed: Feed, url: str, key: str = STREAM_KEY) -> None:
        grant = DestinationGrant(id="dst_1", name="There", url=url, key=key)
        self.order = Order(stream="live", feed=feed.url, grant=grant)
        self.worker = Worker(self.order, SETTINGS, self.tell, Random(1))  # noqa: S311  it only spreads waits
        self.reports: list[DestinationReport] = []
        self.stop = asyncio.Event()
        self._told = asyncio.Event()

    def tell(self, report: DestinationReport) -> None:
        self.reports.append(report)
        self._told.set()

    def change(self, **grant: object) -> None:
        self.order = replace(self.order, grant=replace(self.order.grant, **grant))  # type: ignore[arg-type]  fields of a grant
        self.worker.order(self.order)

    async def until(self, true: Callable[[DestinationReport], bool]) -> DestinationReport:
        while True:
            self._told.clear()
            if self.reports and true(self.reports[-1]):
                return self.reports[-1]
            await self._told.wait()

    async def state(self, state: SendingState) -> DestinationReport:
        return await self.until(lambda report: report.state is state)


@asynccontextmanager
async def working(feed: Feed, url: str, key: str = STREAM_KEY) -> AsyncIterator[Worked]:
    worked = Worked(feed, url, key)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(worked.worker.run(worked.stop))
        yield worked
        worked.stop.set()
    assert worked.reports[-1].state is SendingState.STOPPED


def address(port: int) -> str:
    return f"rtmp://127.0.0.1:{port}/live"


async def test_a_stream_is_sent_and_its_figures_told() -> None:
    gate = Gate()
    async with listening(gate) as there, feeding() as feed:
        async with working(feed, address(there.port)) as worked:
            report = await worked.until(lambda report: report.frame_rate > 15)
            assert (report.id, report.rendition, report.reason) == ("dst_1", "source", "")
            assert report.sent_bytes > 0
            assert report.behind_ms is not None
            stream: Stream = gate.streams.get_nowait()
        await stream.ended.wait()
    assert stream.ends[0][1], "it said goodbye"
    assert stream.items[1:3] == [PICTURE, SOUND]
    times = [item.dts_ms for item in stream.items if isinstance(item, VideoFrame)]
    assert times[0] == 0
    assert times == sorted(set(times))


async def test_the_end_of_the_stream_is_told_and_the_next_one_sent_too() -> None:
    gate = Gate()
    async with (
        listening(gate) as there,
        feeding() as feed,
        working(feed, address(there.port)) as worked,
    ):
        await worked.state(SendingState.SENDING)
        first: Stream = await gate.streams.get()
        feed.state = "ended"
        await worked.state(SendingState.WAITING)
        await first.ended.wait()
        assert first.ends[0][1]
        feed.state = "live"
        await worked.state(SendingState.SENDING)
        assert worked.reports[-1].reconnects == 0


async def test_a_refused_key_is_left_to_a_person_and_another_one_works_at_once() -> None:
    async with (
        listening(Gate()) as there,
        feeding() as feed,
        working(feed, address(there.port), "wrong-one") as worked,
    ):
        report = await worked.state(SendingState.FAILED)
        assert report.reason == "It refused the stream: unknown stream key …."
        worked.change(key=STREAM_KEY)
        await worked.state(SendingState.SENDING)


async def test_an_address_that_leads_nowhere_is_left_to_a_person() -> None:
    async with feeding() as feed, working(feed, "gopher://there/app") as worked:
        report = await worked.state(SendingState.FAILED)
        assert "use rtmp://" in report.reason


async def test_a_place_that_comes_back_is_sent_to_again() -> None:
    gate = Gate()
    async with feeding() as feed, listening(gate) as there:
        port = there.port
        async with working(feed, address(port)) as worked:
            await worked.state(SendingState.SENDING)
            await there.close()
            report = await worked.state(SendingState.RETRYING)
            assert "connection" in report.reason
            await there.start("127.0.0.1", port, None)
            report = await worked.state(SendingState.SENDING)
            assert report.reconnects == 1


async def test_another_rendition_is_sent_over_the_same_connection() -> None:
    gate = Gate()
    async with listening(gate) as there, feeding() as feed:
        feed.renditions = ("source", "480p")
        async with working(feed, address(there.port)) as worked:
            await worked.state(SendingState.SENDING)
            worked.change(rendition="480p")
            await worked.until(lambda report: report.rendition == "480p")
            assert worked.reports[-1].state is SendingState.SENDING
        assert "480p/frames.mp4" in feed.asked
        assert gate.streams.qsize() == 1


def test_a_goodbye_fits_into_what_an_origin_waits() -> None:
    assert GOODBYE_S < 5


async def test_one_that_sends_is_not_interrupted_by_who_wants_all_tried_again() -> None:
    gate = Gate()
    async with listening(gate) as there, feeding() as feed:
        async with working(feed, address(there.port)) as worked:
            before = await worked.until(lambda report: report.frame_rate > 15)
            worked.change(attempt=1, name="Another name")
            after = await worked.until(lambda report: report.sent_bytes > before.sent_bytes)
            assert (after.state, after.since_ms) == (SendingState.SENDING, before.since_ms)
            stream: Stream = gate.streams.get_nowait()
            assert gate.streams.empty()
        await stream.ended.wait()
