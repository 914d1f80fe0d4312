"""Keys with their sizes in the order in which they came: what every policy is made of."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar


K = TypeVar("K", bound=Hashable)


class Queue(Generic[K]):
    """A policy that lets the oldest go; others override what they do better."""

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
        if key not in self._sizes:
            raise KeyError(key)

    def insert(self, key: K, size: int) -> list[K]:
        known = self._sizes.get(key)
        if known is not None:
            if known == size:
                self.record(key)
                return []
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


class Ghosts(Generic[K]):
    """Keys that left not long ago, as many as would fill so many bytes; none weighs nothing."""

    __slots__ = ("_sizes", "capacity_bytes", "used_bytes")

    def __init__(self, capacity_bytes: int) -> None:
        self.capacity_bytes = capacity_bytes
        self.used_bytes = 0
        self._sizes: OrderedDict[K, int] = OrderedDict()

    def add(self, key: K, size: int) -> None:
        self.take(key)
        self._sizes[key] = size = max(size, 1)
        self.used_bytes += size
        while self.used_bytes > self.capacity_bytes:
            self.forget()

    def take(self, key: K) -> bool:
        """Whether it was here; it is not any more."""
        size = self._sizes.pop(key, 0)
        self.used_bytes -= size
        return size > 0

    def forget(self) -> None:
        """Drop the oldest; raises KeyError when there is none."""
        self.used_bytes -= self._sizes.popitem(last=False)[1]
