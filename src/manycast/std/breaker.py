"""A circuit breaker: stop asking what keeps failing, and look now and then whether it is back."""

from dataclasses import dataclass
from enum import Enum

from manycast.std.backoff import Backoff


class State(Enum):
    CLOSED = "closed"
    """All requests pass."""
    OPEN = "open"
    """None do."""
    HALF_OPEN = "half-open"
    """One at a time does, to see how it fares."""


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """Nygard, Release It!, with the two usual reasons to open."""

    consecutive: int
    """Failures without a success between them that open it."""
    ratio: float
    """Share of failures over the window that opens it."""
    volume: int
    """Results in the window below which the share says nothing."""
    window_s: float
    """Seconds that results count, and at most twice as long."""
    open_s: float
    """Seconds until the first probe; twice as long after each probe that failed."""
    open_s_max: float
    """Seconds no wait for a probe exceeds."""
    probe_s: float
    """Seconds after which a probe without a result is taken for lost, and the next may go."""


class Breaker:
    """Ask ``admit`` before each request, then tell what became of it, with the same ``probe``.

    Only a probe's result closes or reopens it: what was sent before it opened is old news.
    """

    __slots__ = ("_backoff", "_consecutive", "_counts", "_limits", "_probing", "_turned", "_until")

    def __init__(self, limits: BreakerLimits) -> None:
        self._limits = limits
        self._backoff = Backoff(limits.open_s, limits.open_s_max)
        self._until: float | None = None
        self._probing: float | None = None
        self._consecutive = 0
        self._counts = [(0, 0), (0, 0)]
        self._turned = 0.0

    def state(self, now: float) -> State:
        if self._until is None:
            return State.CLOSED
        return State.OPEN if now < self._until else State.HALF_OPEN

    @property
    def probe_at(self) -> float | None:
        """When the wait for a probe ends; None while closed."""
        return self._until

    def wants_probe(self, now: float) -> bool:
        lost = self._probing is None or now - self._probing >= self._limits.probe_s
        return self.state(now) is State.HALF_OPEN and lost

    def admit(self, now: float) -> State:
        """CLOSED: go; HALF_OPEN: go, as the probe; OPEN: do not."""
        if self._until is None:
            return State.CLOSED
        if not self.wants_probe(now):
            return State.OPEN
        self._probing = now
        return State.HALF_OPEN

    def succeeded(self, now: float, *, probe: bool = False) -> None:
        if self._until is None:
            self._consecutive = 0
            self._count(now, 0)
        elif probe:
            self.reset()

    def failed(self, now: float, *, probe: bool = False) -> bool:
        """Whether this failure opened it, or opened it again."""
        if self._until is not None:
            if probe:
                self._open(now)
            return probe
        self._consecutive += 1
        self._count(now, 1)
        if self._consecutive < self._limits.consecutive and not self._ratio_reached():
            return False
        self._open(now)
        return True

    def trip(self, now: float) -> None:
        """Open at once: what happened leaves no doubt."""
        if self._until is None:
            self._open(now)

    def reset(self) -> None:
        """Close, and forget why it was open."""
        self._until = self._probing = None
        self._backoff.worked()
        self._consecutive = 0
        self._counts = [(0, 0), (0, 0)]

    def abandoned(self) -> None:
        """The probe was given up without a result: another may go."""
        self._probing = None

    def _open(self, now: float) -> None:
        self._until = now + self._backoff.failed()
        self._probing = None

    def _count(self, now: float, failure: int) -> None:
        """Two windows, the running one and the one before: nothing to store for each result."""
        passed = now - self._turned
        if passed >= self._limits.window_s:
            fresh = passed < 2 * self._limits.window_s
            self._counts = [self._counts[1] if fresh else (0, 0), (0, 0)]
            self._turned = now
        total, failures = self._counts[1]
        self._counts[1] = (total + 1, failures + failure)

    def _ratio_reached(self) -> bool:
        total = sum(count for count, _ in self._counts)
        failures = sum(count for _, count in self._counts)
        return total >= self._limits.volume and failures >= self._limits.ratio * total
