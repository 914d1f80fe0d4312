"""S3-FIFO: most objects are used once, so a small queue lets them go soon (Yang et al., SOSP 2023)."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from manycast.cache.policies.queue import Ghosts


K = TypeVar("K", bound=Hashable)

_SMALL_SHARE = 0.1
_GHOST_SHARE = 0.9
_USES_TO_STAY = 2
"""Uses in the small queue that lead to the main one."""
_USES_COUNTED = 3
"""Rounds in the main queue that uses can earn."""


class S3Fifo(Generic[K]):
    """What would fill the small queue alone is not taken."""

    __slots__ = ("_full", "_ghosts", "_main", "_main_bytes", "_small", "_small_bytes", "_uses",
                 "capacity_bytes", "used_bytes")  # fmt: skip

    def __init__(self, capacity_bytes: int) -> None:
        self.capacity_bytes = capacity_bytes
        self.used_bytes = 0
        self._small_bytes = 0
        self._main_bytes = 0
        self._small: OrderedDict[K, int] = OrderedDict()
        self._main: OrderedDict[K, int] = OrderedDict()
        self._uses: dict[K, int] = {}
        self._ghosts: Ghosts[K] = Ghosts(int(capacity_bytes * _GHOST_SHARE))
        self._full = False

    @property
    def _small_max(self) -> int:
        return int(self.capacity_bytes * _SMALL_SHARE)

    def __contains__(self, key: K) -> bool:
        return key in self._uses

    def __len__(self) -> int:
        return len(self._uses)

    def record(self, key: K) -> None:
        self._uses[key] += 1

    def insert(self, key: K, size: int) -> list[K]:
        if key in self._uses:
            if (self._small.get(key) or self._main.get(key) or 0) == size:
                self.record(key)
                return []
            self.remove(key)
        known = self._ghosts.take(key)
        if size >= self._small_max:
            return [key]
        left = []
        while self.used_bytes + size > self.capacity_bytes:
            left.append(self.evict())
        if known or (not self._full and self._small_bytes >= self._small_max):
            self._main[key] = size
            self._main_bytes += size
        else:
            self._small[key] = size
            self._small_bytes += size
        self._uses[key] = 0
        self.used_bytes += size
        return left

    def evict(self) -> K:
        self._full = True
        main_max = self.capacity_bytes - self._small_max
        while self._small and self._main_bytes <= main_max:
            key, size = self._small.popitem(last=False)
            self._small_bytes -= size
            if self._uses[key] < _USES_TO_STAY:
                self._ghosts.add(key, size)
                return self._gone(key, size)
            self._uses[key] = 0
            self._main[key] = size
            self._main_bytes += size
        return self._evict_main()

    def _evict_main(self) -> K:
        main, uses = self._main, self._uses
        while True:
            key, size = main.popitem(last=False)
            used = uses[key]
            if used == 0:
                self._main_bytes -= size
                return self._gone(key, size)
            uses[key] = min(used, _USES_COUNTED) - 1
            main[key] = size

    def _gone(self, key: K, size: int) -> K:
        self.used_bytes -= size
        del self._uses[key]
        return key

    def remove(self, key: K) -> None:
        if self._uses.pop(key, None) is None:
            return
        small = self._small.pop(key, None)
        if small is None:
            size = self._main.pop(key)
            self._main_bytes -= size
        else:
            size = small
            self._small_bytes -= size
        self.used_bytes -= size
