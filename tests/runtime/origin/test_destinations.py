import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from tests.runtime.origin.test_sending import PEER

from manycast.model.destinations import DestinationGrant, DestinationReport, SendingState
from manycast.model.fleet import ChannelGrant
from manycast.origin.session import State
from manycast.runtime.clock import SteadyWall
from manycast.runtime.origin.destinations import Destinations
from manycast.runtime.origin.sending import Means


HERE = DestinationGrant(id="dst_1", name="Here", url="peer://well")
THERE = DestinationGrant(id="dst_2", name="There", url="peer://well")


def channel(*destinations: DestinationGrant) -> tuple[ChannelGrant, ...]:
    return (
        ChannelGrant(channel="live", keys=(), recording=False, kicks=0, destinations=destinations),
    )


@dataclass
class Seen:
    destinations: Destinations
    event: asyncio.Event
    channels: tuple[ChannelGrant, ...] = ()
    state: State | None = State.LIVE

    def follow(self) -> None:
        self.destinations.follow(self.channels, {"live": self.state} if self.state else {})

    def report(self, name: str) -> DestinationReport | None:
        return next((one for one in self.destinations.reports("live") if one.id == name), None)

    async def until(self, true: Callable[[], bool]) -> None:
        """As the role does: look at what changed, and all the time."""
        while not true():
            self.follow()
            self.event.clear()
            try:
                async with asyncio.timeout(0.05):
                    await self.event.wait()
            except TimeoutError:
                continue

    async def until_state(self, name: str, state: SendingState | None) -> None:
        await self.until(lambda: getattr(self.report(name), "state", None) is state)


@asynccontextmanager
async def following(*grants: DestinationGrant, limit: int = 8) -> AsyncIterator[Seen]:
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        means = Means(PEER, SteadyWall(), group)
        seen = Seen(Destinations(means, "http://origin/live/", limit), asyncio.Event())
        seen.destinations.changed = seen.event.set
        seen.channels = channel(*grants)
        try:
            yield seen
        finally:
            await seen.destinations.stop()
    assert seen.destinations.running == 0


async def test_each_destination_of_a_stream_on_the_air_is_sent_to() -> None:
    async with following(HERE, THERE) as seen:
        await seen.until_state("dst_1", SendingState.SENDING)
        await seen.until_state("dst_2", SendingState.SENDING)
        assert seen.destinations.running == 2
        report = seen.report("dst_1")
        assert report
        assert report.reason == "http://origin/live/live/"
        assert seen.destinations.reports("another") == ()


@pytest.mark.parametrize("state", [None, State.STARTING, State.ENDED])
async def test_nothing_is_sent_of_a_stream_that_is_not_on_the_air(state: State | None) -> None:
    async with following(HERE) as seen:
        seen.state = state
        seen.follow()
        assert seen.destinations.reports("live") == ()


async def test_it_goes_on_while_the_broadcaster_is_away() -> None:
    async with following(HERE) as seen:
        await seen.until_state("dst_1", SendingState.SENDING)
        seen.state = State.RECONNECTING
        seen.follow()
        (one,) = seen.destinations
        assert one.running
        assert not one._ending


async def test_one_is_stopped_and_the_other_goes_on() -> None:
    async with following(HERE, THERE) as seen:
        await seen.until_state("dst_1", SendingState.SENDING)
        await seen.until_state("dst_2", SendingState.SENDING)
        seen.channels = channel(THERE)
        await seen.until_state("dst_1", SendingState.STOPPED)
        assert seen.destinations.running == 1
        seen.channels = channel(HERE, THERE)
        await seen.until_state("dst_1", SendingState.SENDING)


async def test_a_change_reaches_the_process() -> None:
    async with following(HERE) as seen:
        await seen.until_state("dst_1", SendingState.SENDING)
        seen.channels = channel(replace(HERE, rendition="720p"))
        await seen.until(lambda: getattr(seen.report("dst_1"), "rendition", "") == "720p")
        (one,) = seen.destinations
        assert one.restarts == 0


async def test_an_ended_stream_keeps_its_reports_until_it_is_forgotten() -> None:
    async with following(replace(HERE, url="peer://leaves")) as seen:
        await seen.until_state("dst_1", SendingState.WAITING)
        await seen.until(lambda: getattr(seen.report("dst_1"), "sent_bytes", 0) > 0)
        seen.state = State.ENDED
        await seen.until_state("dst_1", SendingState.STOPPED)
        seen.state = None
        await seen.until_state("dst_1", None)


async def test_of_those_that_were_stopped_only_the_last_are_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("manycast.runtime.origin.destinations.STOPPED_KEPT", 1)
    async with following(HERE, THERE) as seen:
        await seen.until_state("dst_1", SendingState.SENDING)
        await seen.until_state("dst_2", SendingState.SENDING)
        seen.channels = channel()
        await seen.until_state("dst_2", SendingState.STOPPED)
        await seen.until_state("dst_1", None)
        assert seen.report("dst_2")


async def test_there_are_no_more_processes_than_the_setting_says() -> None:
    async with following(HERE, THERE, limit=1) as seen:
        await seen.until_state("dst_1", SendingState.SENDING)
        report = seen.report("dst_2")
        assert report
        assert report.state is SendingState.FAILED
        assert "destinations.running_max" in report.reason
        seen.channels = channel(THERE)
        await seen.until_state("dst_2", SendingState.SENDING)


async def test_a_fault_of_our_own_costs_no_stream(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise AssertionError("ours")

    async with following(HERE) as seen:
        monkeypatch.setattr("manycast.runtime.origin.destinations.wanted", broken)
        seen.follow()
    assert "please report it" in caplog.text
