"""LIRS: what is used again soon is hot; the rest only passes through a small queue (Jiang and Zhang, SIGMETRICS 2002)."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar


K = TypeVar("K", bound=Hashable)

_COLD_SHARE = 0.01
_STACK_SHARE = 2
"""Capacities that the stack may hold in sizes, ghosts included."""


class Lirs(Generic[K]):
    """What is larger than the cold queue is not taken. Comments give the paper's names.

    A use never lets objects go: the cold queue may be over its share until the next insert.
    """

    __slots__ = ("_cold", "_cold_bytes", "_cold_max", "_ghosts", "_hot", "_hot_bytes", "_hot_max",
                 "_stack", "_stack_bytes", "capacity_bytes", "used_bytes")  # fmt: skip

    def __init__(self, capacity_bytes: int) -> None:
        self.capacity_bytes = capacity_bytes
        self.used_bytes = 0
        self._cold_max = max(1, int(_COLD_SHARE * capacity_bytes))
        self._hot_max = max(0, capacity_bytes - self._cold_max)
        self._hot: set[K] = set()  # LIR
        self._hot_bytes = 0
        self._cold: OrderedDict[K, int] = OrderedDict()  # resident HIR: Q
        self._cold_bytes = 0
        self._stack: OrderedDict[K, int] = OrderedDict()  # S
        self._stack_bytes = 0
        self._ghosts: OrderedDict[K, None] = OrderedDict()  # non-resident HIR in S

    def __contains__(self, key: K) -> bool:
        return key in self._hot or key in self._cold

    def __len__(self) -> int:
        return len(self._hot) + len(self._cold)

    def record(self, key: K) -> None:
        if key in self._hot:
            self._stack.move_to_end(key)
            self._prune()
            return
        size = self._cold[key]
        if key in self._stack:
            self._drop_cold(key)
            self._drop_stacked(key)
            self._heat(key, size)
        else:
            self._cold.move_to_end(key)
            self._cool_for(size)
            self._push(key, size)
        self._limit()

    def insert(self, key: K, size: int) -> list[K]:
        if key in self:
            if (self._stack[key] if key in self._hot else self._cold[key]) == size:
                self.record(key)
                return []
            self.remove(key)
        if size > min(self._cold_max, self._hot_max):
            return [key]
        left: list[K] = []
        if key in self._ghosts:
            del self._ghosts[key]
            self._drop_stacked(key)
            self._heat(key, size)
            self._settle(0, left)
        elif self._hot_bytes + size <= self._hot_max:
            self._settle(0, left)
            self._heat(key, size)
        else:
            self._settle(size, left)
            self._push(key, size)
            self._add_cold(key, size)
        self.used_bytes += size
        self._limit()
        return left

    def evict(self) -> K:
        if not self._cold and self._hot:
            self._cool()
        key = next(iter(self._cold), None)
        if key is None:
            raise KeyError("empty")
        self.used_bytes -= self._drop_cold(key)
        if key in self._stack:
            self._ghosts[key] = None
        return key

    def remove(self, key: K) -> None:
        if key in self._hot:
            self._hot.discard(key)
            size = self._drop_stacked(key)
            self._hot_bytes -= size
            self.used_bytes -= size
            self._prune()
        elif key in self._cold:
            self.used_bytes -= self._drop_cold(key)
            if key in self._stack:
                self._drop_stacked(key)

    def _heat(self, key: K, size: int) -> None:
        """Let it be hot, on top of the stack."""
        self._cool_for(size)
        self._push(key, size)
        self._hot.add(key)
        self._hot_bytes += size

    def _cool_for(self, size: int) -> None:
        while self._hot and self._hot_bytes + size > self._hot_max:
            self._cool()

    def _cool(self) -> None:
        """The hot one at the bottom of the stack becomes cold; what the queue cannot hold goes first."""
        key = next(iter(self._stack))
        size = self._drop_stacked(key)
        self._hot.discard(key)
        self._hot_bytes -= size
        self._add_cold(key, size)
        if size > self._cold_max:
            self._cold.move_to_end(key, last=False)
        self._prune()

    def _settle(self, size: int, left: list[K]) -> None:
        """Make room for so many cold bytes."""
        while self._cold and self._cold_bytes + size > self._cold_max:
            left.append(self.evict())

    def _prune(self) -> None:
        """Leave a hot one at the bottom of the stack."""
        stack, hot = self._stack, self._hot
        while stack:
            key = next(iter(stack))
            if key in hot:
                break
            self._drop_stacked(key)
            self._ghosts.pop(key, None)

    def _limit(self) -> None:
        while self._ghosts and self._stack_bytes > _STACK_SHARE * self.capacity_bytes:
            key, _ = self._ghosts.popitem(last=False)
            self._drop_stacked(key)

    def _push(self, key: K, size: int) -> None:
        self._stack[key] = size
        self._stack_bytes += size

    def _drop_stacked(self, key: K) -> int:
        size = self._stack.pop(key)
        self._stack_bytes -= size
        return size

    def _add_cold(self, key: K, size: int) -> None:
        self._cold[key] = size
        self._cold_bytes += size

    def _drop_cold(self, key: K) -> int:
        size = self._cold.pop(key)
        self._cold_bytes -= size
        return size
