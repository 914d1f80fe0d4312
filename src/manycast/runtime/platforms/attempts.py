"""Whether one call is worth another attempt, and when."""

from random import Random

from manycast.platforms.failures import AwayError, PlatformError, RateLimitedError
from manycast.platforms.wire import Request
from manycast.std.backoff import Backoff


FIRST_WAIT_S = 0.5
"""Before the second attempt; each further wait is twice as long."""
WAIT_S_MAX = 8.0
JITTER = 0.5
"""Each wait is up to so much longer: what failed together does not come back together."""
PATIENCE_S = 20.0
"""Somebody may be waiting for the answer: no attempt begins later than this after the first."""


class Attempts:
    """Of one call."""

    def __init__(self, attempts_max: int, dice: Random) -> None:
        self._left = attempts_max
        self._dice = dice
        self._backoff = Backoff(FIRST_WAIT_S, WAIT_S_MAX)
        self._until_s: float | None = None

    def wait_s(self, error: PlatformError, request: Request, now_s: float) -> float | None:
        """After another attempt failed; None: give up."""
        if self._until_s is None:
            self._until_s = now_s + PATIENCE_S
        self._left -= 1
        if self._left <= 0 or not _passing(error, request):
            return None
        wait_s = self._backoff.failed() * (1 + JITTER * self._dice.random())
        if isinstance(error, RateLimitedError):
            wait_s = max(wait_s, error.retry_after_s)
        return wait_s if now_s + wait_s <= self._until_s else None


def _passing(error: PlatformError, request: Request) -> bool:
    if isinstance(error, AwayError):
        return request.repeatable or not error.asked
    return isinstance(error, RateLimitedError)
