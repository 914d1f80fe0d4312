"""Exact percentiles of the last few values."""

from bisect import bisect_left, insort
from collections import deque


class Recent:
    """The last ``size`` values, kept in order of arrival and of magnitude."""

    __slots__ = ("_arrived", "_ordered", "_size")

    def __init__(self, size: int) -> None:
        self._size = size
        self._arrived: deque[float] = deque()
        self._ordered: list[float] = []

    def __len__(self) -> int:
        return len(self._ordered)

    def add(self, value: float) -> None:
        if len(self._arrived) >= self._size:
            del self._ordered[bisect_left(self._ordered, self._arrived.popleft())]
        self._arrived.append(value)
        insort(self._ordered, value)

    def quantile(self, fraction: float) -> float:
        """The value that ``fraction`` of them do not exceed; there must be one."""
        count = len(self._ordered)
        return self._ordered[min(count - 1, max(0, round(fraction * count) - 1))]
