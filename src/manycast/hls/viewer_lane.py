"""One line of requests of a viewer: at most one in flight, tried again as its rules say."""

from math import inf
from typing import NamedTuple, TypeAlias

from manycast.settings.load import RetrySettings


class Get(NamedTuple):
    """Fetch ``url``; report the reply with ``Viewer.received`` or its failure with ``Viewer.failed``."""

    lane: int
    url: str


class Drop(NamedTuple):
    """Abandon the lane's request; its reply must not be reported any more."""

    lane: int


Command: TypeAlias = Get | Drop


class Lane:
    """A request in flight (``busy``), or one that waits for ``due_s``, or neither (``due_s`` is inf)."""

    __slots__ = ("_errors", "_timeouts", "blocking", "busy", "due_s", "number", "url")

    def __init__(self, number: int) -> None:
        self.number = number
        self.url = ""
        self.busy = False
        self.due_s = inf
        """When the request in flight times out, or the waiting one is sent."""
        self.blocking = False
        """The request in flight is held by the server until there is news."""
        self._errors = 0
        self._timeouts = 0

    @property
    def waits(self) -> bool:
        return not self.busy and self.due_s < inf

    def get(self, url: str, due_s: float, *, blocking: bool = False) -> Get:
        self.url, self.due_s = url, due_s
        self.busy, self.blocking = True, blocking
        return Get(self.number, url)

    def wait(self, url: str, due_s: float) -> None:
        self.url, self.due_s = url, due_s

    def rest(self) -> None:
        self.busy = False
        self.due_s = inf

    def succeed(self) -> None:
        self.rest()
        self._errors = self._timeouts = 0

    def error_delay_s(self, rules: RetrySettings) -> float | None:
        """Count an error: seconds until the next try, or None when there is none left."""
        if self._errors >= rules.errors_max:
            return None
        delay_s = min(rules.delay_s * (1 << self._errors), rules.delay_max_s)
        self._errors += 1
        return delay_s

    def timeout_allowed(self, rules: RetrySettings) -> bool:
        """Count a time-out: whether to try again, which is done at once."""
        self._timeouts += 1
        return self._timeouts <= rules.timeouts_max
