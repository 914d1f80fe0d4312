"""GDSF: small and often used objects stay, old ones age out (Cherkasova, HP Laboratories 1998)."""

from collections.abc import Hashable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Generic, TypeVar


K = TypeVar("K", bound=Hashable)

_STALE_MAX = 4
"""Times as many heap entries as objects before the heap is made anew."""


class _Entry(Generic[K]):
    __slots__ = ("key", "priority", "size", "turn", "uses")

    def __init__(self, key: K, size: int) -> None:
        self.key = key
        self.size = size
        self.uses = 0
        self.priority = 0.0
        self.turn = 0


class Gdsf(Generic[K]):
    """A newcomer competes at once, so it may be the one that leaves.

    Priorities only grow with use, so an entry's place in the heap is put right when it surfaces.
    """

    __slots__ = ("_age", "_entries", "_heap", "_turn", "capacity_bytes", "used_bytes")

    def __init__(self, capacity_bytes: int) -> None:
        self.capacity_bytes = capacity_bytes
        self.used_bytes = 0
        self._age = 0.0
        self._turn = count()
        self._entries: dict[K, _Entry[K]] = {}
        self._heap: list[tuple[float, int, _Entry[K]]] = []

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def record(self, key: K) -> None:
        entry = self._entries[key]
        entry.uses += 1
        entry.priority = self._age + entry.uses / (entry.size or 1)
        entry.turn = next(self._turn)

    def insert(self, key: K, size: int) -> list[K]:
        entry = self._entries.get(key)
        if entry is not None:
            if entry.size == size:
                self.record(key)
                return []
            self.remove(key)
        if size > self.capacity_bytes:
            return [key]
        entry = self._entries[key] = _Entry(key, size)
        self.record(key)
        heappush(self._heap, (entry.priority, entry.turn, entry))
        self.used_bytes += size
        left = []
        while self.used_bytes > self.capacity_bytes:
            left.append(self.evict())
        return left

    def evict(self) -> K:
        entries = self._entries
        if not entries:
            raise KeyError("empty")
        while True:
            _, turn, entry = heappop(self._heap)
            if entries.get(entry.key) is not entry:
                continue
            if turn == entry.turn:
                self._age = entry.priority
                self.used_bytes -= entry.size
                del entries[entry.key]
                return entry.key
            heappush(self._heap, (entry.priority, entry.turn, entry))

    def remove(self, key: K) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self.used_bytes -= entry.size
        if len(self._heap) > _STALE_MAX * len(self._entries) + _STALE_MAX:
            self._heap = [(e.priority, e.turn, e) for e in self._entries.values()]
            heapify(self._heap)
