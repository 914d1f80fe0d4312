"""One stored reply, in few bytes."""

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from manycast.cache.freshness import Freshness
from manycast.edge.status import cache_status, hit
from manycast.std.http1 import BODILESS, Fields, Headers, head, lines


if TYPE_CHECKING:
    from collections.abc import Callable

    from manycast.edge.layers import Place


_BOOKS = 1_024
"""Bytes that an entry costs beside its head and body: objects, keys, dictionary slots."""
_SMALL = 8_192
"""Bodies up to this are joined with their head, once a second: one buffer leaves faster than two."""
_SHARED = 4_096
"""Different lifetimes remembered: a site's replies have a handful, and one object each costs memory."""


@lru_cache(maxsize=_SHARED)
def shared(freshness: Freshness) -> Freshness:
    """The same value in one object for all who have it."""
    return freshness


class Entry:
    """Times are seconds of the node's own clock. The head is kept as bytes and parsed when needed."""

    __slots__ = ("_age", "_ready", "aliases", "body", "born", "detail", "expires", "freshness", "goes_at", "head",
                 "key", "length", "packable", "place", "purges_seen", "rendition", "renew_at", "softened", "source", "status", "version", "watched", "whole")  # fmt: skip

    def __init__(
        self,
        key: bytes,
        status: int,
        fields: Fields,
        body: tuple[bytes, ...],
        freshness: Freshness,
        born: float,
    ) -> None:
        self.key = key
        self.status = status
        self.head = head(status, fields)
        self.body = body
        self.length = sum(map(len, body))
        self.whole = self.length
        """Bytes of the representation; of an outline, whose slices are entries of their own, more."""
        self.freshness = shared(freshness)
        self.born = born
        self.expires = born + (0.0 if freshness.always_revalidate else freshness.lifetime_s)
        self.place: Place | None = None
        """Where on the disk its body is, when memory has only the head of it."""
        self.detail = b""
        """The layer that the next replies come from, when that is not memory."""
        self.goes_at = math.inf
        """Of a copy of what another worker owns: when it is dropped, be it fresh."""
        self.rendition = ""
        self.watched: Callable[[float], None] | None = None
        """Told when a live reply is a hit."""
        self.purges_seen = 0
        """Sequence of the journal of purges up to which this entry is known to stand."""
        self.packable: bool | None = None
        """Whether a compressed copy is worth a try; None: nobody has looked."""
        self.version: object = None
        """Stands for the bytes of a body that has compressed copies; renewed replies have it too."""
        self.source: object = None
        """Of a compressed copy: the plain reply's version, and not its body, which may leave alone."""
        self.renew_at = -math.inf
        """When it may be asked about again behind a viewer."""
        self.softened = False
        """A soft purge covers it: ask before use, but it may replace an error."""
        self.aliases: tuple[tuple[bytes, bytes], ...] = ()
        """Profiles and raw targets that lead here."""
        self._age = -1
        self._ready: tuple[bytes, ...] = ()

    @property
    def size(self) -> int:
        held = 0 if self.place is not None else self.length
        return held + len(self.key) + len(self.head) + _BOOKS

    @property
    def primary(self) -> bytes:
        """Path and query: no target holds the mark that begins the rest of a key."""
        return self.key.partition(b"#")[0]

    @property
    def used(self) -> bool:
        """Whether the fast path answered with it."""
        return self._age >= 0

    def fields(self) -> Headers:
        found = [line.partition(b": ") for line in self.head.split(b"\r\n")[1:-1]]
        return tuple([(name, value) for name, _, value in found])

    def age(self, now: float) -> int:
        return int(now - self.born)

    def hit(self, now: float) -> bytes:
        return hit(int(self.born + self.freshness.lifetime_s) - int(now), self.detail)

    def soften(self, now: float) -> None:
        self.softened = True
        self.expires = min(self.expires, now)

    def stay_with(self, old: "Entry") -> None:
        """Have the body of a reply that this one renews."""
        self.body, self.length, self.version = old.body, old.length, old.version
        self.place, self.detail = old.place, old.detail

    def ready(self, now: float) -> tuple[bytes, ...] | None:
        """A hit's whole reply, made once for each second of age; None: it takes more than that."""
        age = int(now - self.born)
        if age != self._age:
            self._age = age
            start = self.start(self.hit(now), now) + b"\r\n"
            small = self.length <= _SMALL
            self._ready = (b"".join((start, *self.body)),) if small else (start, *self.body)
        return self._ready

    def start(self, how: bytes, now: float) -> bytes:
        """Head of a whole reply without its blank line."""
        own = [cache_status(how), (b"age", b"%d" % self.age(now))]
        if self.status not in BODILESS:
            own.append((b"content-length", b"%d" % self.length))
        return self.head + lines(own)


class OnDisk(Entry):
    """Its head is in memory, and its body in a file."""

    __slots__ = ("sent",)

    sent: "Callable[[Place, int], None]"

    def stay_with(self, old: Entry) -> None:
        super().stay_with(old)
        assert isinstance(old, OnDisk), "the body is in the same file"
        self.sent = old.sent

    def ready(self, now: float) -> tuple[bytes, ...] | None:
        """Head and open file; its owner sends the one before the other."""
        place = self.place
        opened = None if place is None else place.opened
        if place is None or opened is None or not opened.hot():
            return None
        age = self.age(now)
        if age != self._age:
            self._age = age
            self._ready = (self.start(self.hit(now), now) + b"\r\n",)
        self.sent(place, self.length)
        reply: tuple[object, ...] = (*self._ready, opened)
        return reply  # type: ignore[return-value]  # the file stands for its bytes
