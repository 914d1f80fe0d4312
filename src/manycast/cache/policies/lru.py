"""LRU: the least recently used leave first (Denning, The working set model, CACM 1968)."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar


K = TypeVar("K", bound=Hashable)


class Lru(Generic[K]):
    __slots__ = ("_sizes", "capacity_bytes", "used_bytes")

    def __init__(self, capacity_bytes: int) -> None:
        self.capacity_bytes = capacity_bytes
        self.used_bytes = 0
        self._sizes: OrderedDict[K, int] = OrderedDict()

    def __contains__(self, key: K) -> bool:
        return key in self._sizes

    def __len__(self) -> int:
        return len(self._sizes)

    def record(self, key: K) -> None:
        self._sizes.move_to_end(key)

    def insert(self, key: K, size: int) -> list[K]:
        self.remove(key)
        if size > self.capacity_bytes:
            return [key]
        left = []
        while self.used_bytes + size > self.capacity_bytes:
            left.append(self.evict())
        self._sizes[key] = size
        self.used_bytes += size
        return left

    def evict(self) -> K:
        key, size = self._sizes.popitem(last=False)
        self.used_bytes -= size
        return key

    def remove(self, key: K) -> None:
        self.used_bytes -= self._sizes.pop(key, 0)
