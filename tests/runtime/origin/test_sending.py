import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from manycast.model.destinations import DestinationGrant, DestinationReport, SendingState
from manycast.model.sending import Order
from manycast.runtime.clock import SteadyWall
from manycast.runtime.origin import sending as module
from manycast.runtime.origin.sending import Means, Sending
from manycast.runtime.processes import Child


PEER = [sys.executable, str(Path(__file__).with_name("sender_peer.py"))]
ORDER = Order(
    stream="live",
    feed="http://127.0.0.1:1/live/live/",
    grant=DestinationGrant(id="dst_1", name="Mine", url="peer://well", rendition="source"),
)


def to(url: str) -> Order:
    return replace(ORDER, grant=replace(ORDER.grant, url=url))


@dataclass
class Seen:
    sending: Sending
    event: asyncio.Event

    @property
    def report(self) -> DestinationReport:
        return self.sending.ledger.report

    @property
    def pid(self) -> int:
        child = self.sending._child
        assert child
        assert child.process
        return child.process.pid

    async def until(self, true: Callable[[DestinationReport], bool]) -> DestinationReport:
        while not true(self.report):
            self.event.clear()
            await self.event.wait()
        return self.report


@asynccontextmanager
async def begun(order: Order, command: list[str] | None = None) -> AsyncIterator[Seen]:
    event = asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        means = Means(command or PEER, SteadyWall(), group)
        seen = Seen(Sending(means, order, event.set), event)
        seen.sending.send(order)
        try:
            yield seen
        finally:
            await seen.sending.end()
    assert not seen.sending.running


def sends(report: DestinationReport) -> bool:
    return report.state is SendingState.SENDING


async def test_its_process_is_told_what_to_send_and_of_each_change() -> None:
    async with begun(ORDER) as seen:
        assert (await seen.until(sends)).reason == ORDER.feed
        assert seen.report.rendition == "source"
        pid = seen.pid
        seen.sending.send(ORDER)
        other = replace(ORDER, feed="elsewhere")
        seen.sending.send(other)
        await seen.until(lambda report: report.reason == "elsewhere")
        assert seen.pid == pid
    assert seen.report.state is SendingState.STOPPED
    assert seen.report.sent_bytes == 1000


async def test_a_change_before_the_process_is_there_is_in_its_first_order() -> None:
    async with begun(ORDER) as seen:
        seen.sending.send(replace(ORDER, feed="elsewhere"))
        assert (await seen.until(sends)).reason == "elsewhere"


async def test_a_killed_process_is_replaced_and_its_figures_are_kept() -> None:
    async with begun(ORDER) as seen:
        await seen.until(sends)
        os.kill(seen.pid, signal.SIGKILL)
        lost = await seen.until(lambda report: report.state is SendingState.RETRYING)
        assert "status -9" in lost.reason
        again = await seen.until(sends)
        assert (again.reconnects, again.sent_bytes) == (1, 2000)
        assert seen.sending.restarts == 1


async def test_a_process_that_ends_by_itself_is_started_again() -> None:
    async with begun(to("peer://dies")) as seen:
        await seen.until(lambda report: "status 7" in report.reason)
        await seen.until(lambda report: report.sent_bytes == 2000)


async def test_a_process_that_cannot_be_started_is_named(caplog: pytest.LogCaptureFixture) -> None:
    async with begun(ORDER, ["/nowhere/at/all"]) as seen:
        report = await seen.until(lambda report: report.state is SendingState.RETRYING)
        assert "does not start" in report.reason
    assert "horse" not in caplog.text


async def test_a_stuck_process_is_killed_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENT_S", 0.1)
    async with begun(ORDER) as seen:
        await seen.until(lambda report: "status -9" in report.reason)
        await seen.until(lambda report: report.sent_bytes == 2000)


async def test_a_process_that_never_speaks_is_killed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "START_S", 0.1)
    mute = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    async with begun(ORDER, mute) as seen:
        await seen.until(lambda report: "status -9" in report.reason)


async def test_lines_that_are_no_reports_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    async with begun(to("peer://babbles")) as seen:
        await seen.until(lambda report: report.reason == "after the babble")
        assert seen.sending.restarts == 0
    assert caplog.text.count("is no report") >= 2


async def test_who_does_not_say_goodbye_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GOODBYE_S", 0.2)
    async with begun(to("peer://stubborn")) as seen:
        await seen.until(lambda report: report.reason == "deaf")
    assert seen.report.state is SendingState.STOPPED


async def test_after_the_streams_end_it_says_goodbye_by_itself_first() -> None:
    async with begun(ORDER) as seen:
        await seen.until(sends)
        seen.sending.release(over=True)
        seen.sending.release(over=True)
        assert seen.sending.running
        assert not seen.sending._ending, "it may have frames left to send"
        seen.sending.send(to("peer://leaves"))
        await seen.until(lambda report: report.state is SendingState.WAITING)
        seen.sending.release(over=True)
        await seen.until(lambda report: report.state is SendingState.STOPPED)


async def test_nobody_lingers_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINGER_MS", 0)
    async with begun(ORDER) as seen:
        await seen.until(sends)
        seen.sending.release(over=True)
        await seen.until(lambda report: report.state is SendingState.STOPPED)


async def test_what_is_switched_off_ends_at_once_and_can_be_switched_on_again() -> None:
    async with begun(ORDER) as seen:
        await seen.until(sends)
        seen.sending.release(over=False)
        seen.sending.release(over=False)
        await seen.until(lambda report: report.state is SendingState.STOPPED)
        seen.sending.send(ORDER)
        await seen.until(lambda report: sends(report) and report.sent_bytes == 2000)


async def test_a_fault_of_our_own_fails_this_destination_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_: Child) -> None:
        raise AssertionError("ours")

    monkeypatch.setattr(Child, "run", broken)
    async with begun(ORDER) as seen:
        report = await seen.until(lambda report: report.state is SendingState.FAILED)
        assert "fault in manycast" in report.reason
        seen.sending.send(ORDER)
        assert not seen.sending.running, "it would fail again and again"
        monkeypatch.undo()
        seen.sending.send(replace(ORDER, grant=replace(ORDER.grant, attempt=1)))
        await seen.until(sends)
    assert "please report it" in caplog.text
