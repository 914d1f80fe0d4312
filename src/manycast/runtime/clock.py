"""The only module that reads a clock."""

import time


def monotonic() -> float:
    """Seconds that never go back; only differences mean something."""
    return time.monotonic()


def wall_ms() -> int:
    """Milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


class SteadyWall:
    """Milliseconds since 1970 UTC that follow the wall clock's rate but none of its jumps.

    Media time is counted with it: an operator who sets the clock must not tear a stream apart.
    """

    def __init__(self) -> None:
        self._offset_s = time.time() - time.monotonic()

    def now_ms(self) -> int:
        return int((time.monotonic() + self._offset_s) * 1000)
