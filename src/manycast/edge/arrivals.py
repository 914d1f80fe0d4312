"""What becomes of a parent's reply: for whom it is, what it says of what is stored, whether it is kept."""

import math

from manycast.cache import invalidation, vary
from manycast.cache.merge import News
from manycast.edge import revalidation
from manycast.edge.books import Books
from manycast.edge.commands import Answered, Ask, Cancel, Command, FanOut, Waiter
from manycast.edge.departures import Departures
from manycast.edge.entry import Entry
from manycast.edge.fields import came_through, reply_fields
from manycast.edge.flight import Flight
from manycast.edge.flights import Flights
from manycast.edge.reading import Reading
from manycast.edge.sending import Sending
from manycast.edge.status import Why, cache_status, forwarded
from manycast.edge.target import target as name_target
from manycast.edge.verdict import flight_open_to, judged
from manycast.std.http1 import field


_CIRCLE = 508
"""Loop Detected: any viewer can bring it about with a CDN-Loop that is long enough."""
_NAMED = frozenset({b"authorization", b"cookie"})


def _named(flight: Flight) -> bool:
    """Whether the parent was told who asks."""
    return not _NAMED.isdisjoint(name for name, _ in flight.fields_upstream)


def give_up(flights: Flights, flight: Flight) -> list[Command]:
    flights.forget(flight)
    return [Cancel(flight.number)]


class Arrivals:
    def __init__(
        self, books: Books, departures: Departures, sending: Sending, reading: Reading
    ) -> None:
        self._books = books
        self._store = books.store
        self._flights = books.flights
        self._settings = books.settings
        self._rules = books.rules
        self._departures = departures
        self._sending = sending
        self._reading = reading

    def informed(self, number: int) -> tuple[Waiter, ...]:
        """Who may hear what comes before the reply: nobody else when it may be made for one by name."""
        flight = self._flights.by_number[number]
        named = _named(flight)
        return tuple(waiter for waiter in flight.waiters if not named or waiter == flight.leader)

    def answered(self, number: int, answered: Answered, now: float) -> list[Command]:
        """The head of a reply is here; give a Date to one that has none."""
        flight = self._flights.by_number[number]
        if flight.conditional and answered.status == 304:
            return self._renewed(flight, answered, now)
        if revalidation.may_stand_in(flight, answered.status, self._books, now):
            return [Cancel(number), *self.stand_in(flight, answered.status, now)]
        flight.fields = reply_fields(answered.headers, flight.target)
        flight.answer(answered, judged(flight, answered, self._rules), now)
        if flight.target.live and field(answered.headers, b"manycast-stream") == b"cmaf":
            return [self._fan_out(flight)]
        if flight.slice is not None:
            return self._slice_answered(flight, answered, now)
        return self._landed(flight, answered, now)

    def _landed(self, flight: Flight, answered: Answered, now: float) -> list[Command]:
        commands = self._came_round(flight, now) if answered.status == _CIRCLE else []
        if commands and not flight.waiters:
            return [*give_up(self._flights, flight), *commands]
        if flight.personal:
            self._take_news(flight, answered, now)
        elif not flight.target.live:
            commands += self._sort(flight, answered, now)
        if flight.number in self._flights.by_number:
            self._flights.gathering[flight.number] = now + self._settings.whole_s
        return commands

    def _came_round(self, flight: Flight, now: float) -> list[Command]:
        """A circle is said of the way that the leader claims to have come: others came another way."""
        way = came_through(flight.fields_upstream)
        others = {w: ask for w, ask in flight.waiters.items() if came_through(ask.headers) != way}
        if others:
            self._flights.unlist(flight)
        commands: list[Command] = []
        for waiter, ask in others.items():
            self._flights.leave(flight, waiter)
            commands += self._reading.settle(waiter, ask, flight.target, now)
        return commands

    def _sort(self, flight: Flight, answered: Answered, now: float) -> list[Command]:
        """Let those go who may not have this reply, now that it is known for whom it is."""
        names = vary.names(answered.headers)
        primary = flight.target.key
        if not flight.shareable or names is None or not self._store.choose(primary, names):
            return self._for_one(flight, answered, now)
        assert flight.ask is not None, "only live replies are fetched in nobody's name"
        self._books.apart.pop(primary, None)
        key = self._store.key(primary, flight.ask.headers)
        if flight.alone:
            flight.key = key
        else:
            self._flights.enlist(flight, key)
        others = {
            waiter: ask
            for waiter, ask in flight.waiters.items()
            if waiter != flight.leader
            and (
                self._store.key(primary, ask.headers) != key
                or not flight_open_to(flight, ask, self._rules)
            )
        }
        return self._send_away(flight, others, now)

    def _send_away(self, flight: Flight, others: dict[Waiter, Ask], now: float) -> list[Command]:
        commands: list[Command] = []
        for waiter, ask in others.items():
            self._flights.leave(flight, waiter)
            commands += self._reading.read(waiter, ask, flight.target, now)
        return commands

    def _for_one(self, flight: Flight, answered: Answered, now: float) -> list[Command]:
        """The reply is no one's business but the leader's; an error of no one in particular is all's."""
        if flight.entry is not None and answered.status < 500:
            self._store.drop_key(flight.entry.key)
        if answered.status >= 500 and not _named(flight):
            return []
        flight.personal = True
        self._flights.unlist(flight)
        self._books.separate(flight.target.key, now)
        others = {w: ask for w, ask in flight.waiters.items() if w != flight.leader}
        commands = self._send_away(flight, others, now)
        return commands if flight.waiters else [*give_up(self._flights, flight), *commands]

    def _slice_answered(self, flight: Flight, answered: Answered, now: float) -> list[Command]:
        if answered.status == 206 and self._reading.slices.usable(flight):
            return []
        if answered.status in {206, 416}:
            return [Cancel(flight.number), *self._reading.slices.dismiss(flight, now)]
        commands = self._reading.slices.cut_off(flight)
        if not flight.waiters:
            return [*commands, *give_up(self._flights, flight)]
        flight.slice = None
        flight.why = Why.URI_MISS
        self._flights.enlist(flight, flight.target.key)
        return [*commands, *self._landed(flight, answered, now)]

    def _take_news(self, flight: Flight, answered: Answered, now: float) -> None:
        """What a reply for one viewer says of what is stored for all."""
        ask = flight.ask
        assert ask is not None, "a fetch for one viewer has a request"
        if ask.method == "HEAD":
            self._head_answered(flight, answered, now)
            return
        host = (field(ask.headers, b"host") or b"").decode("latin-1")
        here = flight.target.upstream.decode()
        for changed in invalidation.outdated(
            ask.method, here, host, answered.status, answered.headers
        ):
            path, _, query = changed.partition("?")
            self._outdate(name_target(path, query, flight.target.host).key, flight, now)

    def _head_answered(self, flight: Flight, answered: Answered, now: float) -> None:
        if flight.entry is None or revalidation.replaced(flight.entry, self._books):
            return
        news = revalidation.news(flight, answered)
        if news is News.OUTDATES:
            self._store.drop_key(flight.entry.key)
        elif news is News.RENEWS:
            entry = revalidation.renewed(flight, answered, self._books, now)
            stands = self._departures.stands(flight)
            revalidation.keep(entry, flight, answered, self._books, stands=stands)

    def _outdate(self, primary: bytes, by: Flight, now: float) -> None:
        self._store.drop(primary)
        self._store.lower.changed(primary, now)
        for flight in self._flights.of(primary):
            if flight is not by:
                flight.outdated = True
                self._flights.unlist(flight)

    def _renewed(self, flight: Flight, answered: Answered, now: float) -> list[Command]:
        old = flight.entry
        assert old is not None, "only a question about a stored reply is conditional"
        if revalidation.news(flight, answered) is News.OUTDATES:
            return self._ask_again(flight, old, now)
        entry = revalidation.renewed(flight, answered, self._books, now)
        stands = self._departures.stands(flight)
        stored = revalidation.keep(entry, flight, answered, self._books, stands=stands)
        flight.over = True
        self._flights.unlist(flight)
        if flight.slice is not None:
            return self._reading.slices.renewed(flight, entry, now)
        waiters = dict(flight.waiters)
        for waiter, ask in waiters.items():
            self._flights.leave(flight, waiter)
            if stored:
                self._reading.alias(entry, ask)
        return self._sending.reply(waiters, entry, forwarded(Why.STALE, status=304), now)

    def _ask_again(self, flight: Flight, old: Entry, now: float) -> list[Command]:
        """The parent speaks of another representation: its bytes are needed."""
        self._store.drop_key(old.key)
        waiters = dict(flight.waiters)
        commands: list[Command] = [Cancel(flight.number)]
        self._flights.forget(flight)
        for waiter, ask in waiters.items():
            self._reading.slices.left(waiter)
            commands += self._reading.read(waiter, ask, flight.target, now)
        return commands

    def stand_in(self, flight: Flight, status: int | None, now: float) -> list[Command]:
        """A stale reply is better than an error."""
        entry = flight.entry
        assert entry is not None, "something stale stands in"
        waiters = dict(flight.waiters)
        self._books.counters.stand_ins += len(waiters)
        self._flights.forget(flight)
        return self._sending.reply(waiters, entry, forwarded(Why.STALE, status=status), now)

    def keep(self, entry: Entry, flight: Flight, now: float) -> bool:
        fresh = now < flight.expires or not flight.target.live
        if not (flight.kept and flight.whole and fresh and self._departures.stands(flight)):
            return False
        if not self._keyed(entry, flight) or now < self._expiry_of_newer(entry):
            return False
        if flight.target.live:
            entry.packable = False
        if not flight.copied:
            self._reading.packing.prepare(entry)
            self._store.lower.fetched(entry)
        elif now >= flight.expires or not self._books.copies.admit(entry, now):
            return False  # a stale one would be served while its owner has a newer one already
        self._store.put(entry)
        for ask in flight.waiters.values():
            self._reading.alias(entry, ask)
        if entry.status == 200:
            for key in flight.target.outdates:
                self._store.outdate(key, entry.born)
        return True

    def _keyed(self, entry: Entry, flight: Flight) -> bool:
        """Give it the key of its variant, known since its head came but for a shelf that had to go."""
        if flight.ask is None:
            return True
        assert flight.answered is not None, "only an answered flight is kept"
        names = vary.names(flight.answered.headers)
        if names is None or not self._store.choose(flight.target.key, names):
            return False
        entry.key = self._store.key(flight.target.key, flight.ask.headers)
        return True

    def _expiry_of_newer(self, entry: Entry) -> float:
        """Of what came by another fetch, which overtook this one."""
        stored = self._store.peek(entry.key)
        return -math.inf if stored is None or stored.born <= entry.born else stored.expires

    def _fan_out(self, flight: Flight) -> FanOut:
        waiters = tuple(flight.waiters)
        self._reading.fanned[flight.target.key] = flight.number
        self._flights.forget(flight)
        fields = (*flight.fields_for_all, cache_status(forwarded(flight.why, collapsed=True)))
        return FanOut(flight.number, flight.target.key, fields, waiters)
