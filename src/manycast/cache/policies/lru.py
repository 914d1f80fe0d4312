"""LRU: the least recently used leave first (Denning, The Working Set Model, CACM 1968)."""

from collections.abc import Hashable
from typing import TypeVar

from manycast.cache.policies.queue import Queue


K = TypeVar("K", bound=Hashable)


class Lru(Queue[K]):
    __slots__ = ()

    def record(self, key: K) -> None:
        self._sizes.move_to_end(key)
