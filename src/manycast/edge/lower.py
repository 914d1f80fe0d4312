"""The layers below memory as the engine meets them: asked before a parent, told what comes and goes."""

import math
from dataclasses import dataclass, field

from manycast.edge.commands import Ask, LookUp, Recall, Waiter
from manycast.edge.entry import Entry, OnDisk
from manycast.edge.keeping import packed, unpacked
from manycast.edge.layers import Layers, Loaded, Order, Place, Save, Share, Spool
from manycast.edge.target import LIVE, Target


Request = tuple[Ask, Target]
_CHANGED_MAX = 10_000
"""Changes remembered, to tell what other nodes shared before them."""
_JOINERS_MAX = 20_000
"""Requests that wait for one search: as many as there may be connections."""


@dataclass(slots=True)
class Search:
    """Who waits for what a layer below memory has under a key."""

    place: Place | None
    """Where the disk has it; None when other nodes are asked."""
    purges_seen: int
    """Sequence of the journal of purges when it began."""
    waiters: dict[Waiter, Request] = field(default_factory=dict)


class Lower:
    """Without ``disk`` and ``shared``, on a node that has memory only, nothing is ever found."""

    def __init__(
        self, disk: Layers | None = None, *, shared: bool = False, joiners_max: int = _JOINERS_MAX
    ) -> None:
        self.orders: list[Order | Share] = []
        """For the disk, in the order they have to be carried out; the driver takes them away."""
        self._disk = disk
        """May come later: another process may have it still."""
        self.shared = shared
        """Whether other nodes are asked, and told."""
        self._joiners_max = joiners_max
        self._searches: dict[bytes, Search] = {}
        self._keys: dict[Waiter, bytes] = {}
        self._changed: dict[int, float] = {}
        """When an object was changed through this node, by the hash of its URL."""
        self._now = 0.0

    def rest_on(self, disk: Layers) -> None:
        self._disk = disk

    @property
    def waiting(self) -> int:
        return len(self._keys)

    def __contains__(self, waiter: Waiter) -> bool:
        return waiter in self._keys

    def asked(self, key: bytes, now: float) -> None:
        self._now = now
        if self._disk is not None:
            self._disk.asked(key)

    # Looking below.

    def search(
        self, waiter: Waiter, request: Request, key: bytes, purges_seen: int, *, apart: bool
    ) -> list[Recall | LookUp] | None:
        """Look for what memory has not; None when there is nothing to wait for.

        ``apart`` when no other node needs to be asked: it is being fetched, or no one else's.
        """
        search = self._searches.get(key)
        if search is not None:
            if len(search.waiters) >= self._joiners_max:
                return None
            self._board(search, waiter, request, key)
            return []
        place = None if self._disk is None else self._disk.find(key)
        if place is None and (apart or not self.shared):
            return None
        search = self._searches[key] = Search(place, purges_seen)
        self._board(search, waiter, request, key)
        return [LookUp(key) if place is None else Recall(key, place)]

    def found(
        self, key: bytes, loaded: Loaded | None
    ) -> tuple[Entry | None, dict[Waiter, Request]] | LookUp:
        """What a search came to and who waited for it; or where to look next."""
        search = self._searches[key]
        entry = None if loaded is None else unpacked(key, loaded)
        if entry is not None and not self._stands(search, entry):
            entry = None
        if entry is not None and search.place is None:
            entry.purges_seen = search.purges_seen
        if entry is not None:
            entry.detail = b"shared" if search.place is None else b"disk"
        if entry is None and search.place is not None and self.shared:
            search.place = None
            return LookUp(key)
        del self._searches[key]
        for waiter in search.waiters:
            del self._keys[waiter]
        if entry is not None and search.place is not None and self._disk is not None:
            self._recalled(self._disk, search.place, entry, len(search.waiters))
        return entry, search.waiters

    def left(self, waiter: Waiter) -> None:
        key = self._keys.pop(waiter, None)
        if key is not None:
            del self._searches[key].waiters[waiter]

    def sent(self, place: Place, size: int) -> None:
        """So many bytes of a large object go from the disk to a viewer."""
        assert self._disk is not None, "it was found on the disk"
        self._disk.hit(place, size)

    # What comes and goes.

    def evicted(self, entry: Entry) -> None:
        """It left memory for lack of room."""
        disk = self._disk
        if disk is None or not _movable(entry):
            return
        fresh_s = entry.expires - self._now
        if disk.wants(entry.key, entry.length, entry.born, fresh_s, used=entry.used):
            head = packed(entry)
            number, orders = disk.place(
                entry.key, len(head), entry.length, entry.born, entry.expires
            )
            self.orders += orders
            if number:
                times = (entry.born, entry.expires)
                self.orders.append(Save(number, entry.key, head, *times, entry.body))

    def fetched(self, entry: Entry) -> None:
        """Memory holds something newer than what may lie below."""
        if self._disk is not None:
            self.orders += self._disk.outdated(entry.key, entry.born)
        if self.shared and _movable(entry):
            times = (entry.born, entry.expires)
            self.orders.append(Share(entry.key, packed(entry), times, entry.body))

    def spool(self, entry: Entry, fetch: int, length: int | None) -> bool:
        """Write a body too large for memory while it passes; ``entry`` has what came of it."""
        disk = self._disk
        if disk is None or not _movable(entry) or not disk.wants_spool(entry.key, length):
            return False
        assert length is not None, "wanted only when it is known"
        head = packed(entry)
        number, orders = disk.place(entry.key, len(head), length, entry.born, entry.expires)
        self.orders += orders
        if number:
            times = (entry.born, entry.expires)
            self.orders.append(Spool(number, fetch, entry.key, head, *times, entry.body, length))
        return bool(number)

    def drop(self, primary: bytes) -> None:
        """All that is kept of a URL has changed."""
        if self._disk is not None:
            self.orders += self._disk.drop_url(primary)

    def drop_key(self, key: bytes) -> None:
        if self._disk is not None:
            self.orders += self._disk.drop(key)

    def changed(self, primary: bytes, now: float) -> None:
        """All that others share of a URL was made before."""
        if self.shared:
            self._changed.pop(hash(primary), None)
            self._changed[hash(primary)] = now
            if len(self._changed) > _CHANGED_MAX:
                del self._changed[next(iter(self._changed))]

    def take_orders(self) -> list[Order | Share]:
        taken, self.orders = self.orders, []
        return taken

    def _stands(self, search: Search, entry: Entry) -> bool:
        """Whether what was found has not been dropped or changed since it was looked for."""
        if search.place is not None:
            return self._disk is not None and self._disk.stands(search.place)
        return entry.born > self._changed.get(hash(entry.primary), -math.inf)

    def _recalled(self, disk: Layers, place: Place, entry: Entry, waiters: int) -> None:
        """A large object counts as it is sent."""
        if isinstance(entry, OnDisk):
            entry.sent = self.sent
        else:
            disk.hit(place, entry.length * waiters)
            disk.counters.promoted += 1

    def _board(self, search: Search, waiter: Waiter, request: Request, key: bytes) -> None:
        search.waiters[waiter] = request
        self._keys[waiter] = key


def _movable(entry: Entry) -> bool:
    """Whole, no copy of another, and not of a live stream, which is gone before it is asked for again."""
    path = entry.key[max(entry.key.find(b"/"), 0) :]
    part = entry.whole != entry.length or b"#s" in path or entry.source is not None
    return entry.place is None and not part and not path.startswith(LIVE.encode())
