"""What is stored, by the keys that requests have."""

import math
from typing import TYPE_CHECKING

from manycast.cache import vary
from manycast.cache.policy import Policy, build
from manycast.edge.entry import Entry
from manycast.edge.lower import Lower
from manycast.edge.purge import Journal, Verdict, tags_of
from manycast.std.http1 import Fields


if TYPE_CHECKING:
    from collections.abc import Callable


_CODED = (b"accept-encoding",)
"""The one field of a request that the fast path knows: its profile."""
_NAMES_MAX = 8
"""Fields that one URL's replies may depend on; with more, hardly two requests get the same one."""


class Shelf:
    """The variants of one URL: what chooses among them, and their keys, the oldest first."""

    __slots__ = ("keys", "names")

    def __init__(self) -> None:
        self.names: tuple[bytes, ...] = ()
        self.keys: list[bytes] = []


class Store:
    """Entries by key, and by the profiles and raw targets that led to them.

    A key is a path and query. Where replies vary, ``#v`` and the chosen fields follow; ``#s`` and a
    number, or ``#o``, is a slice of a large object or its outline; ``#c`` and a coding a compressed copy.
    """

    def __init__(
        self,
        capacity_bytes: int,
        aliases_max: int,
        purges: Journal | None = None,
        *,
        variants_max: int = 32,
        shelves_max: int = 10_000,
        policy: str = "lru",
    ) -> None:
        self.memory: Policy[bytes] = build(policy, capacity_bytes)
        self._record = self.memory.record
        self.lower = Lower()
        """Told of what leaves, and must not be used any more."""
        self.keeps: Callable[[tuple[bytes, ...]], tuple[bytes, ...]] | None = None
        """Puts a body where it is sent from best."""
        self._aliases_max = aliases_max
        self._variants_max = variants_max
        self._shelves_max = shelves_max
        self._purges = Journal(0, 0) if purges is None else purges
        self._entries: dict[bytes, Entry] = {}
        self._shelves: dict[bytes, Shelf] = {}
        self._slices: dict[bytes, set[bytes]] = {}
        self._by_target: dict[bytes, dict[bytes, Entry]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    # Looking up.

    def by_target(self, raw: bytes, profile: bytes, now: float) -> Entry | None:
        """The fast path's look-up: a fresh entry that this very target led to before."""
        known = self._by_target.get(profile)
        entry = None if known is None else known.get(raw)
        if entry is None or now >= entry.expires or entry.purges_seen != self._purges.sequence:
            return None
        self._record(entry.key)
        return entry

    def key(self, primary: bytes, asked: Fields) -> bytes:
        """The key of the variant that a request gets."""
        shelf = self._shelves.get(primary)
        return primary if shelf is None else _variant(primary, shelf, asked)

    def varies(self, primary: bytes) -> bool:
        return primary in self._shelves

    def get(self, key: bytes, now: float) -> Entry | None:
        """What stands under a key, be it stale."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if now >= entry.goes_at or not self.stands(entry, now):
            self.drop_key(key)
            return None
        self.memory.record(key)
        return entry

    def peek(self, key: bytes) -> Entry | None:
        """The same without a judgement, and without counting as use."""
        return self._entries.get(key)

    # Changing.

    def choose(self, primary: bytes, names: tuple[bytes, ...]) -> bool:
        """Take note of what replies to a URL depend on; False when that is too much to store them.

        Variants that were told apart by less are dropped: nobody knows who else they are for.
        """
        shelf = self._shelves.get(primary)
        known = () if shelf is None else shelf.names
        union = tuple(sorted({*known, *names}))
        if union == known:
            return True
        if len(union) > _NAMES_MAX:
            return False
        self.drop(primary)
        if len(self._shelves) >= self._shelves_max:
            self.drop(next(iter(self._shelves)))
        self._shelves[primary] = shelf = Shelf()
        shelf.names = union
        return True

    def put(self, entry: Entry) -> None:
        """Keep an entry; it takes the place of the one with its key."""
        self.remove(entry.key)
        primary, mark, rest = entry.key.partition(b"#")
        if rest.startswith(b"v"):
            self._shelve(primary, entry.key)
        elif mark:
            self._slices.setdefault(primary, set()).add(entry.key)
        self._entries[entry.key] = entry
        if self.keeps is not None:
            entry.body = self.keeps(entry.body)
        for key in self.memory.insert(entry.key, entry.size):
            left = self._entries.get(key)
            self.remove(key)
            if left is not None and left.goes_at == math.inf:
                self.lower.evicted(left)

    def drop(self, primary: bytes) -> None:
        """Forget all variants of a URL, and what they depended on."""
        self.lower.drop(primary)
        shelf = self._shelves.pop(primary, None)
        variants = () if shelf is None else shelf.keys
        for key in [primary, *variants, *self._slices.get(primary, ())]:
            self.drop_key(key)

    def drop_key(self, key: bytes) -> None:
        """Nobody may have it any more, from wherever it is."""
        self.lower.drop_key(key)
        self.remove(key)

    def remove(self, key: bytes) -> None:
        """Forget it here."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self.memory.remove(key)
        if b"#" in key:
            self._unshelve(entry.primary, key)
        for profile, raw in entry.aliases:
            del self._by_target[profile][raw]

    def drop_entry(self, entry: Entry) -> None:
        """Unless another has taken its place."""
        if self._entries.get(entry.key) is entry:
            self.drop_key(entry.key)

    def outdate(self, key: bytes, born: float) -> None:
        """Drop an entry made before ``born``: something newer is known."""
        entry = self._entries.get(key)
        if entry is not None and entry.born < born:
            self.drop_key(key)

    def alias(self, entry: Entry, raw: bytes, profile: bytes) -> None:
        """Let a raw target lead to the entry; each entry has room for a few."""
        shelf = self._shelves.get(entry.primary)
        known = self._by_target.setdefault(profile, {})
        if (
            raw in known
            or len(entry.aliases) >= self._aliases_max
            or (shelf is not None and shelf.names != _CODED)
            or self._entries.get(entry.key) is not entry
        ):
            return
        raw = entry.key if raw == entry.key else raw  # one object for both saves its bytes
        entry.aliases = (*entry.aliases, (profile, raw))
        known[raw] = entry

    def _shelve(self, primary: bytes, key: bytes) -> None:
        keys = self._shelves[primary].keys
        keys.append(key)
        if len(keys) > self._variants_max:
            self.drop_key(keys[0])

    def _unshelve(self, primary: bytes, key: bytes) -> None:
        shelf = self._shelves.get(primary)
        if shelf is not None and key in shelf.keys:
            shelf.keys.remove(key)
        slices = self._slices.get(primary, set())
        slices.discard(key)
        if not slices:
            self._slices.pop(primary, None)

    def stands(self, entry: Entry, now: float) -> bool:
        """Whether no hard purge covers it; a soft one makes it stale."""
        seen, entry.purges_seen = entry.purges_seen, self._purges.sequence
        verdict = self._purges.judge(entry.primary, seen, lambda: tags_of(entry.fields()))
        if verdict is Verdict.STALE:
            entry.soften(now)
        return verdict is not Verdict.GONE


def _variant(primary: bytes, shelf: Shelf, asked: Fields) -> bytes:
    chosen = vary.secondary(shelf.names, asked).replace(b"#", b"\r")  # which no field can hold
    return primary + b"#v" + chosen
