"""Whole objects in memory, ready to be written."""

from manycast.cache.policy import Policy, build
from manycast.edge.purge import Journal, Verdict, tags_of
from manycast.std.http1 import BODILESS, Fields, head


_BOOKS = 1_024
"""Bytes that an entry costs beside its head and body: objects, keys, dictionary slots."""
_SMALL = 8_192
"""Bodies up to this are joined with their head, once a second: one buffer leaves faster than two."""


class Entry:
    """One stored response; ``now`` and its times are seconds of the node's own clock."""

    __slots__ = ("_age", "_hit", "_ready", "aliases", "body", "born", "expires", "fields", "key",
                 "length", "purges_seen", "rendition", "status")  # fmt: skip

    def __init__(
        self, key: bytes, status: int, fields: Fields, body: tuple[bytes, ...], rendition: str
    ) -> None:
        self.key = key
        self.status = status
        self.fields = fields
        self.body = body
        self.length = sum(map(len, body))
        self.rendition = rendition
        self.born = 0.0
        self.expires = 0.0
        self.purges_seen = 0
        """Sequence of the journal of purges up to which this entry is known to stand."""
        self.aliases: list[bytes] = []
        self._age = -1
        self._hit = b""
        self._ready: tuple[bytes, ...] = ()

    @property
    def size(self) -> int:
        return self.length + len(self.key) + sum(len(n) + len(v) for n, v in self.fields) + _BOOKS

    def age(self, now: float) -> int:
        return int(now - self.born)

    def ready(self, now: float) -> tuple[bytes, ...]:
        """A hit's whole reply; made once for each second of age."""
        age = self.age(now)
        if age != self._age:
            self._age = age
            if not self._hit:
                self._hit = self.head(b"hit")
            start = b"%sage: %d\r\n\r\n" % (self._hit, age)
            small = self.length <= _SMALL
            self._ready = (b"".join((start, *self.body)),) if small else (start, *self.body)
        return self._ready

    def head(self, how: bytes) -> bytes:
        own = [(b"cache-status", b"manycast; " + how)]
        if self.status not in BODILESS:
            own.insert(0, (b"content-length", b"%d" % self.length))
        return head(self.status, (*self.fields, *own))


class Store:
    """Entries by key, and by the raw request targets that led to them."""

    def __init__(
        self, capacity_bytes: int, aliases_max: int, purges: Journal | None = None
    ) -> None:
        self.memory: Policy[bytes] = build("lru", capacity_bytes)
        self._aliases_max = aliases_max
        self._purges = Journal(0, 0) if purges is None else purges
        self._entries: dict[bytes, Entry] = {}
        self._by_target: dict[bytes, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def by_target(self, raw: bytes, now: float) -> Entry | None:
        """The fast path's look-up: a fresh entry that this very target led to before."""
        entry = self._by_target.get(raw)
        if entry is None or now >= entry.expires or entry.purges_seen != self._purges.sequence:
            return None
        self.memory.record(entry.key)
        return entry

    def get(self, key: bytes, now: float) -> Entry | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if not self._stands(entry, now) or now >= entry.expires:
            self._drop(key)
            return None
        self.memory.record(key)
        return entry

    def put(self, entry: Entry) -> None:
        self._drop(entry.key)
        self._entries[entry.key] = entry
        for key in self.memory.insert(entry.key, entry.size):
            self._drop(key)

    def outdate(self, key: bytes, born: float) -> None:
        """Drop an entry made before ``born``: something newer is known."""
        entry = self._entries.get(key)
        if entry is not None and entry.born < born:
            self._drop(key)

    def alias(self, entry: Entry, raw: bytes) -> None:
        """Let a raw target lead to the entry; each entry has room for a few."""
        if raw not in self._by_target and len(entry.aliases) < self._aliases_max:
            entry.aliases.append(raw)
            self._by_target[raw] = entry

    def _stands(self, entry: Entry, now: float) -> bool:
        """Whether no hard purge covers it; a soft one makes it stale."""
        seen, entry.purges_seen = entry.purges_seen, self._purges.sequence
        verdict = self._purges.judge(entry.key, seen, lambda: tags_of(entry.fields))
        if verdict is Verdict.STALE:
            entry.expires = min(entry.expires, now)
        return verdict is not Verdict.GONE

    def _drop(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.memory.remove(key)
            for raw in entry.aliases:
                del self._by_target[raw]
