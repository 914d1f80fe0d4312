"""What lies on the disk below memory, and the word that moves objects between the two."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from manycast.cache.policy import Policy
from manycast.settings.disk import DiskSettings


_BLOCK = 4_096
"""Bytes that files occupy at least, and in steps of."""
_BOOKS = 128
"""Bytes of a file beside body, key, head and checksums; a little more than there are."""


@dataclass(frozen=True, slots=True)
class Record:
    """What stands beside an object's body on a layer that outlives the process."""

    key: bytes
    head: bytes
    """Whatever its owner needs to make the object again; opaque here."""
    born_s: float
    """Seconds since 1970, as all times that outlive a process."""
    expires_s: float
    saved_s: float


class Opened(Protocol):
    """A file that is open, as the fast path hands it on."""

    def __len__(self) -> int: ...

    def hot(self) -> bool:
        """Whether its beginning can be sent at once, verified."""


@dataclass(slots=True)
class Place:
    """One object on the disk; times are the engine's."""

    number: int
    key: bytes
    length: int
    """Bytes of the body."""
    occupied: int
    born: float
    expires: float
    complete: bool = False
    opened: Opened | None = None
    """While the driver keeps it open."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An object from a layer below memory, verified; times are the engine's."""

    head: bytes
    born: float
    expires: float
    length: int
    """Bytes of the body."""
    body: bytes
    """Empty when it stays where it is."""
    place: Place | None = None
    """Where its body stays: it is sent from there."""


@dataclass(frozen=True, slots=True)
class Save:
    """Write this object, whole, as file ``number``; report ``saved`` or ``failed``."""

    number: int
    key: bytes
    head: bytes
    born: float
    expires: float
    body: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Spool:
    """Write file ``number`` as fetch ``fetch`` brings it, beginning with ``body``; report the same.

    Only a fetch that ends well leaves a file.
    """

    number: int
    fetch: int
    key: bytes
    head: bytes
    born: float
    expires: float
    body: Sequence[bytes]
    length: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Remove these files, before anything that is written after this command."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """Put this object where other nodes find it; nothing is reported."""

    key: bytes
    head: bytes
    times: tuple[float, float]
    """Born and expires."""
    body: Sequence[bytes]


Order = Save | Spool | Drop


@dataclass(frozen=True, slots=True)
class Found:
    """A file of an earlier process, looked at and in order."""

    number: int
    key: bytes
    length: int
    head_bytes: int
    born: float
    expires: float


@dataclass(slots=True)
class LayerCounters:
    """Of one layer: hits are what it answered, misses what it was asked for in vain."""

    hits: int = 0
    misses: int = 0
    bytes_sent: int = 0
    saved: int = 0
    dropped: int = 0
    """Removed to make room, outdated or purged."""
    refused: int = 0
    """Not written: too large, asked for too seldom, or the layer had no time for it."""
    errors: int = 0
    damaged: int = 0
    """Objects that were not, or no longer, what was written: never sent."""
    promoted: int = 0
    """Objects that moved back into memory."""


class Layers:
    """Tell it what is asked, leaves memory and becomes of files; perform its orders in their order."""

    def __init__(self, settings: DiskSettings, policy: Policy[bytes]) -> None:
        self.counters = LayerCounters()
        self._settings = settings
        self._policy = policy
        self._places: dict[bytes, Place] = {}
        self._by_number: dict[int, Place] = {}
        self._variants: dict[bytes, set[bytes]] = {}
        self._next: int | None = None
        self._asked: tuple[dict[bytes, int], dict[bytes, int]] = ({}, {})

    def __len__(self) -> int:
        return len(self._places)

    @property
    def used_bytes(self) -> int:
        return self._policy.used_bytes

    # Requests.

    def asked(self, key: bytes) -> None:
        """Count a request for a URL, of whichever of its variants."""
        url = key.partition(b"#")[0]
        young, old = self._asked
        young[url] = young.pop(url, 0) + 1 + old.pop(url, 0)
        if len(young) * 2 >= self._settings.remembered_max:
            self._asked = ({}, young)

    def find(self, key: bytes) -> Place | None:
        """Where the object lies, fresh or not; None when it is not on the disk yet or any more."""
        place = self._places.get(key)
        if place is None or not place.complete:
            self.counters.misses += 1
            return None
        return place

    def stands(self, place: Place) -> bool:
        """Whether it was not dropped since it was found."""
        return self._by_number.get(place.number) is place

    def hit(self, place: Place, size: int) -> None:
        """The disk has answered with so many bytes."""
        if self.stands(place):
            self._policy.record(place.key)
        self.counters.hits += 1
        self.counters.bytes_sent += size

    # Moves.

    def wants(self, key: bytes, length: int, born: float, fresh_s: float, *, used: bool) -> bool:
        """Whether an object that leaves memory, fresh for ``fresh_s`` more, goes to the disk.

        ``used`` when memory answered with it.
        """
        known = self._places.get(key)
        if known is not None and known.born >= born:
            return False
        wanted = (
            self._next is not None
            and length <= self._settings.object_bytes_max
            and fresh_s >= self._settings.fresh_s_min
            and self._count(key) + used >= self._settings.seen_min
        )
        self.counters.refused += not wanted
        return wanted

    def wants_spool(self, key: bytes, length: int | None) -> bool:
        """Whether a body too large for memory is written while it passes; its length must be known."""
        wanted = (
            self._next is not None
            and length is not None
            and length <= self._settings.object_bytes_max
            and self._count(key) >= self._settings.large_seen_min
        )
        self.counters.refused += not wanted
        return wanted

    def place(
        self, key: bytes, head_bytes: int, length: int, born: float, expires: float
    ) -> tuple[int, list[Order]]:
        """Make room; the number to save it under, 0 when there is none, and what must go first."""
        assert self._next is not None, "nothing is written before the folder is known"
        number, self._next = self._next, self._next + 1
        place = self._make(Found(number, key, length, head_bytes, born, expires))
        orders = self._take_in(place)
        return (number if number in self._by_number else 0), orders

    def outdated(self, key: bytes, born: float) -> list[Order]:
        """Something newer than ``born`` is known under the key."""
        place = self._places.get(key)
        return self.drop(key) if place is not None and place.born < born else []

    def drop(self, key: bytes) -> list[Order]:
        """It must not be used any more; also while it is being written."""
        place = self._places.get(key)
        if place is None:
            return []
        self._forget(place)
        self.counters.dropped += 1
        return [Drop((place.number,))]

    def drop_url(self, primary: bytes) -> list[Order]:
        """The same of all variants of a URL, whose keys go on after a ``#``."""
        keys = [primary, *self._variants.get(primary, ())]
        return [order for key in keys for order in self.drop(key)]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._places)

    # What becomes of files.

    def opened(self, next_number: int) -> None:
        """The folder is ready; what lies in it is told by ``found``."""
        self._next = next_number

    def found(self, files: Iterable[Found]) -> list[Order]:
        """Take in what an earlier process left, the oldest first; what is newer here wins."""
        orders: list[Order] = []
        for file in files:
            known = self._places.get(file.key)
            if known is not None and known.number > file.number:
                self.counters.dropped += 1
                orders.append(Drop((file.number,)))
                continue
            place = self._make(file)
            orders += self._take_in(place)
            place.complete = True
        return orders

    def saved(self, number: int) -> None:
        place = self._by_number.get(number)
        if place is not None:
            place.complete = True
            self.counters.saved += 1

    def failed(self, number: int) -> list[Order]:
        """It was not written, or what was written is not there, or not what it was."""
        place = self._by_number.get(number)
        if place is None:
            return []
        self._forget(place)
        return [Drop((number,))]

    def _take_in(self, place: Place) -> list[Order]:
        """Insert a place where another of its key may be; nothing of it remains when the policy refuses."""
        older = self._places.get(place.key)
        gone = [] if older is None else [older.number]
        if older is not None:
            self._forget(older)
        self._places[place.key] = self._by_number[place.number] = place
        primary, mark, _ = place.key.partition(b"#")
        if mark:
            self._variants.setdefault(primary, set()).add(place.key)
        for key in self._policy.insert(place.key, place.occupied):
            left = self._places[key]
            self._unlist(left)
            gone.append(left.number)
        self.counters.dropped += len(gone)
        return [Drop(tuple(gone))] if gone else []

    def _make(self, file: Found) -> Place:
        size = occupied(file.length, len(file.key) + file.head_bytes, self._settings.block_bytes)
        return Place(file.number, file.key, file.length, size, file.born, file.expires)

    def _forget(self, place: Place) -> None:
        self._policy.remove(place.key)
        self._unlist(place)

    def _unlist(self, place: Place) -> None:
        del self._places[place.key]
        del self._by_number[place.number]
        primary, mark, _ = place.key.partition(b"#")
        if mark:
            variants = self._variants[primary]
            variants.discard(place.key)
            if not variants:
                del self._variants[primary]

    def _count(self, key: bytes) -> int:
        url = key.partition(b"#")[0]
        young, old = self._asked
        return young.get(url, 0) + old.get(url, 0)


def occupied(length: int, words: int, block_bytes: int) -> int:
    """Bytes that a file takes of the disk; ``words`` is the length of key and head."""
    checksums = 4 * -(-length // block_bytes)
    return -(-(length + words + checksums + _BOOKS) // _BLOCK) * _BLOCK
