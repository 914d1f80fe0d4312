"""Tells the control role how this node is, again and again, and hands on what it asks for in reply."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import NoReturn

from manycast.model.assignments import read_assignment
from manycast.model.fleet import Assignment, NodeReport
from manycast.runtime.link import Link, Told
from manycast.std.backoff import Backoff


log = logging.getLogger("manycast.reporting")

PATH = "/api/v1/fleet/reports"
PATIENCE_S = 2.0
"""For one report: the control role answers from memory."""
RETRY_S_LIMIT = 2.0
"""Between attempts while the control role is away: it sees the node again this soon after its return."""
RESTART_S = 10.0
"""Nobody needs to read that the control role does not answer yet, or is just started again."""
REPORT_S = 0.1, 60.0
"""Whatever the control role asks for, reports come no more often and no more seldom."""
HURRY_S = 0.05
"""Between reports of which something could not wait."""

Changed = Callable[[], None]
"""What is told that something changed which people wait to see: ``Reporting.hurry``."""
Describe = Callable[[int], NodeReport]
"""Of a report's number."""
Assigned = Callable[[NodeReport, Assignment], None]
"""Raises ValueError for an assignment that makes no sense."""


class Reporting:
    """Cancel ``run`` to end it; the node goes on with what it knows while nobody answers."""

    def __init__(self, link: Link, describe: Describe, assigned: Assigned, report_ms: int) -> None:
        self.well = True
        """Whether the last report was answered."""
        self._link = link
        self._describe = describe
        self._assigned = assigned
        self._told = False
        """Of the trouble that there is."""
        self._failing_s = 0.0
        self._sequence = 0
        self._urgent = asyncio.Event()
        self._backoff = Backoff(report_ms / 1000, RETRY_S_LIMIT)
        self._loop = asyncio.get_running_loop()

    def hurry(self) -> None:
        """Something changed that people wait to see."""
        self._urgent.set()

    async def run(self) -> NoReturn:
        while True:
            began = self._loop.time()
            self._urgent.clear()
            report_s = await self._attempt()
            if self.well:
                await asyncio.sleep(HURRY_S)
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(began + report_s):
                        await self._urgent.wait()
            else:
                await asyncio.sleep(report_s)

    async def _attempt(self) -> float:
        """A fault of our own costs a report and no stream."""
        try:
            return await self.report()
        except Exception:
            if self.well:
                log.exception("no report, by a fault in manycast itself; please report it")
            self.well = False
            return self._backoff.failed()

    async def report(self) -> float:
        """Send one; seconds until the next is due."""
        self._sequence += 1
        report = self._describe(self._sequence)
        told = await self._tell(report)
        try:
            assignment = _assignment(told)
            self._assigned(report, assignment)
        except ValueError as error:
            wait_s = self._backoff.failed()
            self._failed(str(error), wait_s, restarting=told.status == 0)
            return wait_s
        if self._told:
            log.warning("the control role at %s is back", self._link.control.name)
        self.well, self._told, self._failing_s = True, False, 0.0
        self._backoff.worked()
        shortest, longest = REPORT_S
        return min(max(assignment.report_ms / 1000, shortest), longest)

    async def _tell(self, report: NodeReport) -> Told:
        answer: asyncio.Future[Told] = self._loop.create_future()
        give_up = self._link.ask(PATH, asdict(report), PATIENCE_S, answer.set_result)
        try:
            return await answer
        except asyncio.CancelledError:
            give_up()
            raise

    def _failed(self, why: str, wait_s: float, *, restarting: bool) -> None:
        self.well = False
        waited_s, self._failing_s = self._failing_s, self._failing_s + wait_s
        if self._told or (restarting and waited_s < RESTART_S):
            return
        self._told = True
        log.warning(
            "the control role at %s takes no report: %s; this node works on by itself",
            self._link.control.name,
            why,
        )


def _assignment(told: Told) -> Assignment:
    """Raises ValueError saying why there is none."""
    match told.status:
        case 200:
            return read_assignment(told.value)
        case 0:
            raise ValueError(told.why)
        case 401 | 403:
            raise ValueError("it does not know our token: copy fleet.token from its --dir")
        case _:
            raise ValueError(f"it answered {told.status}")
