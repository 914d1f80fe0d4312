"""What a policy would have missed: requests of a trace played through it.

The what-if curve plays a sample of the keys through caches smaller in proportion: SHARDS (Waldspurger
et al., FAST 2015) and miniature simulations (the same, ATC 2017).
"""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from manycast.cache.belady import Belady, upcoming
from manycast.cache.policy import Policy, build
from manycast.cache.trace import Trace


BELADY = "belady"
STEP = 50_000
"""Requests between two looks at the clock."""
SAMPLE_MAX = 60_000
"""Requests of the sample that curves are drawn from."""
CURVE_SHARES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Cache sizes of a curve, of the working set."""
_MIX = 0x9E3779B97F4A7C15
_WORD = 0xFFFFFFFFFFFFFFFF


@dataclass(slots=True)
class Tally:
    requests: int = 0
    requested_bytes: int = 0
    misses: int = 0
    missed_bytes: int = 0

    @property
    def object_miss_ratio(self) -> float:
        return self.misses / self.requests if self.requests else 0.0

    @property
    def byte_miss_ratio(self) -> float:
        return self.missed_bytes / self.requested_bytes if self.requested_bytes else 0.0


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a trace asks for; objects have the size of their first request."""

    requests: int
    objects: int
    objects_bytes: int
    requested_bytes: int


def footprint(trace: Trace) -> Footprint:
    first: dict[int, int] = {}
    for key, size in zip(trace.keys, trace.sizes, strict=True):
        first.setdefault(key, size)
    return Footprint(len(trace), len(first), sum(first.values()), sum(trace.sizes))


def policy_for(name: str, capacity_bytes: int, trace: Trace) -> Policy[int]:
    """A policy by its name, or Belady's bound; raises PolicyError."""
    if name == BELADY:
        return Belady(capacity_bytes, upcoming(trace.keys))
    return build(name, capacity_bytes)


def replay(policy: Policy[int], trace: Trace) -> Iterator[Tally]:
    """Play all requests; the tally so far is given after each step."""
    tally = Tally()
    pairs = zip(trace.keys, trace.sizes, strict=True)
    record, insert = policy.record, policy.insert
    for first in range(0, len(trace), STEP):
        misses = missed_bytes = 0
        for key, size in islice(pairs, STEP):
            if key in policy:
                record(key)
            else:
                misses += 1
                missed_bytes += size
                insert(key, size)
        sizes = trace.sizes[first : first + STEP]
        tally.requests += len(sizes)
        tally.requested_bytes += sum(sizes)
        tally.misses += misses
        tally.missed_bytes += missed_bytes
        yield tally


def sample(trace: Trace, requests_max: int = SAMPLE_MAX) -> tuple[Trace, float]:
    """The requests for some of the keys, chosen by hash, and the share of keys they are."""
    share = min(1.0, requests_max / len(trace))
    if share == 1.0:
        return trace, share
    limit = int(share * 2**24)
    keys, sizes = array("Q"), array("Q")
    for key, size in zip(trace.keys, trace.sizes, strict=True):
        if (key * _MIX & _WORD) >> 40 < limit:
            keys.append(key)
            sizes.append(size)
    return Trace(keys, sizes), share


@dataclass(frozen=True, slots=True)
class Point:
    """One place of a what-if curve."""

    policy: str
    share: float
    size_bytes: int
    object_miss_ratio: float
    byte_miss_ratio: float


def curve(
    name: str, part: Trace, share: float, whole: Footprint, on_step: Callable[[], None]
) -> Iterator[Point]:
    """Miss ratios of a policy at each of the curve's sizes, estimated from a sample of the keys.

    Ratios are of the requests that the sample should have, so that a sample with few of the most
    popular keys does not look worse than the trace (SHARDS-adj).
    """
    for at in CURVE_SHARES:
        tally = Tally()
        capacity_bytes = int(whole.objects_bytes * at)
        for tally in replay(policy_for(name, int(capacity_bytes * share), part), part):  # noqa: B007
            on_step()
        objects = tally.misses / (whole.requests * share)
        missed = tally.missed_bytes / (whole.requested_bytes * share)
        yield Point(name, at, capacity_bytes, min(1.0, objects), min(1.0, missed))
