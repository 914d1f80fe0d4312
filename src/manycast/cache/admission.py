"""Which objects a cache does not take at all: by size, or until they were asked for again."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from manycast.cache.sketch import Sketch


if TYPE_CHECKING:
    from manycast.cache.policy import Policy

K = TypeVar("K", bound=Hashable)
K_contra = TypeVar("K_contra", bound=Hashable, contravariant=True)


class Admission(Protocol[K_contra]):
    def admits(self, key: K_contra, size: int, held: int) -> bool:
        """Judge a newcomer to a cache that holds so many objects."""


class SizeMax:
    """Nothing larger than so many bytes."""

    __slots__ = ("bytes_max",)

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max

    def admits(self, _key: Hashable, size: int, _held: int) -> bool:
        return size <= self.bytes_max


class UsesMin(Generic[K]):
    """Only what was asked for so often of late: most objects never are again (Maggs and Sitaraman, CCR 2015)."""

    __slots__ = ("_sketch", "uses_min")

    def __init__(self, uses_min: int) -> None:
        self.uses_min = uses_min
        self._sketch: Sketch[K] = Sketch()

    def admits(self, key: K, _size: int, held: int) -> bool:
        self._sketch.fit(held)
        self._sketch.add(key)
        return self._sketch.count(key) >= self.uses_min


class Guarded(Generic[K]):
    """A policy behind admissions; what one of them refuses never reaches it."""

    __slots__ = ("_admissions", "_policy")

    def __init__(self, policy: "Policy[K]", admissions: Sequence[Admission[K]]) -> None:
        self._policy = policy
        self._admissions = tuple(admissions)

    @property
    def capacity_bytes(self) -> int:
        return self._policy.capacity_bytes

    @property
    def used_bytes(self) -> int:
        return self._policy.used_bytes

    def __contains__(self, key: K) -> bool:
        return key in self._policy

    def __len__(self) -> int:
        return len(self._policy)

    def record(self, key: K) -> None:
        self._policy.record(key)

    def insert(self, key: K, size: int) -> list[K]:
        """Every admission sees every newcomer, so that none of them counts short."""
        held = len(self._policy)
        verdicts = [one.admits(key, size, held) for one in self._admissions]
        if all(verdicts):
            return self._policy.insert(key, size)
        self._policy.remove(key)
        return [key]

    def evict(self) -> K:
        return self._policy.evict()

    def remove(self, key: K) -> None:
        self._policy.remove(key)
