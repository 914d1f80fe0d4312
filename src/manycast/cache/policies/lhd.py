"""LHD: of a few drawn, the one goes that promises the fewest hits for its bytes and time (Beckmann et al., NSDI 2018)."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from itertools import accumulate
from operator import add, truediv
from typing import Generic, TypeVar


K = TypeVar("K", bound=Hashable)

_AGES = 20_000
_CLASSES = 16
"""By the ages at the last two uses: each class half as old as the one before."""
_DRAWN = 32
_DRAWN_EARLY = 8
_POOR = 8
"""Objects that came lately and looked poor: always among those drawn."""
_LEARN_EVERY = 1 << 20
"""Requests between two models; making one takes some 70 ms."""
_EARLY = 50
"""Models during which few are drawn and some objects are kept to explore."""
_DECAY = 0.9
_EXPLORERS_SHARE = 0.01
_EXPLORE_ONE_IN = 32
_SHIFT = 10
"""Requests in one step of age, as a power of two, until the number of objects is known."""
_SHIFT_AT = frozenset({5, 25})
_AGE_ERROR = 0.01
_START = 17
"""The authors' first guess: a density of (_START + class) / (1 + age)."""


class _Entry(Generic[K]):
    __slots__ = ("at", "before_age", "explores", "key", "last_age", "place", "size")

    def __init__(self, key: K, size: int, place: int) -> None:
        self.key = key
        self.size = size
        self.place = place
        self.at = 0
        self.last_age = 0
        self.before_age = _AGES
        self.explores = False


class _Class:
    """Hits and evictions by age, and the density of hits that they promise."""

    __slots__ = ("densities", "evictions", "hits", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.hits: defaultdict[int, float] = defaultdict(float)
        self.evictions: defaultdict[int, float] = defaultdict(float)
        self.densities: list[float] | None = None

    def density(self, age: int) -> float:
        if self.densities is None:
            return (_START + self.number) / (1 + age)
        return self.densities[age]

    def model(self) -> None:
        """Expected hits over expected lifetime from each age on, summed from the oldest down."""
        hits = list(accumulate(_from_oldest(self.hits)))
        events = list(map(add, hits, accumulate(_from_oldest(self.evictions))))
        lives = [life or 1.0 for life in accumulate(events)]
        self.densities = list(map(truediv, hits, lives))[::-1]

    def decay(self) -> None:
        for counts in (self.hits, self.evictions):
            for age in counts:
                counts[age] *= _DECAY

    def rescale(self, delta: int) -> None:
        self.hits = _rescaled(self.hits, delta)
        self.evictions = _rescaled(self.evictions, delta)


def _from_oldest(counts: Mapping[int, float]) -> list[float]:
    dense = [0.0] * _AGES
    for age, count in counts.items():
        dense[_AGES - 1 - age] = count
    return dense


def _rescaled(counts: Mapping[int, float], delta: int) -> defaultdict[int, float]:
    """The same counts with steps of age that are 2**delta times as long."""
    scaled: defaultdict[int, float] = defaultdict(float)
    for age, count in counts.items():
        if delta > 0:
            scaled[age >> delta] += count
            continue
        parts = 1 << -delta
        for at in range(age * parts, age * parts + parts):
            scaled[min(at, _AGES - 1)] += count / parts
    return scaled


class Lhd(Generic[K]):
    """Its dice are a linear congruential generator: the same seed gives the same draws."""

    __slots__ = ("_classes", "_dice", "_drawable", "_entries", "_explorers_bytes", "_learn_in",
                 "_models", "_now", "_poor", "_poor_density", "_poor_next", "_shift",
                 "capacity_bytes", "used_bytes")  # fmt: skip

    def __init__(self, capacity_bytes: int, seed: int = 0) -> None:
        self.capacity_bytes = capacity_bytes
        self.used_bytes = 0
        self._entries: dict[K, _Entry[K]] = {}
        self._drawable: list[_Entry[K]] = []
        self._classes = [_Class(number) for number in range(_CLASSES)]
        self._dice = seed * 2 + 1
        self._explorers_bytes = capacity_bytes * _EXPLORERS_SHARE
        self._now = 0
        self._learn_in = _LEARN_EVERY
        self._models = 0
        self._shift = _SHIFT
        self._poor: list[K | None] = [None] * _POOR
        self._poor_next = 0
        self._poor_density = 0.0

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def record(self, key: K) -> None:
        entry = self._entries[key]
        age = self._age(entry)
        self._class(entry).hits[age] += 1
        if entry.explores:
            self._explorers_bytes += entry.size
        entry.before_age = entry.last_age
        entry.last_age = age
        self._touch(entry)
        self._tick()

    def insert(self, key: K, size: int) -> list[K]:
        entry = self._entries.get(key)
        if entry is not None:
            if entry.size == size:
                self.record(key)
                return []
            self._drop(entry)
        if size > self.capacity_bytes:
            return [key]
        left = []
        while self.used_bytes + size > self.capacity_bytes:
            left.append(self.evict())
        entry = self._entries[key] = _Entry(key, size, len(self._drawable))
        self._drawable.append(entry)
        self.used_bytes += size
        explored = self._touch(entry)
        if not explored and self._density(entry) < self._poor_density:
            self._poor[self._poor_next] = key
            self._poor_next = (self._poor_next + 1) % _POOR
        self._tick()
        return left

    def evict(self) -> K:
        drawable, draw, density = self._drawable, self._draw, self._density
        if not drawable:
            raise KeyError("empty")
        draws = _DRAWN if self._models > _EARLY else _DRAWN_EARLY
        drawn = [drawable[draw(len(drawable))] for _ in range(draws)]
        drawn += [self._entries[key] for key in self._poor if key in self._entries]
        victim = min(drawn, key=density)
        self._poor_density *= _DECAY
        self._poor_density += (1 - _DECAY) * density(victim)
        self._class(victim).evictions[self._age(victim)] += 1
        self._drop(victim)
        return victim.key

    def remove(self, key: K) -> None:
        entry = self._entries.get(key)
        if entry is not None:
            self._drop(entry)

    def _drop(self, entry: _Entry[K]) -> None:
        if entry.explores:
            self._explorers_bytes += entry.size
        del self._entries[entry.key]
        last = self._drawable.pop()
        if last is not entry:
            last.place = entry.place
            self._drawable[entry.place] = last
        self.used_bytes -= entry.size

    def _draw(self, sides: int) -> int:
        self._dice = (self._dice * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        return (self._dice >> 33) % sides

    def _age(self, entry: _Entry[K]) -> int:
        age = (self._now - entry.at) >> self._shift
        return age if age < _AGES else _AGES - 1

    def _class(self, entry: _Entry[K]) -> _Class:
        age = entry.last_age + entry.before_age
        halvings = ((_AGES - 1) // age).bit_length() if age else _CLASSES
        return self._classes[halvings if halvings < _CLASSES else _CLASSES - 1]

    def _density(self, entry: _Entry[K]) -> float:
        """Below all others for what is too old to tell."""
        age = self._age(entry)
        if age == _AGES - 1:
            return -1.0
        return self._class(entry).density(age) / entry.size + entry.explores

    def _touch(self, entry: _Entry[K]) -> bool:
        """Used now; whether the dice wanted it kept, so that the model sees long ages too."""
        entry.at = self._now
        explored = self._draw(_EXPLORE_ONE_IN) == 0
        entry.explores = explored and self._explorers_bytes > 0 and self._models < _EARLY
        if entry.explores:
            self._explorers_bytes -= entry.size
        return explored

    def _tick(self) -> None:
        self._now += 1
        self._learn_in -= 1
        if not self._learn_in:
            self._learn_in = _LEARN_EVERY
            self._learn()

    def _learn(self) -> None:
        for one in self._classes:
            one.decay()
        if self._models in _SHIFT_AT:
            self._rescale()
        for one in self._classes:
            one.model()
        self._models += 1

    def _rescale(self) -> None:
        """Let the ages that there are span the lifetimes of as many objects as there are."""
        steps = max(1, int(len(self._entries) / (_AGE_ERROR * _AGES)))
        shift = max(1, (steps - 1).bit_length())
        if shift != self._shift:
            for one in self._classes:
                one.rescale(shift - self._shift)
            self._shift = shift
