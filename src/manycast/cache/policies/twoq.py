"""2Q: a second use after leaving the first queue leads to the second, an LRU (Johnson and Shasha, VLDB 1994)."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from manycast.cache.policies.queue import Ghosts


K = TypeVar("K", bound=Hashable)

_FIRST_SHARE = 0.25
_GHOST_SHARE = 0.5


class TwoQ(Generic[K]):
    """What is larger than the first queue is not taken."""

    __slots__ = ("_first", "_first_bytes", "_first_max", "_ghosts", "_second", "_second_max",
                 "capacity_bytes", "used_bytes")  # fmt: skip

    def __init__(self, capacity_bytes: int) -> None:
        self.capacity_bytes = capacity_bytes
        self.used_bytes = 0
        self._first: OrderedDict[K, int] = OrderedDict()
        self._first_bytes = 0
        self._first_max = int(capacity_bytes * _FIRST_SHARE)
        self._second: OrderedDict[K, int] = OrderedDict()
        self._second_max = capacity_bytes - self._first_max
        self._ghosts: Ghosts[K] = Ghosts(int(capacity_bytes * _GHOST_SHARE))

    def __contains__(self, key: K) -> bool:
        return key in self._first or key in self._second

    def __len__(self) -> int:
        return len(self._first) + len(self._second)

    def record(self, key: K) -> None:
        if key not in self._first:
            self._second.move_to_end(key)

    def insert(self, key: K, size: int) -> list[K]:
        known = self._first.get(key, self._second.get(key))
        if known is not None:
            if known == size:
                self.record(key)
                return []
            self.remove(key)
        again = self._ghosts.take(key)
        if size > self._first_max:
            return [key]
        left = []
        while self.used_bytes + size > self.capacity_bytes:
            left.append(self.evict())
        if again:
            while self.used_bytes - self._first_bytes + size > self._second_max:
                left.append(self._evict_second())
            self._second[key] = size
        else:
            self._first[key] = size
            self._first_bytes += size
        self.used_bytes += size
        return left

    def evict(self) -> K:
        if self._first_bytes <= self._first_max and self._second:
            return self._evict_second()
        key, size = self._first.popitem(last=False)
        self._first_bytes -= size
        self.used_bytes -= size
        self._ghosts.add(key, size)
        return key

    def _evict_second(self) -> K:
        key, size = self._second.popitem(last=False)
        self.used_bytes -= size
        return key

    def remove(self, key: K) -> None:
        size = self._first.pop(key, None)
        if size is None:
            size = self._second.pop(key, 0)
        else:
            self._first_bytes -= size
        self.used_bytes -= size
