"""Plays a trace through cache policies and takes the time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from manycast.cache.replay import Footprint, Point, curve, policy_for, replay, sample
from manycast.cache.trace import Trace
from manycast.runtime.clock import monotonic


@dataclass(frozen=True, slots=True)
class Size:
    """A cache size as the user wrote it."""

    text: str
    share: float | None = None
    """Of the bytes of all objects; None when it is absolute."""
    absolute_bytes: int = 0

    def of(self, whole: Footprint) -> int:
        if self.share is None:
            return self.absolute_bytes
        return int(whole.objects_bytes * self.share)


@dataclass(frozen=True, slots=True)
class Result:
    policy: str
    size: str
    size_bytes: int
    object_miss_ratio: float
    byte_miss_ratio: float
    requests_per_s: float


def results(
    trace: Trace,
    whole: Footprint,
    policies: Sequence[str],
    sizes: Sequence[Size],
    on_step: Callable[[str], None],
) -> Iterator[Result]:
    """Every policy at every size; ``on_step`` hears what is being played."""
    for name in policies:
        for size in sizes:
            size_bytes = size.of(whole)
            yield _result(trace, name, size.text, size_bytes, on_step)


def _result(
    trace: Trace, name: str, size: str, size_bytes: int, on_step: Callable[[str], None]
) -> Result:
    policy = policy_for(name, size_bytes, trace)
    began = monotonic()
    tally = None
    for tally in replay(policy, trace):
        on_step(f"{name} at {size}: {tally.requests / len(trace):.0%}")
    past_s = max(monotonic() - began, 1e-9)
    assert tally is not None
    return Result(
        policy=name,
        size=size,
        size_bytes=size_bytes,
        object_miss_ratio=round(tally.object_miss_ratio, 6),
        byte_miss_ratio=round(tally.byte_miss_ratio, 6),
        requests_per_s=round(len(trace) / past_s),
    )


def curves(
    trace: Trace, whole: Footprint, policies: Sequence[str], on_step: Callable[[str], None]
) -> list[Point]:
    """The what-if curve of every policy, from one sample of the keys."""
    part, share = sample(trace)
    points: list[Point] = []
    for name in policies:
        points += curve(name, part, share, whole, partial(on_step, f"{name}: curve"))
    return points
