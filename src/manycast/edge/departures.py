"""Starting fetches: what is asked of a parent, in whose name, and who may join."""

from typing import NamedTuple

from manycast.cache import validators
from manycast.edge.books import Books
from manycast.edge.commands import Ask, Fetch, Waiter
from manycast.edge.entry import Entry
from manycast.edge.fields import (
    anonymous_request,
    came_through,
    leading_fields,
    own_fields_upstream,
    upstream,
)
from manycast.edge.flight import Flight
from manycast.edge.purge import Verdict, tags_of
from manycast.edge.reply import plain
from manycast.edge.status import Why
from manycast.edge.target import Target
from manycast.std.http1 import Headers


def _ordinary(ask: Ask) -> bool:
    """Whether the reply is of the whole object, whatever the viewer has of it."""
    return (
        ask.method == "GET"
        and not ask.body
        and plain(ask)
        and not validators.for_origin(ask.headers)
    )


class Place(NamedTuple):
    """A slice: its key, its number, and the Range that asks for it."""

    key: bytes
    number: int
    wanted: bytes


class Departures:
    def __init__(self, books: Books) -> None:
        self._books = books
        self._anonymous = anonymous_request(books.node)

    def joinable(self, key: bytes, now: float) -> Flight | None:
        """The fetch in flight that one more request for a key can wait for."""
        flight = self._books.flights.by_key.get(key)
        if flight is None or not flight.joinable(now) or not self.stands(flight):
            return None
        return flight

    def stands(self, flight: Flight) -> bool:
        """Whether no purge that covers its reply came since it started."""
        purges, key, since = self._books.purges, flight.target.key, flight.purges_seen
        if flight.answered is None:
            return not purges.may_cover(key, since)
        return purges.judge(key, since, lambda: tags_of(flight.fields)) is Verdict.KEEP

    def live(self, target: Target, waiters: dict[Waiter, Ask], now: float) -> Fetch:
        """Live replies are the same for all, so nothing of a viewer goes with the request."""
        flight = self._take_off(target, target.key, None, Why.URI_MISS, now)
        flight.leader = next(iter(waiters), None)
        first = next(iter(waiters.values()), None)
        flight.fields_upstream = () if first is None else came_through(first.headers)
        return self._shared(flight, waiters)

    def shared(
        self, waiter: Waiter, ask: Ask, target: Target, key: bytes, why: Why, now: float
    ) -> Fetch:
        flight = self._take_off(target, key, ask, why, now)
        flight.leader = waiter
        flight.fields_upstream = leading_fields(ask.headers)
        return self._shared(flight, {waiter: ask})

    def renewal(
        self, waiter: Waiter | None, ask: Ask, target: Target, entry: Entry, now: float
    ) -> Fetch:
        """Ask whether a stored reply still holds, for a viewer or behind one."""
        flight = self._take_off(target, entry.key, ask, Why.STALE, now)
        flight.leader = waiter
        flight.entry = entry
        flight.fields_upstream = leading_fields(ask.headers)
        conditions = tuple(validators.conditions(entry.fields()))
        flight.conditional = bool(conditions)
        self._books.counters.renewals += 1
        waiters = {} if waiter is None else {waiter: ask}
        return self._shared(flight, waiters, conditions)

    def slice(
        self, asked: tuple[Waiter, Ask, Target], place: Place, stale: Entry | None, now: float
    ) -> Fetch:
        """Fetch an aligned piece, of the bytes as they are: a coding would have other ones."""
        waiter, ask, target = asked
        flight = self._take_off(target, place.key, ask, Why.PARTIAL, now)
        flight.leader = waiter
        flight.slice = place.number
        flight.entry = stale
        flight.fields_upstream = leading_fields(ask.headers, b"identity")
        conditions = () if stale is None else tuple(validators.conditions(stale.fields()))
        flight.conditional = bool(conditions)
        more = ((b"range", place.wanted), *conditions)
        return self._shared(flight, {waiter: ask}, more)

    def alone(self, waiter: Waiter, ask: Ask, target: Target, why: Why, now: float) -> Fetch:
        return self._alone(waiter, self._take_off(target, target.key, ask, why, now), ask)

    def head(self, waiter: Waiter, ask: Ask, target: Target, entry: Entry, now: float) -> Fetch:
        """HEAD of a stale reply, which its answer may renew or end."""
        flight = self._take_off(target, entry.key, ask, Why.STALE, now)
        flight.entry = entry
        return self._alone(waiter, flight, ask)

    def _alone(self, waiter: Waiter, flight: Flight, ask: Ask) -> Fetch:
        flight.leader = waiter
        flight.alone = True
        flight.personal = not _ordinary(ask)
        fields = own_fields_upstream if flight.personal else leading_fields
        flight.fields_upstream = fields(ask.headers)
        self._books.flights.board(flight, {waiter: ask})
        lines = upstream(flight.fields_upstream, self._books.node)
        return self._fetch(flight, ask.method, lines, ask.body)

    def _take_off(
        self, target: Target, key: bytes, ask: Ask | None, why: Why, now: float
    ) -> Flight:
        flight = self._books.flights.take_off(target, key, ask, why, now)
        flight.purges_seen = self._books.purges.sequence
        flight.peer = self._books.owner(target.key)
        if flight.peer is not None and (target.held or not target.live) and not target.rendition:
            flight.copied = self._books.copies.wanted(key, now)
        return flight

    def _shared(self, flight: Flight, waiters: dict[Waiter, Ask], more: Headers = ()) -> Fetch:
        flights = self._books.flights
        flights.by_key[flight.key] = flight
        flights.board(flight, waiters)
        live = flight.target.live
        if live:
            lines = self._live_lines(flight)
        else:
            lines = upstream(flight.fields_upstream, self._books.node, more)
        return self._fetch(flight, "GET", lines)

    def _live_lines(self, flight: Flight) -> bytes:
        if not flight.fields_upstream:
            return self._anonymous
        return anonymous_request(self._books.node, flight.fields_upstream)

    def _fetch(self, flight: Flight, method: str, lines: bytes, body: bytes = b"") -> Fetch:
        self._books.counters.fetches += 1
        settings = self._books.settings
        wait_s = settings.held_s if flight.target.held else settings.answer_s
        target = flight.target
        return Fetch(
            flight.number, method, target.upstream, lines, wait_s, body, flight.peer,
            held=target.held, host=target.host,
        )  # fmt: skip
