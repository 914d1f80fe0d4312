"""SIEVE: a hand passes from the oldest to the newest, spares what was used and moves nothing (Zhang et al., NSDI 2024)."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import TypeVar

from manycast.cache.policies.queue import Queue


K = TypeVar("K", bound=Hashable)


class Sieve(Queue[K]):
    """The hand stands between two queues: those it will meet next, and the older ones it spared."""

    __slots__ = ("_spared", "_used")

    def __init__(self, capacity_bytes: int) -> None:
        super().__init__(capacity_bytes)
        self._spared: OrderedDict[K, int] = OrderedDict()
        self._used: set[K] = set()

    def __contains__(self, key: K) -> bool:
        return key in self._sizes or key in self._spared

    def __len__(self) -> int:
        return len(self._sizes) + len(self._spared)

    def record(self, key: K) -> None:
        if key not in self._sizes and key not in self._spared:
            raise KeyError(key)
        self._used.add(key)

    def insert(self, key: K, size: int) -> list[K]:
        if key in self._spared:
            if self._spared[key] == size:
                self._used.add(key)
                return []
            self.remove(key)
        return super().insert(key, size)

    def evict(self) -> K:
        used = self._used
        while True:
            key, size = self._sizes.popitem(last=False)
            if key in used:
                used.discard(key)
                self._spared[key] = size
            else:
                self.used_bytes -= size
            self._turn()
            if key not in self._spared and key not in self._sizes:
                return key

    def remove(self, key: K) -> None:
        super().remove(key)
        self.used_bytes -= self._spared.pop(key, 0)
        self._used.discard(key)
        self._turn()

    def _turn(self) -> None:
        """Past the newest, the hand begins at the oldest again."""
        if not self._sizes:
            self._sizes, self._spared = self._spared, self._sizes
