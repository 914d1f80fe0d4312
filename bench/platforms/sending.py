"""One destination's process as an origin starts it, for tests and measurements that look at it alone."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

from manycast.model.destinations import DestinationGrant, DestinationReport, SendingState
from manycast.model.sending import Order, order_line, read_report


LINE_BYTES_MAX = 65_536
STOP_S = 10.0


class Sending:
    """``reports`` is all it told; ``latest`` the last of it."""

    def __init__(self, process: asyncio.subprocess.Process, order: Order) -> None:
        self.pid = process.pid
        self.order = order
        self.reports: list[DestinationReport] = []
        self._process = process
        self._changed = asyncio.Event()

    @property
    def latest(self) -> DestinationReport:
        """Of a process that told nothing yet: that it waits."""
        if self.reports:
            return self.reports[-1]
        return DestinationReport(id="", state=SendingState.WAITING, since_ms=0)

    @property
    def sends(self) -> bool:
        return self.latest.state is SendingState.SENDING

    def tell(self, order: Order) -> None:
        """As when somebody changes the destination while it is live."""
        assert self._process.stdin is not None
        self.order = order
        self._process.stdin.write(order_line(order))

    def change(self, grant: DestinationGrant) -> None:
        self.tell(replace(self.order, grant=grant))

    async def until(self, true: Callable[[], bool], patience_s: float = 60.0) -> None:
        """Return when it is true, looked at with each report; raises TimeoutError, and EOFError when it is gone."""
        async with asyncio.timeout(patience_s):
            while not true():
                if self._process.returncode is not None:
                    raise EOFError(f"the process ended with {self._process.returncode}")
                self._changed.clear()
                await self._changed.wait()

    async def read(self) -> None:
        """What it says, until its end."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.reports.append(read_report(line))
            self._changed.set()
        self._changed.set()

    async def stop(self) -> int:
        """As an origin does: its orders end. Returns its status."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(STOP_S):
                return await self._process.wait()
        except TimeoutError:
            self._process.kill()
            return await self._process.wait()


@asynccontextmanager
async def sending(
    feed: str, grant: DestinationGrant, config: Path | None = None, log: Path | None = None
) -> AsyncIterator[Sending]:
    """``config`` is a settings file; ``feed`` like ``http://127.0.0.1:8081/live/main/``."""
    words = [sys.executable, "-m", "manycast.cli", "destination"]
    said = (log or Path("/dev/null")).open("ab")
    with said:
        process = await asyncio.create_subprocess_exec(
            *words,
            *(("--config", str(config)) if config else ()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
            limit=LINE_BYTES_MAX,
        )
    order = Order(stream=feed.strip("/").rpartition("/")[2], feed=feed, grant=grant)
    made = Sending(process, order)
    made.tell(order)
    try:
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(made.read())
            try:
                yield made
            finally:
                with suppress(ConnectionError):
                    await made.stop()
                await reading
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
