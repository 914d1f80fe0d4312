"""Which stored replies a purge covers, and the journal from which other nodes catch up.

One law: a reply is served only if no purge that covers it came after the fetch that brought it began.
Whoever keeps a reply keeps the journal's sequence of that moment beside it; ``judge`` does the rest. So
a purge costs the same however much is stored, and reaches fetches in flight, disks and absent nodes alike.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from enum import IntEnum, StrEnum
from typing import NamedTuple

from manycast.edge.target import target
from manycast.std.http1 import Fields


TAGS_MAX = 1_000
"""Tags of one object that are told apart; one with more is covered by every purge of a tag."""


class Kind(StrEnum):
    URL = "url"
    """One path with its query: all variants and slices of it."""
    PREFIX = "prefix"
    """All that begins so; the empty prefix is everything."""
    TAG = "tag"
    """All that its origin labelled so, with Surrogate-Key or Cache-Tag."""


class Purge(NamedTuple):
    kind: Kind
    value: bytes
    """A path of a URL or prefix, led by a host when the node tells hosts apart."""
    soft: bool
    """Revalidate before use; still good when the origin fails."""


EVERYTHING = Purge(Kind.PREFIX, b"", soft=True)


class Verdict(IntEnum):
    KEEP = 0
    STALE = 1
    GONE = 2


class Journal:
    """Purges in order, each kept once however often it is repeated.

    ``sequence`` is the number to start at: greater than any that an earlier journal of this node gave
    away, such as microseconds since 1970.
    """

    def __init__(self, sequence: int, purges_max: int) -> None:
        self.sequence = sequence
        self.floor = sequence
        """What the journal knows begins after it."""
        self._purges_max = purges_max
        self._at: OrderedDict[Purge, int] = OrderedDict()
        self._lengths: Counter[int] = Counter()
        self.last_tag = 0

    def __len__(self) -> int:
        return len(self._at)

    def add(self, purge: Purge, sequence: int | None = None) -> int:
        """Take a purge, or take it back in from a file with the number that it had."""
        self.sequence = self.sequence + 1 if sequence is None else sequence
        if purge not in self._at:
            self._count(purge, 1)
        self._at[purge] = self.sequence
        self._at.move_to_end(purge)
        if purge.kind is Kind.TAG:
            self.last_tag = self.sequence
        while len(self._at) > self._purges_max:
            oldest, self.floor = self._at.popitem(last=False)
            self._count(oldest, -1)
        return self.sequence

    def after(self, sequence: int, limit: int) -> list[tuple[int, Purge]] | None:
        """The first purges after a number; None when it is not of this journal, or too long ago."""
        if not self.floor <= sequence <= self.sequence:
            return None
        found: list[tuple[int, Purge]] = []
        for purge, at in reversed(self._at.items()):
            if at <= sequence:
                break
            found.append((at, purge))
        return found[::-1][:limit]

    def judge(self, key: bytes, since: int, tags: Callable[[], Iterable[bytes] | None]) -> Verdict:
        """What became since ``since`` of a reply; None for tags is more than can be told apart."""
        if since >= self.sequence:
            return Verdict.KEEP
        verdict = Verdict.KEEP if since >= self.floor else Verdict.STALE
        for kind, value in self._names(key, since, tags):
            if self._at.get(Purge(kind, value, soft=False), -1) > since:
                return Verdict.GONE
            if self._at.get(Purge(kind, value, soft=True), -1) > since:
                verdict = Verdict.STALE
        if verdict is not Verdict.GONE and self.last_tag > since and tags() is None:
            return Verdict.GONE
        return verdict

    def may_cover(self, key: bytes, since: int) -> bool:
        """The same of a reply whose tags are not known yet."""
        return self.last_tag > since or self.judge(key, since, tuple) is not Verdict.KEEP

    def _names(
        self, key: bytes, since: int, tags: Callable[[], Iterable[bytes] | None]
    ) -> Iterable[tuple[Kind, bytes]]:
        for name in {key, key[max(key.find(b"/"), 0) :]}:
            yield Kind.URL, name
            for length in self._lengths:
                if length <= len(name):
                    yield Kind.PREFIX, name[:length]
        if self.last_tag > since:
            for tag in tags() or ():
                yield Kind.TAG, tag

    def _count(self, purge: Purge, by: int) -> None:
        if purge.kind is Kind.PREFIX:
            self._lengths[len(purge.value)] += by
            if not self._lengths[len(purge.value)]:
                del self._lengths[len(purge.value)]


def tags_of(fields: Fields) -> frozenset[bytes] | None:
    """Surrogate-Key separated by spaces, Cache-Tag by commas; None when they are too many."""
    found: set[bytes] = set()
    for name, value in fields:
        if name == b"surrogate-key":
            found.update(value.split())
        elif name == b"cache-tag":
            found.update(filter(None, (tag.strip() for tag in value.split(b","))))
    return frozenset(found) if len(found) <= TAGS_MAX else None


def purge_url(text: str, *, soft: bool, hosted: bool) -> Purge:
    """Of ``http://HOST/PATH?QUERY`` or ``/PATH?QUERY``; a host counts only where ``hosted``."""
    if not text:
        raise ValueError("a URL to purge is empty; an empty prefix is everything")
    host, path, query = _split(text)
    key = target(path or "/", query).key
    return Purge(Kind.URL, (host if hosted else b"") + key, soft)


def purge_prefix(text: str, *, soft: bool, hosted: bool) -> Purge:
    host, path, query = _split(text)
    whole = f"{path}?{query}" if query else path
    return Purge(Kind.PREFIX, (host if hosted else b"") + whole.encode(), soft)


def _split(text: str) -> tuple[bytes, str, str]:
    """Raises ValueError for what no request could have asked for."""
    host, path = "", text
    if not text.startswith("/") and "://" in text:
        scheme, _, rest = text.partition("://")
        host, slash, path = rest.partition("/")
        path = slash + path
        if scheme.lower() not in {"http", "https"}:
            raise ValueError(f"{text!r}: an address begins with http://, https:// or a slash")
    if path and not path.startswith("/"):
        raise ValueError(f"{text!r}: a path begins with a slash")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"{text!r}: encode what is not printable ASCII with %, as in the request")
    path, _, query = path.partition("?")
    return host.lower().encode(), path, query
