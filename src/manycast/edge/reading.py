"""How a request for what may be stored is settled: from memory, from below it, or by a fetch."""

from manycast.cache import ranges, reuse, validators, vary
from manycast.edge import revalidation
from manycast.edge.ahead import Ahead
from manycast.edge.books import Books
from manycast.edge.commands import Ask, Attach, Command, Say, Waiter
from manycast.edge.departures import Departures
from manycast.edge.entry import Entry
from manycast.edge.flight import Flight
from manycast.edge.hosts import Hosts
from manycast.edge.packing import Packing
from manycast.edge.sending import Sending
from manycast.edge.slices import Slices, slices_key
from manycast.edge.status import Why, forwarded
from manycast.edge.target import Target
from manycast.edge.trouble import Trouble, not_fetched, say
from manycast.edge.verdict import flight_open_to, open_to
from manycast.settings.compression import CompressionSettings
from manycast.std.http1 import Headers, field


_UNKNOWN_TO_PROFILES = validators.CONDITIONS | {b"authorization", b"range"}
"""With these the target and the accepted codings do not decide the answer."""
_AGAIN_S = 1.0
"""Seconds between questions about one stale reply that is served meanwhile, when a parent fails."""
_OBEYED = frozenset({b"cache-control", b"pragma"})


class Reading:
    def __init__(
        self, books: Books, departures: Departures, sending: Sending, ahead: Ahead, hosts: Hosts
    ) -> None:
        self._hosts = hosts
        self._books = books
        self._store = books.store
        self._flights = books.flights
        self._settings = books.settings
        self._rules = books.rules
        self._departures = departures
        self._sending = sending
        self._ahead = ahead
        self.slices = Slices(books, departures, sending, self.read_whole, self.partly)
        self.packing = Packing(books, CompressionSettings(), ())
        self.fanned: dict[bytes, int] = {}
        """Endless fetches, by key."""
        self._unknown = _UNKNOWN_TO_PROFILES | (
            _OBEYED if books.rules.obey_requests else frozenset()
        )

    def accepts(self, headers: Headers) -> bytes | None:
        """What decides the answer to a GET with these fields, beside its target; None: more than that."""
        known = self._unknown.isdisjoint([name for name, _ in headers])
        host = self._hosts.of(headers)
        if host is None or not known:
            return None
        return vary.encodings(headers) + b"@" + host if host else vary.encodings(headers)

    def settle(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        if target.live:
            return self._read_live(waiter, ask, target, now)
        if ask.method not in {"GET", "HEAD"}:
            return [self._departures.alone(waiter, ask, target, Why.METHOD, now)]
        if ask.body or validators.for_origin(ask.headers):
            return [self._departures.alone(waiter, ask, target, Why.REQUEST, now)]
        return self.read(waiter, ask, target, now)

    def _read_live(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        """Fresh or not at all: a stale playlist would send players back."""
        if target.rendition:
            self._ahead.watch(target.rendition, now)
        entry = self._store.get(target.key, now)
        if entry is not None and now < entry.expires:
            return self._hit_live(waiter, ask, entry, now)
        if target.key in self.fanned:
            return [Attach(target.key, waiter)]
        flight = self._departures.joinable(target.key, now)
        if flight is not None:
            return self._join(flight, waiter, ask, now)
        if target.held and self._flights.held >= self._settings.held_max:
            return [self._busy(waiter, target)]
        return [self._departures.live(target, {waiter: ask}, now)]

    def read(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        key = self._store.key(target.key, ask.headers)
        entry = self._store.get(key, now)
        self._store.lower.asked(key, now)
        theirs = self._books.owner(target.key) is not None
        if entry is not None and not (theirs and self._cuts_coded(ask, entry)):
            return self.answer(entry, waiter, ask, target, now)
        if theirs:  # its owner learns of changes, this disk may not
            return self.miss(waiter, ask, target, now)
        flying = self._departures.joinable(key, now) is not None
        apart = flying or self._books.is_apart(target.key, now)
        seen = self._books.purges.sequence
        search = self._store.lower.search(waiter, (ask, target), key, seen, apart=apart)
        return self.miss(waiter, ask, target, now) if search is None else [*search]

    def _cuts_coded(self, ask: Ask, entry: Entry) -> bool:
        """Of what its owner may have compressed, only the owner has the bytes that a range counts."""
        ranged = ranges.wanted(ask.headers, self._rules) is not None
        return ranged and field(entry.fields(), b"content-encoding") is not None

    def answer(
        self, entry: Entry, waiter: Waiter, ask: Ask, target: Target, now: float
    ) -> list[Command]:
        if not open_to(ask, entry, self._rules):
            return self.miss(waiter, ask, target, now)
        match revalidation.use(entry, ask, self._books, now):
            case reuse.Use.FRESH:
                return self._hit(waiter, ask, entry, now)
            case reuse.Use.STALE:
                return [
                    *self._hit(waiter, ask, entry, now),
                    *self._renew_behind(ask, target, entry, now),
                ]
            case reuse.Use.REVALIDATE:
                return self._renew(waiter, ask, target, entry, now)

    def _hit(self, waiter: Waiter, ask: Ask, entry: Entry, now: float) -> list[Command]:
        found, ask, orders = self.packing.pick(entry, ask)
        self.alias(found, ask)
        return [*self._sending.reply({waiter: ask}, found, found.hit(now), now), *orders]

    def _hit_live(self, waiter: Waiter, ask: Ask, entry: Entry, now: float) -> list[Command]:
        """As it is: the next edition comes before a smaller copy of this one would pay."""
        entry.packable = False
        self.alias(entry, ask)
        return self._sending.reply({waiter: ask}, entry, entry.hit(now), now)

    def alias(self, entry: Entry, ask: Ask) -> None:
        profile = self.accepts(ask.headers) if ask.method == "GET" else None
        if profile is not None and not self.packing.undecided(entry, ask):
            self._store.alias(entry, ask.target, profile)

    def _renew_behind(self, ask: Ask, target: Target, entry: Entry, now: float) -> list[Command]:
        if now < entry.renew_at or self._departures.joinable(entry.key, now) is not None:
            return []
        entry.renew_at = now + _AGAIN_S
        return [self._departures.renewal(None, ask, target, entry, now)]

    def _renew(
        self, waiter: Waiter, ask: Ask, target: Target, entry: Entry, now: float
    ) -> list[Command]:
        refused = not_fetched(waiter, ask, target, self._rules)
        if refused is not None:
            return [refused]
        flight = self._departures.joinable(entry.key, now)
        if flight is not None:
            return self._join(flight, waiter, ask, now)
        if self._books.is_apart(target.key, now):
            return [self._departures.alone(waiter, ask, target, Why.BYPASS, now)]
        if ask.method == "HEAD":
            return [self._departures.head(waiter, ask, target, entry, now)]
        return [self._departures.renewal(waiter, ask, target, entry, now)]

    def miss(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        refused = not_fetched(waiter, ask, target, self._rules)
        if refused is not None:
            return [refused]
        if ask.method == "HEAD":
            return [self._departures.alone(waiter, ask, target, self._why(target), now)]
        if self._books.is_apart(target.key, now):
            return [self._departures.alone(waiter, ask, target, Why.BYPASS, now)]
        if ranges.wanted(ask.headers, self._rules) is not None:
            return self._part(waiter, ask, target, now)
        return self.read_whole(waiter, ask, target, now)

    def _part(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        """Slices are kept where they belong, and not of what comes in several variants."""
        elsewhere = self._books.owner(target.key) is not None
        unsliced = self._books.is_apart(slices_key(target), now)
        if elsewhere or unsliced or self._store.varies(target.key):
            return self.partly(waiter, ask, target, now)
        return self.slices.request(waiter, ask, target, now)

    def partly(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        return [self._departures.alone(waiter, ask, target, Why.PARTIAL, now)]

    def read_whole(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        """Also where slices of it are here: one request is faster than many, and streams to all."""
        key = self._store.key(target.key, ask.headers)
        flight = self._departures.joinable(key, now)
        if flight is not None:
            return self._join(flight, waiter, ask, now)
        return [self._departures.shared(waiter, ask, target, key, self._why(target), now)]

    def _why(self, target: Target) -> Why:
        return Why.VARY_MISS if self._store.varies(target.key) else Why.URI_MISS

    def _join(self, flight: Flight, waiter: Waiter, ask: Ask, now: float) -> list[Command]:
        if len(flight.waiters) >= self._settings.joiners_max:
            return [self._busy(waiter, flight.target)]
        told = flight.answered is None or flight_open_to(flight, ask, self._rules)
        if not told or (flight.entry is not None and not open_to(ask, flight.entry, self._rules)):
            return [self._departures.alone(waiter, ask, flight.target, Why.BYPASS, now)]
        self._flights.board(flight, {waiter: ask})
        return self._sending.catch_up(flight, waiter, ask, now) if flight.streaming else []

    def _busy(self, waiter: Waiter, target: Target) -> Say:
        self._books.counters.errors += 1
        retry = ((b"retry-after", b"1"),)
        return say((waiter,), Trouble.BUSY.value, target, forwarded(Why.URI_MISS), retry)
