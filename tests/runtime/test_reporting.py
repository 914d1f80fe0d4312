import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.runtime.control_peer import TOKEN, Control, listening

from manycast.model.fleet import Assignment, NodeReport, NodeRole
from manycast.runtime import reporting
from manycast.runtime.link import Link
from manycast.runtime.reporting import Reporting


def describe(sequence: int) -> NodeReport:
    return NodeReport(
        node="origin@here:1",
        role=NodeRole.ORIGIN,
        version="1",
        url="http://here:1",
        since_ms=5,
        sequence=sequence,
    )


def assigned(report_ms: int = 500) -> tuple[int, Any]:
    return 200, {"report_ms": report_ms, "revision": "r1", "channels": None}


@asynccontextmanager
async def reports(
    control: Control, token: str = TOKEN
) -> AsyncIterator[tuple[Reporting, list[Assignment]]]:
    taken: list[Assignment] = []
    async with asyncio.timeout(20), Link(control.place, token) as link:
        yield Reporting(link, describe, lambda _, found: taken.append(found), 100), taken


async def test_reports_are_numbered_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "REPORT_S", (0.001, 1.0))
    control = Control(lambda *_: assigned(1))
    async with listening(control), reports(control) as (one, taken), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.run())
        await control.until(lambda: len(control.asked) > 2)
        running.cancel()
    assert [value["sequence"] for _, value in control.asked[:3]] == [1, 2, 3]
    assert control.asked[0] == ("/api/v1/fleet/reports", control.asked[0][1])
    assert control.asked[0][1]["role"] == "origin"
    assert taken[0] == Assignment(report_ms=1, revision="r1")


async def test_what_people_wait_to_see_is_reported_at_once() -> None:
    control = Control(lambda *_: assigned(60_000))
    async with listening(control), reports(control) as (one, _), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(one.run())
        await control.until(lambda: len(control.asked) > 0)
        one.hurry()
        await control.until(lambda: len(control.asked) > 1)
        running.cancel()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((503, {}), "it answered 503"),
        ((422, {}), "it answered 422"),
        ((200, {}), "report_ms: missing"),
    ],
)
async def test_a_bad_answer_is_said_once_and_its_end_too(
    answer: tuple[int, Any], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    control = Control(lambda *_: answer)
    with caplog.at_level(logging.WARNING):
        async with listening(control), reports(control) as (one, _):
            waits = [await one.report() for _ in range(10)]
            control.answer = lambda *_: assigned()
            assert await one.report() == 0.5
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, *[2.0] * 5]
    assert [message for message in caplog.messages if why in message] == caplog.messages[:1]
    assert "is back" in caplog.messages[1]


async def test_a_control_role_that_is_just_starting_is_no_news(
    caplog: pytest.LogCaptureFixture,
) -> None:
    control = Control()
    with caplog.at_level(logging.WARNING):
        async with reports(control) as (one, _):
            waits = 0.0
            while not caplog.messages:
                waits += await one.report()
    assert waits > reporting.RESTART_S
    assert len(caplog.messages) == 1


async def test_a_token_of_another_network_is_named(caplog: pytest.LogCaptureFixture) -> None:
    control = Control()
    async with listening(control), reports(control, "x" * 43) as (one, _):
        await one.report()
    assert "copy fleet.token" in caplog.text
    assert "x" * 43 not in caplog.text


async def test_no_assignment_makes_reports_a_burden() -> None:
    control = Control(lambda *_: assigned(0))
    async with listening(control), reports(control) as (one, _):
        assert await one.report() == reporting.REPORT_S[0]
        control.answer = lambda *_: assigned(10**9)
        assert await one.report() == reporting.REPORT_S[1]


async def test_the_control_role_may_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "REPORT_S", (0.001, 1.0))
    monkeypatch.setattr(reporting, "RETRY_S_LIMIT", 0.01)
    control = Control(lambda *_: assigned(1))
    async with reports(control) as (one, _), asyncio.TaskGroup() as tasks:
        async with listening(control):
            one._link._client.pools[0].parent = control.place
            running = tasks.create_task(one.run())
            await control.until(lambda: len(control.asked) > 1)
        while one.well:  # noqa: ASYNC110  nothing is heard of what nobody answers
            await asyncio.sleep(0.005)
        async with listening(control, control.port):
            seen = len(control.asked)
            await control.until(lambda: len(control.asked) > seen)
            running.cancel()


async def test_a_fault_of_our_own_costs_a_report_and_not_the_node(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "REPORT_S", (0.001, 1.0))
    control = Control(lambda *_: assigned(1))
    async with listening(control), Link(control.place, TOKEN) as link, asyncio.timeout(20):

        def fails_once(sequence: int) -> NodeReport:
            if sequence == 1:
                raise ZeroDivisionError
            return describe(sequence)

        one = Reporting(link, fails_once, lambda *_: None, 1)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(one.run())
            await control.until(lambda: len(control.asked) > 1)
            running.cancel()
    assert "by a fault in manycast itself" in caplog.text
