"""Which objects stay in a cache of so many bytes: one interface for the simulator and every layer of a node.

A policy keeps keys and sizes; the objects are the caller's. The same calls with the same seed always
lead to the same outcome. One that learns from time may offer ``tick(now)`` for its owner to call now
and then; nothing else of this interface knows the time.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Protocol, TypeVar

from manycast.cache.admission import Admission, Guarded, SizeMax, UsesMin
from manycast.cache.policies.arc import Arc
from manycast.cache.policies.clock import Clock
from manycast.cache.policies.fifo import Fifo
from manycast.cache.policies.gdsf import Gdsf
from manycast.cache.policies.lhd import Lhd
from manycast.cache.policies.lirs import Lirs
from manycast.cache.policies.lru import Lru
from manycast.cache.policies.s3fifo import S3Fifo
from manycast.cache.policies.sieve import Sieve
from manycast.cache.policies.twoq import TwoQ
from manycast.cache.policies.wtinylfu import WTinyLfu
from manycast.std.sizes import parse_bytes


K = TypeVar("K", bound=Hashable)


class Policy(Protocol[K]):
    """Sizes are bytes, 1 or more."""

    @property
    def capacity_bytes(self) -> int: ...

    @property
    def used_bytes(self) -> int:
        """Sum of the sizes inside; never more than the capacity."""

    def __contains__(self, key: K) -> bool: ...

    def __len__(self) -> int: ...

    def record(self, key: K) -> None:
        """The object was used; raises KeyError when it is not inside."""

    def insert(self, key: K, size: int) -> list[K]:
        """Take an object in after a miss; the keys that left for it.

        Its own key among them says that it was not taken. One that is inside already counts as used
        when its size is the same, and as new when it is not.
        """

    def evict(self) -> K:
        """Let the next one go; raises KeyError when empty."""

    def remove(self, key: K) -> None:
        """Forget an object, if it is inside: the caller dropped it."""


Factory = Callable[[int, int], Policy[Any]]
"""Makes a policy of a capacity in bytes and a seed for its dice, if it has any."""


POLICIES: Mapping[str, Factory] = {
    "lru": lambda capacity_bytes, _seed: Lru(capacity_bytes),
    "fifo": lambda capacity_bytes, _seed: Fifo(capacity_bytes),
    "clock": lambda capacity_bytes, _seed: Clock(capacity_bytes),
    "sieve": lambda capacity_bytes, _seed: Sieve(capacity_bytes),
    "s3-fifo": lambda capacity_bytes, _seed: S3Fifo(capacity_bytes),
    "w-tinylfu": lambda capacity_bytes, _seed: WTinyLfu(capacity_bytes),
    "arc": lambda capacity_bytes, _seed: Arc(capacity_bytes),
    "lirs": lambda capacity_bytes, _seed: Lirs(capacity_bytes),
    "2q": lambda capacity_bytes, _seed: TwoQ(capacity_bytes),
    "gdsf": lambda capacity_bytes, _seed: Gdsf(capacity_bytes),
    "lhd": Lhd,
}
"""By the names that users write."""

ADMISSIONS: Mapping[str, Callable[[str], Admission[Any]]] = {
    "size": lambda argument: SizeMax(parse_bytes(argument)),
    "uses": lambda argument: UsesMin(int(argument)),
}
"""What may follow a policy's name: ``lru+size:1MB`` takes nothing larger, ``lru+uses:2`` nothing that
was not asked for twice of late."""


class PolicyError(ValueError):
    """The user named a policy that does not exist."""


def build(name: str, capacity_bytes: int, seed: int = 0) -> Policy[Any]:
    """The policy of a user's word; raises PolicyError saying which there are."""
    plain, *extras = name.strip().lower().split("+")
    factory = POLICIES.get(plain)
    if factory is None:
        raise PolicyError(f"{name!r} is no cache policy; use one of {', '.join(POLICIES)}")
    policy = factory(capacity_bytes, seed)
    return Guarded(policy, [_admission(name, extra) for extra in extras]) if extras else policy


def _admission(name: str, extra: str) -> Admission[Any]:
    kind, _, argument = extra.partition(":")
    try:
        return ADMISSIONS[kind](argument)
    except (KeyError, ValueError):
        raise PolicyError(
            f"{name!r}: after a policy's name there may be +size:BYTES or +uses:N, such as lru+size:1MB"
        ) from None
