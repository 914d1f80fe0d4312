"""The most frequent of an endless stream of items, in bounded memory."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar


K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Frequent(Generic[K]):
    item: K
    count: int
    error: int
    """The count is at most so much too high, and never too low."""


class SpaceSaving(Generic[K]):
    """Metwally, Agrawal, El Abbadi: Efficient computation of frequent and top-k elements in data
    streams (2005). Whatever makes up more than one in ``places`` of the stream is among those kept.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._counts: dict[K, tuple[int, int]] = {}
        self.total = 0

    def add(self, item: K, times: int = 1) -> None:
        self.total += times
        count, error = self._counts.get(item, (0, 0))
        if not count and len(self._counts) >= self._places:
            least = min(self._counts, key=self._counts.__getitem__)
            count = error = self._counts.pop(least)[0]
        self._counts[item] = (count + times, error)

    def top(self, number: int) -> list[Frequent[K]]:
        ordered = sorted(self._counts.items(), key=lambda pair: -pair[1][0])
        return [Frequent(item, count, error) for item, (count, error) in ordered[:number]]
