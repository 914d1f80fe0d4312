"""What a node knows of one parent: its failures, its answer times, its load."""

from bisect import bisect_left
from dataclasses import dataclass

from manycast.model.failures import Failure
from manycast.settings.parents import ParentsSettings
from manycast.std.breaker import Breaker, BreakerLimits
from manycast.std.recent import Recent


ANSWER_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the histogram of answer times; a last bucket has none."""
KINDS = (*(failure.value for failure in Failure), "status", "slow", "health")
"""Of failures: ``status`` is a 502, 503 or 504, ``slow`` an answer far later than other parents',
``health`` a bad word from its health path."""
_P95 = 0.95


@dataclass(frozen=True, slots=True)
class ParentNumbers:
    """One parent's numbers since the start, but for those of now."""

    name: str
    group: int
    """0 for the ones that are preferred, then their fallbacks."""
    state: str
    """``closed``: in use; ``open``: avoided; ``half-open``: about to be tried."""
    requests: int
    in_flight: int
    """Now."""
    failures: dict[str, int]
    """By ``KINDS``, where there were any."""
    ejections: int
    retries: int
    """Requests that came here because another parent, or an earlier try, had failed."""
    hedges: int
    """Second requests sent here because another parent was slow."""
    hedges_won: int
    answer_counts: tuple[int, ...]
    """By ``ANSWER_BOUNDS_S``, each bucket by itself; held requests are not among them."""
    answer_total_s: float


class Parent:
    __slots__ = (
        "_answers", "_failures", "_recent", "_settings", "_total_s", "breaker", "ejections", "group",
        "hedges", "hedges_won", "in_flight", "name", "requests", "retries",
    )  # fmt: skip

    def __init__(self, name: bytes, group: int, settings: ParentsSettings) -> None:
        self.name = name
        self.group = group
        self.breaker = Breaker(_limits(settings))
        self.requests = self.in_flight = self.ejections = 0
        self.retries = self.hedges = self.hedges_won = 0
        self._settings = settings
        self._failures: dict[str, int] = {}
        self._recent = Recent(settings.samples)
        self._answers = [0] * (len(ANSWER_BOUNDS_S) + 1)
        self._total_s = 0.0

    @property
    def well(self) -> bool:
        return self.breaker.probe_at is None

    @property
    def p95_s(self) -> float | None:
        """None while too little is known."""
        known = len(self._recent) >= self._settings.hedge_samples
        return self._recent.quantile(_P95) if known else None

    def answered(self, seconds: float) -> None:
        self._recent.add(seconds)
        self._answers[bisect_left(ANSWER_BOUNDS_S, seconds)] += 1
        self._total_s += seconds

    def count(self, failure: Failure | str) -> None:
        kind = failure.value if isinstance(failure, Failure) else failure
        self._failures[kind] = self._failures.get(kind, 0) + 1

    def numbers(self, now: float) -> ParentNumbers:
        return ParentNumbers(
            name=self.name.decode(),
            group=self.group,
            state=self.breaker.state(now).value,
            requests=self.requests,
            in_flight=self.in_flight,
            failures=dict(self._failures),
            ejections=self.ejections,
            retries=self.retries,
            hedges=self.hedges,
            hedges_won=self.hedges_won,
            answer_counts=tuple(self._answers),
            answer_total_s=self._total_s,
        )


def _limits(settings: ParentsSettings) -> BreakerLimits:
    return BreakerLimits(
        consecutive=settings.eject_failures,
        ratio=settings.eject_ratio,
        volume=settings.eject_volume,
        window_s=settings.eject_window_s,
        open_s=settings.ejected_s,
        open_s_max=settings.ejected_s_max,
        probe_s=settings.first_byte_s,
    )
