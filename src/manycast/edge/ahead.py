"""Asking for the next part before a viewer does."""

import math

from manycast.edge.books import Books
from manycast.edge.commands import Fetch
from manycast.edge.departures import Departures
from manycast.edge.flight import Flight
from manycast.edge.hint import TAIL_BYTES, hinted_part
from manycast.edge.target import Target, target as name_target


_RENDITIONS_MAX = 1_000
"""Renditions whose viewers are remembered."""


class Ahead:
    def __init__(self, books: Books, departures: Departures) -> None:
        self._books = books
        self._departures = departures
        self._watched: dict[str, float] = {}

    def watch(self, rendition: str, now: float) -> None:
        """Somebody asked for media of it."""
        if len(self._watched) >= _RENDITIONS_MAX and rendition not in self._watched:
            self._watched.clear()
        self._watched[rendition] = now

    def fetch(self, flight: Flight, now: float) -> Fetch | None:
        """Ask for the part that a playlist promises, when its rendition has viewers."""
        part = self._promised(flight, now)
        if part is None or self._full() or self._known(part, now):
            return None
        fetch = self._departures.live(part, {}, now)
        self._books.flights.by_number[fetch.number].ahead = True
        self._books.flights.ahead += 1
        self._books.counters.fetches_ahead += 1
        return fetch

    def _promised(self, flight: Flight, now: float) -> Target | None:
        path = flight.target.upstream.partition(b"?")[0].decode()
        if not (flight.target.live and path.endswith(".m3u8") and flight.whole):
            return None
        rendition = path[: path.rindex("/") + 1]
        if now - self._watched.get(rendition, -math.inf) > self._books.settings.watched_s:
            return None
        name = hinted_part(b"".join(flight.chunks)[-TAIL_BYTES:])
        return None if name is None else name_target(rendition + name, "", flight.target.host)

    def _full(self) -> bool:
        flights, settings = self._books.flights, self._books.settings
        return flights.ahead >= settings.ahead_max or flights.held >= settings.held_max

    def _known(self, part: Target, now: float) -> bool:
        if part.key in self._books.flights.by_key:
            return True
        entry = self._books.store.get(part.key, now)
        return entry is not None and now < entry.expires
