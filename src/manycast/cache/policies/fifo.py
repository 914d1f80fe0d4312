"""FIFO: the oldest leave first, used or not (Belady, A study of replacement algorithms, IBM Systems Journal 1966)."""

from collections.abc import Hashable
from typing import TypeVar

from manycast.cache.policies.queue import Queue


K = TypeVar("K", bound=Hashable)


class Fifo(Queue[K]):
    __slots__ = ()
