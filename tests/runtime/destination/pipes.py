"""A way through an ffmpeg, followed by a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.runtime.destination.clips import EPOCH_MS, PATIENCE_S, Item, of

from manycast.destination.sender import Timed
from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame
from manycast.model.refusals import RefusedError
from manycast.runtime.destination.way import Way


def configs(items: list[Item]) -> tuple[VideoConfig, AudioConfig]:
    return of(VideoConfig, items)[0], of(AudioConfig, items)[0]


def timed(items: list[Item]) -> list[Timed]:
    return [
        Timed(item, item.dts_ms - EPOCH_MS if isinstance(item, VideoFrame | AudioFrame) else 0)
        for item in items
    ]


class Run:
    """A way that is open, or over."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.opened, self.over, self.room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.error: Exception | None = None

    async def run(self) -> None:
        try:
            await self.way.run(self.opened.set, self.room.set)
        except (OSError, RefusedError) as error:
            self.error = error
        self.over.set()

    async def open(self) -> None:
        """Raises what went wrong instead."""
        async with asyncio.TaskGroup() as group:
            waits = [group.create_task(one.wait()) for one in (self.opened, self.over)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        if self.error is not None:
            raise self.error


@asynccontextmanager
async def running(way: Way) -> AsyncIterator[Run]:
    made = Run(way)
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        task = group.create_task(made.run())
        yield made
        task.cancel()
