"""How often keys were asked for of late, in a few bytes for each: a count-min sketch that halves itself.

Conservative update (Estan and Varghese, SIGCOMM 2002), aging as in TinyLFU (Einziger et al., TOS 2017).
"""

from collections.abc import Hashable
from typing import Generic, TypeVar


K = TypeVar("K", bound=Hashable)

_WIDTH_MIN = 256
_SLOTS = 16
"""Counters in each of the four rows for one key that the cache holds: few keys share all of theirs."""
_SAMPLE = 32
"""Requests, for each key that the cache holds, after which all counts are halved."""
_COUNT_MAX = 255
_HALF = bytes(count >> 1 for count in range(256))
_MIX = 0x9E3779B97F4A7C15
_WORD = 0xFFFFFFFFFFFFFFFF


class Sketch(Generic[K]):
    """A key's count is the smallest of its four, so it is never too low before a halving.

    Python salts the hash of bytes in each process, so strangers cannot aim at a counter.
    """

    __slots__ = ("_adds", "_mask", "_rows")

    def __init__(self) -> None:
        self._mask = _WIDTH_MIN - 1
        self._rows = [bytearray(_WIDTH_MIN) for _ in range(4)]
        self._adds = 0

    def add(self, key: K) -> None:
        """Written out flat: this is most of what a W-TinyLFU hit costs."""
        mixed = hash(key) * _MIX & _WORD
        mask, step = self._mask, mixed >> 40 | 1
        p = (mixed ^ mixed >> 32) & mask
        q = p + step & mask
        r = q + step & mask
        s = r + step & mask
        a, b, c, d = self._rows
        least = min(a[p], b[q], c[r], d[s])
        if least < _COUNT_MAX:
            if a[p] == least:
                a[p] += 1
            if b[q] == least:
                b[q] += 1
            if c[r] == least:
                c[r] += 1
            if d[s] == least:
                d[s] += 1
        self._adds += 1
        if self._adds >= _SAMPLE * (mask + 1) // _SLOTS:
            self._halve()

    def count(self, key: K) -> int:
        """At most 255."""
        mixed = hash(key) * _MIX & _WORD
        mask, step = self._mask, mixed >> 40 | 1
        p = (mixed ^ mixed >> 32) & mask
        a, b, c, d = self._rows
        return min(a[p], b[p + step & mask], c[p + 2 * step & mask], d[p + 3 * step & mask])

    def fit(self, keys: int) -> None:
        """Grow when the cache holds more keys; counts stay what they are."""
        while keys * _SLOTS > self._mask + 1:
            self._rows = [row + row for row in self._rows]
            self._mask = self._mask << 1 | 1

    def _halve(self) -> None:
        self._rows = [row.translate(_HALF) for row in self._rows]
        self._adds >>= 1
