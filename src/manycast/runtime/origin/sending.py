"""One destination of one stream: its process while there should be one, and what is known of it."""

import asyncio
import logging
from asyncio.subprocess import Process
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from manycast.model.destinations import SendingState
from manycast.model.sending import Order, order_line, read_report
from manycast.origin.sending import Ledger
from manycast.runtime.clock import SteadyWall
from manycast.runtime.processes import Child
from manycast.runtime.reporting import Changed


log = logging.getLogger("manycast.destinations")

START_S = 30.0
"""From a process' start to its first report: Python takes seconds on an overloaded machine."""
SILENT_S = 10.0
"""A process that says nothing for so long (twenty reports) is stuck."""
GOODBYE_S = 5.0
"""For what is queued and the platform's goodbye, once a process is told to end."""
LINGER_MS = 10_000
"""After the stream's end, for a process to send the last frames and say goodbye by itself."""


@dataclass(frozen=True, slots=True)
class Means:
    """What every destination of an origin shares."""

    command: Sequence[str]
    """Runs the process of a destination."""
    clock: SteadyWall
    tasks: asyncio.TaskGroup


class Sending:
    def __init__(self, means: Means, order: Order, changed: Changed) -> None:
        """``changed`` is called when people wait to see what changed."""
        self.stream = order.stream
        self.ledger = Ledger(order.grant.id, means.clock.now_ms())
        self.restarts = 0
        """Processes started after one ended by itself."""
        self._means = means
        self._changed = changed
        self._order = order
        self._child: Child | None = None
        self._process: Process | None = None
        self._over_ms: int | None = None
        """When it was first seen that its stream has ended."""
        self._ending = False
        self._broken = False
        """By a fault of our own: it is not tried again as it is."""

    @property
    def running(self) -> bool:
        """Whether it has a process, or will in a moment."""
        return self._child is not None

    def send(self, order: Order) -> None:
        """Have a process do this; one that is saying goodbye ends first."""
        changed, self._order = order != self._order, order
        self._over_ms = None
        if self._child is None and (changed or not self._broken):
            self._begin()
        elif changed:
            self._tell()

    def release(self, *, over: bool) -> None:
        """It is not wanted any more; ``over``: because its stream has ended."""
        if self._child is None or self._ending:
            return
        now_ms = self._means.clock.now_ms()
        if self._over_ms is None:
            self._over_ms = now_ms
        at_work = self.ledger.report.state is SendingState.SENDING
        if not (over and at_work and now_ms - self._over_ms < LINGER_MS):
            self._ending = True
            self._means.tasks.create_task(self.end())

    def refuse(self, reason: str) -> None:
        """There is no room for a process."""
        self.ledger.failed(reason, self._means.clock.now_ms())

    async def end(self) -> None:
        """Have the process say goodbye; returns when it is gone."""
        self._ending = True
        if self._child is not None:
            await self._child.stop()

    def _begin(self) -> None:
        self._ending = self._broken = False
        self.ledger.begun(self._means.clock.now_ms())
        name = f"{self.stream}: destination {self._order.grant.id}"
        self._child = Child(
            name, self._means.command, drain_s=GOODBYE_S, attend=self._attend, lost=self._lost
        )
        self._means.tasks.create_task(self._run(self._child))

    async def _run(self, child: Child) -> None:
        """A fault of our own ends this destination and nobody else's."""
        close = self.ledger.stopped
        try:
            await child.run()
        except Exception:
            log.exception("%s: ended by a fault in manycast itself; please report it", child.name)
            await child.stop()
            self._broken = True
            close = partial(self.ledger.failed, "A fault in manycast itself: its log says more.")
        finally:
            self._child = None
        close(self._means.clock.now_ms())
        self._changed()

    def _lost(self, how: str) -> None:
        self.restarts += 1
        reason = f"The process that sends it {how}; it is started again."
        self.ledger.lost(reason, self._means.clock.now_ms())
        self._changed()

    def _tell(self) -> None:
        """A process that is just being made is told when it is there."""
        pipe = self._process.stdin if self._process else None
        if pipe is not None and not pipe.is_closing():
            pipe.write(order_line(self._order))

    async def _attend(self, process: Process) -> None:
        self._process = process
        self._tell()
        try:
            await self._listen(process)
        except TimeoutError:
            log.warning("%s: its process says nothing any more and is killed", self.stream)
            process.kill()
        finally:
            self._process = None

    async def _listen(self, process: Process) -> None:
        """Until it closes its output; raises TimeoutError when it is stuck."""
        assert process.stdout is not None
        silent_s = START_S
        while True:
            async with asyncio.timeout(silent_s):
                heard = await self._hear(process.stdout)
            if not heard:
                return
            silent_s = SILENT_S

    async def _hear(self, output: asyncio.StreamReader) -> bool:
        """Take in one report; False when there will be no more."""
        while True:
            try:
                line = await output.readline()  # ValueError: it is longer than the reader's limit
                if not line:
                    return False
                report = read_report(line)
            except ValueError as error:
                log.warning("%s: a line of its process is no report: %s", self.stream, error)
                continue
            if self.ledger.heard(report):
                self._changed()
            return True
