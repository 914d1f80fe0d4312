"""Belady's bound: the one asked for last of all leaves (Belady, IBM Systems Journal 1966).

It knows the future and looks at no sizes. With equal sizes no policy misses less; with unequal ones
a policy that prefers small objects may miss fewer of them.
"""

from array import array
from collections.abc import Hashable, Sequence
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar


K = TypeVar("K", bound=Hashable)


_STALE_MAX = 4
"""Times as many heap entries as objects before the heap is made anew."""


def upcoming(keys: Sequence[int]) -> "array[int]":
    """For each request, the index of the next one for its key; beyond the end for none."""
    following = array("Q", bytes(8 * len(keys)))
    seen: dict[int, int] = {}
    for at in range(len(keys) - 1, -1, -1):
        key = keys[at]
        following[at] = seen.get(key, len(keys) + at)
        seen[key] = at
    return following


class Belady(Generic[K]):
    """A policy for one replay: its calls must be the trace's requests, one for each."""

    __slots__ = ("_at", "_heap", "_inside", "_upcoming", "capacity_bytes", "used_bytes")

    def __init__(self, capacity_bytes: int, upcoming: Sequence[int]) -> None:
        self.capacity_bytes = capacity_bytes
        self.used_bytes = 0
        self._at = 0
        self._upcoming = upcoming
        self._inside: dict[K, tuple[int, int]] = {}
        self._heap: list[tuple[int, K]] = []

    def __contains__(self, key: K) -> bool:
        return key in self._inside

    def __len__(self) -> int:
        return len(self._inside)

    def record(self, key: K) -> None:
        self._place(key, self._inside[key][1])
        if len(self._heap) > _STALE_MAX * len(self._inside) + _STALE_MAX:
            self._heap = [(-turn, key) for key, (turn, _) in self._inside.items()]
            heapify(self._heap)

    def insert(self, key: K, size: int) -> list[K]:
        if size > self.capacity_bytes:
            self._at += 1
            return [key]
        left = []
        while self.used_bytes + size > self.capacity_bytes:
            left.append(self.evict())
        self._place(key, size)
        self.used_bytes += size
        return left

    def _place(self, key: K, size: int) -> None:
        turn = self._upcoming[self._at]
        self._at += 1
        self._inside[key] = turn, size
        heappush(self._heap, (-turn, key))

    def evict(self) -> K:
        while self._inside:
            turn, key = heappop(self._heap)
            if key in self._inside and self._inside[key][0] == -turn:
                self.remove(key)
                return key
        raise KeyError("empty")

    def remove(self, key: K) -> None:
        if key in self._inside:
            self.used_bytes -= self._inside.pop(key)[1]
