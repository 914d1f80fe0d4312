"""When to try again after a failure, and when to leave it to a person."""

from typing import Final

from manycast.settings.destinations import DestinationsSettings
from manycast.std.backoff import Backoff


STEADY_MS: Final = 10_000
"""Sending for so long means that the place takes the stream: what failed before is forgotten."""
HELD_MS: Final = 60_000
"""A place that took the stream may hold the connection that broke for so long, and refuse another beside it: nginx and
others drop a silent publisher after a minute at most."""


class Attempts:
    """Growing waits; ``dice`` from 0 to 1 spreads those who failed together."""

    def __init__(self, settings: DestinationsSettings) -> None:
        self._settings = settings
        self._refusals = 0
        self._backoff = Backoff(0, 0)
        self.forget()

    def failed(self, *, refused: bool, dice: float) -> int | None:
        """Milliseconds until the next attempt; None: no more, it was refused in words too often in a row."""
        self._refusals = self._refusals + 1 if refused else 0
        if self._refusals >= self._settings.refusals_max:
            return None
        wait_s = self._backoff.failed()
        return int(1000 * wait_s * (1 + dice) / 2)

    def forget(self) -> None:
        settings = self._settings
        self._refusals = 0
        self._backoff = Backoff(settings.retry_first_ms / 1000, settings.retry_limit_ms / 1000)
