"""Compressed copies of stored replies: chosen, made once, handed out beside the plain ones."""

from collections.abc import Sequence
from dataclasses import replace

from manycast.cache import vary
from manycast.edge.books import Books
from manycast.edge.commands import Ask, Compress
from manycast.edge.compression import Chooser, compressible, kind_of, packed_fields, varied
from manycast.edge.entry import Entry
from manycast.settings.compression import CompressionSettings
from manycast.std.http1 import head


_RANGES = frozenset({b"range", b"if-range"})


class Packing:
    """The plain reply stays; ``#c`` and the coding make the key of its copy."""

    def __init__(
        self, books: Books, settings: CompressionSettings, codings: Sequence[bytes]
    ) -> None:
        self._books = books
        self._settings = settings
        self._chooser = Chooser(settings, codings if settings.enabled else ())
        self._pending: dict[bytes, Entry] = {}
        self.made = 0
        self.saved_bytes = 0
        """Of copies made, by how much they are smaller."""

    def prepare(self, entry: Entry) -> None:
        """Before it is stored: an object that may get a copy says that its replies vary."""
        if self._chooser.codings and self._packable(entry):
            entry.head = head(entry.status, varied(entry.fields()))

    def undecided(self, entry: Entry, ask: Ask) -> bool:
        """Whether the fast path must not learn this reply, since a copy may take its place."""
        return bool(self._accepted(ask)) and self._packable(entry)

    def pick(self, entry: Entry, ask: Ask) -> tuple[Entry, Ask, list[Compress]]:
        """What this viewer gets instead of a plain stored reply, and what to compress for the next."""
        accepted = self._accepted(ask)
        if not accepted or not self._packable(entry):
            return entry, ask, []
        for coding in accepted:
            copy = self._copy(entry, coding)
            if copy is not None:
                plain = tuple(pair for pair in ask.headers if pair[0] not in _RANGES)
                return copy, replace(ask, headers=plain), []
        return entry, ask, self._order(entry, accepted)

    def packed(self, key: bytes, coding: bytes, body: bytes | None, seconds: float) -> None:
        """A copy is ready; None when it could not be made."""
        entry = self._pending.pop(key)
        kind = kind_of(entry.fields())
        if body is None or not self._chooser.learn(kind, coding, entry.length, len(body), seconds):
            entry.packable = False
            return
        stored = self._books.store.peek(entry.key)
        if stored is not None and stored.version is entry.version:
            self.made += 1
            self.saved_bytes += entry.length - len(body)
            self._put(stored, coding, (body,))

    def _accepted(self, ask: Ask) -> list[bytes]:
        if not self._chooser.codings:
            return []
        wanted = vary.encodings(ask.headers).split(b", ")
        return [coding for coding in wanted if coding in self._chooser.codings]

    def _packable(self, entry: Entry) -> bool:
        if entry.packable is None:
            whole = bool(entry.body) and entry.whole == entry.length and not entry.rendition
            entry.packable = whole and compressible(
                entry.status, entry.fields(), entry.length, self._settings
            )
        return entry.packable

    def _copy(self, entry: Entry, coding: bytes) -> Entry | None:
        """Of these very bytes; renewed with them."""
        copy = self._books.store.peek(_key(entry, coding))
        if copy is None or copy.source is not entry.version:
            return None
        if copy.born != entry.born or copy.purges_seen != entry.purges_seen:
            return self._put(entry, coding, copy.body)
        return copy

    def _put(self, entry: Entry, coding: bytes, body: tuple[bytes, ...]) -> Entry:
        fields = packed_fields(varied(entry.fields()), coding)
        copy = Entry(_key(entry, coding), entry.status, fields, body, entry.freshness, entry.born)
        copy.expires = entry.expires
        copy.purges_seen = entry.purges_seen
        copy.source = entry.version
        copy.packable = False
        self._books.store.put(copy)
        return copy

    def _order(self, entry: Entry, accepted: Sequence[bytes]) -> list[Compress]:
        if entry.key in self._pending or len(self._pending) >= self._settings.jobs_max:
            return []
        coding = self._chooser.choose(kind_of(entry.fields()), accepted)
        if coding is None:
            entry.packable = False
            return []
        entry.version = entry.version or object()
        self._pending[entry.key] = entry
        return [Compress(entry.key, coding, entry.body)]


def _key(entry: Entry, coding: bytes) -> bytes:
    return entry.key + b"#c" + coding
