"""The platforms' stand-ins beside a browser: in a thread with an event loop of its own."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import isawaitable
from pathlib import Path
from typing import TypeVar

from bench.platforms import street
from bench.platforms.street import Street


T = TypeVar("T")
PATIENCE_S = 60.0
"""A guard against hanging, never a measure."""
LOOK_S = 0.05


@dataclass
class Town:
    """Where the platforms are; everything in ``street`` belongs to the other thread."""

    street: Street
    _loop: asyncio.AbstractEventLoop

    def ask(self, what: Callable[[Street], T | Awaitable[T]]) -> T:
        """Done over there, and its answer."""

        async def there() -> T:
            answer = what(self.street)
            return await answer if isawaitable(answer) else answer

        return asyncio.run_coroutine_threadsafe(there(), self._loop).result(PATIENCE_S)

    def until(self, true: Callable[[Street], bool]) -> None:
        pause = threading.Event()
        for _ in range(int(PATIENCE_S / LOOK_S)):
            if self.ask(true):
                return
            pause.wait(LOOK_S)
        raise AssertionError("it never became true")


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    up, leave = threading.Event(), asyncio.Event()
    found: list[Town] = []

    async def live() -> None:
        try:
            async with street.street(folder) as made:
                found.append(Town(made, asyncio.get_running_loop()))
                up.set()
                await leave.wait()
        finally:
            up.set()

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    try:
        assert up.wait(PATIENCE_S)
        assert found, "the street did not open"
        yield found[0]
    finally:
        if found:
            found[0]._loop.call_soon_threadsafe(leave.set)
        thread.join(PATIENCE_S)
