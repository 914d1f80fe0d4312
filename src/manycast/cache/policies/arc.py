"""ARC: balances recent against frequent by the ghosts that are asked for again (Megiddo and Modha, FAST 2003)."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from manycast.cache.policies.queue import Ghosts


K = TypeVar("K", bound=Hashable)


_GHOSTS_MAX = 8
"""Capacities that the ghosts of one kind may sum up to: a bound; the rules keep them far below."""


class Arc(Generic[K]):
    """Once used objects and those used again, each with its ghosts; names in comments are the paper's."""

    __slots__ = ("_frequent", "_frequent_ghosts", "_recent", "_recent_bytes", "_recent_ghosts",
                 "_target", "capacity_bytes", "used_bytes")  # fmt: skip

    def __init__(self, capacity_bytes: int) -> None:
        self.capacity_bytes = capacity_bytes
        self.used_bytes = 0
        self._target = 0.0  # p, what the recent may fill
        self._recent: OrderedDict[K, int] = OrderedDict()  # T1
        self._recent_bytes = 0
        self._frequent: OrderedDict[K, int] = OrderedDict()  # T2
        self._recent_ghosts: Ghosts[K] = Ghosts(_GHOSTS_MAX * capacity_bytes)  # B1
        self._frequent_ghosts: Ghosts[K] = Ghosts(_GHOSTS_MAX * capacity_bytes)  # B2

    def __contains__(self, key: K) -> bool:
        return key in self._recent or key in self._frequent

    def __len__(self) -> int:
        return len(self._recent) + len(self._frequent)

    def record(self, key: K) -> None:
        size = self._recent.pop(key, None)
        if size is None:
            self._frequent.move_to_end(key)
        else:
            self._recent_bytes -= size
            self._frequent[key] = size

    def insert(self, key: K, size: int) -> list[K]:
        known = self._recent.get(key, self._frequent.get(key))
        if known is not None:
            if known == size:
                self.record(key)
                return []
            self.remove(key)
        if size > self.capacity_bytes:
            return [key]
        again = self._learn(key)
        left = []
        while self.used_bytes + size > self.capacity_bytes:
            left.append(self._make_room(size, again=again))
        if again:
            self._frequent[key] = size
        else:
            self._recent[key] = size
            self._recent_bytes += size
        self.used_bytes += size
        return left

    def _learn(self, key: K) -> bool:
        """Whether a ghost is asked for; then the target moves towards its side."""
        recent, frequent = self._recent_ghosts, self._frequent_ghosts
        before = recent.used_bytes, frequent.used_bytes
        if recent.take(key):
            step = max(before[1] / before[0], 1.0)
            self._target = min(self._target + step, self.capacity_bytes)
            return True
        if frequent.take(key):
            step = max(before[0] / before[1], 1.0)
            self._target = max(self._target - step, 0.0)
            return True
        return False

    def _make_room(self, size: int, *, again: bool) -> K:
        if again:
            return self.evict()
        recent, ghosts = self._recent_bytes, self._recent_ghosts.used_bytes
        if recent + ghosts + size > self.capacity_bytes:
            if not ghosts:
                return self._evict_recent(remember=False)
            self._recent_ghosts.forget()
        elif (frequent := self._frequent_ghosts.used_bytes) and (
            self.used_bytes + ghosts + frequent >= 2 * self.capacity_bytes
        ):
            self._frequent_ghosts.forget()
        return self.evict()

    def evict(self) -> K:  # REPLACE
        if self._recent and (self._recent_bytes > self._target or not self._frequent):
            return self._evict_recent(remember=True)
        key, size = self._frequent.popitem(last=False)
        self.used_bytes -= size
        self._frequent_ghosts.add(key, size)
        return key

    def _evict_recent(self, *, remember: bool) -> K:
        key, size = self._recent.popitem(last=False)
        self._recent_bytes -= size
        self.used_bytes -= size
        if remember:
            self._recent_ghosts.add(key, size)
        return key

    def remove(self, key: K) -> None:
        size = self._recent.pop(key, None)
        if size is None:
            size = self._frequent.pop(key, 0)
        else:
            self._recent_bytes -= size
        self.used_bytes -= size
