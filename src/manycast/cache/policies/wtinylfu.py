"""W-TinyLFU: a small window in front of an SLRU that only lets in what is asked for more often (Einziger et al., TOS 2017)."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from manycast.cache.sketch import Sketch


K = TypeVar("K", bound=Hashable)

_WINDOW_SHARE = 0.01
_PROBATION_SHARE = 0.2
"""Of what is not the window."""


class WTinyLfu(Generic[K]):
    """What is larger than the window is not taken.

    A use never lets objects go: the probation may be over its share until the next insert.
    """

    __slots__ = ("_main_bytes", "_main_max", "_overfull", "_probation", "_probation_bytes",
                 "_probation_max", "_protected", "_protected_max", "_sketch", "_window", "_window_max",
                 "capacity_bytes", "used_bytes")  # fmt: skip

    def __init__(self, capacity_bytes: int, window_share: float = _WINDOW_SHARE) -> None:
        self.capacity_bytes = capacity_bytes
        self.used_bytes = 0
        self._window_max = int(capacity_bytes * window_share)
        self._main_max = capacity_bytes - self._window_max
        self._probation_max = int(self._main_max * _PROBATION_SHARE)
        self._protected_max = self._main_max - self._probation_max
        self._main_bytes = 0
        self._probation_bytes = 0
        self._window: OrderedDict[K, int] = OrderedDict()
        self._probation: OrderedDict[K, int] = OrderedDict()
        self._protected: OrderedDict[K, int] = OrderedDict()
        self._overfull = False
        self._sketch: Sketch[K] = Sketch()

    def __contains__(self, key: K) -> bool:
        return key in self._protected or key in self._probation or key in self._window

    def __len__(self) -> int:
        return len(self._window) + len(self._probation) + len(self._protected)

    def record(self, key: K) -> None:
        if key in self._window:
            self._window.move_to_end(key)
            return
        if key in self._protected:
            self._protected.move_to_end(key)
        else:
            self._protect(key, self._probation.pop(key))
        self._sketch.add(key)

    def _protect(self, key: K, size: int) -> None:
        protected = self._protected
        protected[key] = size
        self._probation_bytes -= size
        while self._main_bytes - self._probation_bytes > self._protected_max:
            key, size = protected.popitem(last=False)
            self._probation[key] = size
            self._probation_bytes += size
            self._overfull = True

    def insert(self, key: K, size: int) -> list[K]:
        if key in self:
            if self._size(key) == size:
                self.record(key)
                return []
            self.remove(key)
        if size > min(self._window_max, self._probation_max):
            return [key]
        left: list[K] = []
        if self._overfull:
            self._overfull = False
            while self._probation_bytes > self._probation_max:
                left.append(self._evict_main())
        while self.used_bytes + size > self.capacity_bytes:
            self._contest(left)
        self._window[key] = size
        self.used_bytes += size
        self._sketch.add(key)
        self._sketch.fit(len(self))
        return left

    def _contest(self, left: list[K]) -> None:
        """The window's oldest goes to the main part if there is room, or if it is asked for more often."""
        if not self._window:
            left.append(self._evict_main())
            return
        key, size = self._window.popitem(last=False)
        self.used_bytes -= size
        if self._main_bytes + size > self._main_max:
            if self._sketch.count(key) <= self._sketch.count(self._victim()):
                left.append(key)
                self._sketch.add(key)
                return
            left.append(self._evict_main())
            while self._main_bytes + size > self._main_max:
                left.append(self._evict_main())
        self._sketch.add(key)
        self._keep(key, size)

    def _keep(self, key: K, size: int) -> None:
        """Into the main part: its probation if there is room, or else what is free of the protected."""
        protected_bytes = self._main_bytes - self._probation_bytes
        fits = self._probation_bytes + size <= self._probation_max
        if fits or protected_bytes + size > self._protected_max:
            self._probation[key] = size
            self._probation_bytes += size
        else:
            self._protected[key] = size
        self._main_bytes += size
        self.used_bytes += size

    def _victim(self) -> K:
        return next(iter(self._probation or self._protected))

    def _evict_main(self) -> K:
        if self._probation:
            key, size = self._probation.popitem(last=False)
            self._probation_bytes -= size
        else:
            key, size = self._protected.popitem(last=False)
        self._main_bytes -= size
        self.used_bytes -= size
        return key

    def evict(self) -> K:
        """The less often asked for of the two that are next."""
        if not self._window:
            return self._evict_main()
        key = next(iter(self._window))
        if self._main_bytes and self._sketch.count(key) > self._sketch.count(self._victim()):
            return self._evict_main()
        self.used_bytes -= self._window.pop(key)
        return key

    def _size(self, key: K) -> int:
        return next(q[key] for q in (self._window, self._probation, self._protected) if key in q)

    def remove(self, key: K) -> None:
        if key in self._window:
            self.used_bytes -= self._window.pop(key)
        elif key in self:
            size = self._size(key)
            self.used_bytes -= size
            self._main_bytes -= size
            if self._probation.pop(key, None) is not None:
                self._probation_bytes -= size
            else:
                del self._protected[key]
