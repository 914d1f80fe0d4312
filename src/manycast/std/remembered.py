"""The last few things that were met, to know them again."""

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar


T = TypeVar("T", bound=Hashable)


class Remembered(Generic[T]):
    """Forgets the oldest beyond ``size``."""

    __slots__ = ("_known", "_order", "_size")

    def __init__(self, size: int) -> None:
        self._size = size
        self._order: deque[T] = deque()
        self._known: set[T] = set()

    def __len__(self) -> int:
        return len(self._order)

    def is_new(self, thing: T) -> bool:
        """And from now on it is not."""
        if thing in self._known:
            return False
        if len(self._order) >= self._size:
            self._known.discard(self._order.popleft())
        self._order.append(thing)
        self._known.add(thing)
        return True
