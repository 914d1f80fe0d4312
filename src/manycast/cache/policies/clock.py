"""CLOCK: the oldest leave first, but what was used gets a second round (Corbato, A paging experiment with Multics, 1968)."""

from collections.abc import Hashable
from typing import TypeVar

from manycast.cache.policies.queue import Queue


K = TypeVar("K", bound=Hashable)


class Clock(Queue[K]):
    __slots__ = ("_used",)

    def __init__(self, capacity_bytes: int) -> None:
        super().__init__(capacity_bytes)
        self._used: set[K] = set()

    def record(self, key: K) -> None:
        if key not in self._sizes:
            raise KeyError(key)
        self._used.add(key)

    def evict(self) -> K:
        sizes, used = self._sizes, self._used
        while True:
            key, size = sizes.popitem(last=False)
            if key not in used:
                self.used_bytes -= size
                return key
            used.discard(key)
            sizes[key] = size

    def remove(self, key: K) -> None:
        super().remove(key)
        self._used.discard(key)
