"""Work that blocks, done in a few threads in the order it came; what became of it is told on the loop."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar


T = TypeVar("T")
_LOG = logging.getLogger(__name__)


class Threads:
    """``weight`` is in whatever unit ``limit`` is: jobs, or the bytes they hold."""

    def __init__(self, name: str, count: int, limit: int) -> None:
        self.waiting = 0
        """Weight of the work that is not finished."""
        self._limit = limit
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=name)

    def has_room(self, weight: int = 1) -> bool:
        return not self._closed and self.waiting + weight <= self._limit

    def do(
        self, work: Callable[[], T], done: Callable[[T | Exception], None], weight: int = 1
    ) -> None:
        """Ask ``has_room`` first, except for work without which the rest cannot go on."""
        if self._closed:
            return
        self.waiting += weight
        self._pool.submit(self._run, work, done, weight)

    async def close(self) -> None:
        """Leave out what has not begun, wait for what has; nothing is told any more."""
        self._closed = True
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    def _run(
        self, work: Callable[[], T], done: Callable[[T | Exception], None], weight: int
    ) -> None:
        if self._closed:
            return
        result: T | Exception
        try:
            result = work()
        except Exception as error:  # noqa: BLE001  it travels on to whoever asked
            result = error
        self._loop.call_soon_threadsafe(self._tell, result, done, weight)

    def _tell(
        self, result: T | Exception, done: Callable[[T | Exception], None], weight: int
    ) -> None:
        self.waiting -= weight
        if not self._closed:
            done(result)
