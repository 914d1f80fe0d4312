"""The process of a destination as an origin starts it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from manycast.model.destinations import DestinationGrant, DestinationReport, SendingState
from manycast.model.sending import Order, order_line, read_report


PATIENCE_S = 90.0


@dataclass
class Sending:
    """One child; every report it made."""

    process: asyncio.subprocess.Process
    order: Order
    reports: list[DestinationReport] = field(default_factory=list)

    @property
    def last(self) -> DestinationReport:
        return self.reports[-1]

    def tell(self, order: Order) -> None:
        assert self.process.stdin is not None
        self.order = order
        self.process.stdin.write(order_line(order))

    async def until(self, true: Callable[[DestinationReport], bool]) -> DestinationReport:
        """The first report from now on of which it is true."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                report = await self.next()
                assert report is not None, "the process of the destination has ended"
                if true(report):
                    return report

    async def next(self) -> DestinationReport | None:
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            return None
        self.reports.append(read_report(line))
        return self.last

    async def state(self, state: SendingState) -> DestinationReport:
        return await self.until(lambda report: report.state is state)

    async def stop(self) -> None:
        """As the origin does: the orders end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        async with asyncio.timeout(PATIENCE_S):
            while await self.next() is not None:
                pass
            assert await self.process.wait() == 0


@asynccontextmanager
async def sending(
    feed: str, grant: DestinationGrant, settings: Path | None = None
) -> AsyncIterator[Sending]:
    words = [] if settings is None else ["--config", str(settings)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "manycast.cli", "destination", *words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    child = Sending(process, Order(stream="live", feed=feed, grant=grant))
    child.tell(child.order)
    try:
        yield child
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
