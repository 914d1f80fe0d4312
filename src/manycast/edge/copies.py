"""What other workers own and this one is asked for again and again: kept here too, for a moment."""

from collections import deque

from manycast.edge.entry import Entry
from manycast.edge.store import Store


_REMEMBERED = 10_000
"""Keys known to have been fetched lately."""


class Copies:
    """A copy goes after ``lifetime_s``, whatever its own lifetime; all together have ``bytes_max``.

    So an object costs its owner one request a second from each other worker, however many viewers ask;
    and what few ask for is in memory once.
    """

    def __init__(self, store: Store, lifetime_s: float, bytes_max: int) -> None:
        self._store = store
        self._lifetime_s = lifetime_s
        self._bytes_max = bytes_max
        self._bytes = 0
        self._held: deque[Entry] = deque()
        self._lately: set[bytes] = set()
        self._before: set[bytes] = set()
        self._turned = 0.0

    def wanted(self, key: bytes, now: float) -> bool:
        """Take note of a fetch; whether there was one for the same in the last two lifetimes."""
        if now - self._turned >= self._lifetime_s or len(self._lately) >= _REMEMBERED:
            stale = now - self._turned >= 2 * self._lifetime_s
            self._before = set() if stale else self._lately
            self._lately = set()
            self._turned = now
        known = key in self._lately or key in self._before
        self._lately.add(key)
        return known

    def admit(self, entry: Entry, now: float) -> bool:
        """Give the copy its end, if there is room for it."""
        self._tidy(now)
        if self._bytes + entry.size > self._bytes_max:
            return False
        entry.goes_at = now + self._lifetime_s
        entry.expires = min(entry.expires, entry.goes_at)
        self._bytes += entry.size
        self._held.append(entry)
        return True

    def count(self, now: float) -> int:
        self._tidy(now)
        return len(self._held)

    def _tidy(self, now: float) -> None:
        while self._held and self._held[0].goes_at <= now:
            entry = self._held.popleft()
            self._bytes -= entry.size
            self._store.drop_entry(entry)
