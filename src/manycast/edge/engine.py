"""Hit, join a fetch in flight, or start one: every request settled once, no object fetched twice."""

from collections.abc import Iterable, Sequence
from functools import partial

from manycast.edge import revalidation, spooling
from manycast.edge.ahead import Ahead
from manycast.edge.arrivals import Arrivals, give_up
from manycast.edge.audience import Audience
from manycast.edge.books import Books, Owner
from manycast.edge.commands import (
    Abort,
    Answered,
    Ask,
    Cancel,
    Command,
    Inform,
    LookUp,
    Waiter,
)
from manycast.edge.departures import Departures
from manycast.edge.fields import answerable, end_to_end
from manycast.edge.flight import Flight
from manycast.edge.hosts import Hosts
from manycast.edge.layers import Loaded
from manycast.edge.lower import Lower
from manycast.edge.packing import Packing
from manycast.edge.purge import Journal, Kind, Purge
from manycast.edge.reading import Reading
from manycast.edge.sending import Sending
from manycast.edge.status import forwarded
from manycast.edge.store import Store
from manycast.edge.trouble import Trouble, refusal, say
from manycast.settings.cache import CacheSettings
from manycast.settings.compression import CompressionSettings
from manycast.settings.edge import EdgeSettings
from manycast.std.http1 import Headers


__all__ = ["Engine", "Trouble"]


class Engine:
    """Feed it requests and what became of fetches, in the order they happened; perform its commands.

    ``node`` names this node, so that a request that comes round is recognised.
    """

    def __init__(
        self,
        settings: EdgeSettings,
        node: bytes,
        purges: Journal | None = None,
        *,
        rules: CacheSettings | None = None,
        owner: Owner = lambda _: None,
    ) -> None:
        assert settings.whole_bytes_max < settings.object_bytes_max, "a stored body may stream"
        rules = CacheSettings() if rules is None else rules
        self.purges = Journal(0, settings.purges_max) if purges is None else purges
        self.store = Store(
            settings.memory_bytes,
            settings.aliases_max,
            self.purges,
            variants_max=rules.variants_max,
            policy=settings.memory_policy,
        )
        self.lower = self.store.lower
        self._by_target = self.store.by_target
        self._hosts = Hosts(settings.hosts)
        self._books = Books(settings, rules, node, self.store, self.purges, owner)
        self.counters = self._books.counters
        self.copies = self._books.copies
        self.audience = Audience()
        self._settings = settings
        self._rules = rules
        self._flights = self._books.flights
        self._departures = Departures(self._books)
        self._sending = Sending(self._books)
        self._ahead = Ahead(self._books, self._departures)
        self._reading = Reading(
            self._books, self._departures, self._sending, self._ahead, self._hosts
        )
        self._arrivals = Arrivals(self._books, self._departures, self._sending, self._reading)
        self._slices = self._reading.slices
        self.accepts = self._reading.accepts
        """What decides the answer to a GET with these fields, beside its target; None: more than that."""

    # The fast path.

    def hit(self, raw: bytes, profile: bytes, now: float) -> tuple[bytes, ...] | None:
        """The whole reply to a GET of a target that was answered from memory before."""
        entry = self._by_target(raw, profile, now)
        pieces = None if entry is None else entry.ready(now)
        if entry is None or pieces is None:
            return None
        counters = self.counters
        counters.requests += 1
        counters.hits += 1
        counters.bytes_sent += entry.length
        watched = entry.watched
        if watched is not None:
            watched(now)
        return pieces

    def purge(self, purge: Purge) -> int:
        """From the next request on nothing that it covers is served; its number in the journal."""
        self.counters.purges += 1
        if purge.kind is Kind.URL and not purge.soft:
            self.store.drop(purge.value)  # would be found out anyway; so its room is free at once
        return self.purges.add(purge)

    # Viewers.

    @property
    def waiting(self) -> int:
        fetched = len(self._flights.waiting.keys() | self._slices.assemblies.keys())
        return fetched + self.lower.waiting

    def request(self, waiter: Waiter, ask: Ask, now: float) -> list[Command]:
        self.counters.requests += 1
        ask = answerable(ask)
        target = self._hosts.target(ask)
        if target is None:
            self.counters.refusals += 1
            return [self._hosts.refusal(waiter, ask)]
        refused = refusal(waiter, ask, target, self._books.node)
        if refused is not None:
            self.counters.refusals += 1
            return [refused]
        commands = self._reading.settle(waiter, ask, target, now)
        self._books.count(waiter, commands)
        return commands

    def compress(self, settings: CompressionSettings, codings: Sequence[bytes]) -> None:
        """From now on; the driver can make these codings."""
        self._reading.packing = Packing(self._books, settings, codings)

    def packed(self, key: bytes, coding: bytes, body: bytes | None, seconds: float) -> None:
        """A ``Compress`` is done; None when it could not be."""
        self._reading.packing.packed(key, coding, body, seconds)

    @property
    def packing(self) -> Packing:
        return self._reading.packing

    def under_way(self) -> Iterable[Flight]:
        return self._flights.by_number.values()

    def more(self, waiter: Waiter, now: float) -> list[Command]:
        """The waiter of a ``Pull`` has room again."""
        return self._slices.more(waiter, now)

    def left(self, waiter: Waiter) -> list[Command]:
        """The viewer is gone before its reply was complete."""
        self._slices.left(waiter)
        self.lower.left(waiter)
        flight = self._flights.waiting.get(waiter)
        if flight is None:
            return []
        self._flights.leave(flight, waiter)
        if flight.waiters or flight.ahead or (flight.storable and flight.keeping):
            return []
        return give_up(self._flights, flight)

    # The layers below memory.

    def stand_on(self, lower: Lower) -> None:
        """Before the first request."""
        self.lower = self.store.lower = lower

    def recalled(self, key: bytes, loaded: Loaded | None, now: float) -> list[Command]:
        """What they have under a key; None when they have nothing."""
        found = self.lower.found(key, loaded)
        if isinstance(found, LookUp):
            return [found]
        entry, waiters = found
        if entry is not None and not spooling.restored(entry, waiters.values(), self._books, now):
            entry = None
        commands: list[Command] = []
        for waiter, (ask, target) in waiters.items():
            step = self._reading.miss if entry is None else partial(self._reading.answer, entry)
            own = step(waiter, ask, target, now)
            self._books.count(waiter, own)
            commands += own
        if entry is not None and entry.place is None:
            entry.detail = b""  # from here on it is memory's
        return commands

    def unsent(self, waiter: Waiter, ask: Ask, key: bytes, now: float) -> list[Command]:
        """A body that should be on the disk is not there, or not as it was; nothing of it was sent."""
        self.store.remove(key)
        target = self._hosts.target(ask)
        assert target is not None, "what is sent was settled once"
        return self._reading.settle(waiter, ask, target, now)

    # Parents.

    def interim(self, number: int, status: int, headers: Headers) -> list[Command]:
        """A reply before the reply; 100 answers an Expect that was this node's to send."""
        waiters = self._arrivals.informed(number)
        if status in {100, 101} or not waiters:
            return []
        told = [pair for pair in end_to_end(headers) if pair[0] != b"set-cookie"]
        return [Inform(waiters, status, told)]

    def answered(self, number: int, answered: Answered, now: float) -> list[Command]:
        """The head of a reply is here; give a Date to one that has none."""
        return self._arrivals.answered(number, answered, now)

    def data(self, number: int, piece: bytes, now: float) -> list[Command]:
        flight = self._flights.by_number[number]
        self.counters.bytes_fetched += len(piece)
        flight.keep(piece)
        if flight.slice is not None:
            surplus = flight.size > self._rules.slice_bytes
            return [Cancel(number), *self._slices.dismiss(flight, now)] if surplus else []
        if not flight.streaming:
            large = flight.size > self._settings.whole_bytes_max
            return self._sending.stream(flight, now) if large else []
        if flight.keeping and flight.size > self._settings.object_bytes_max:
            spooling.begin(flight, self._books, stands=self._departures.stands(flight))
            self._sending.let_pass(flight)
        if not (flight.waiters or flight.keeping):
            return give_up(self._flights, flight)
        return [self._sending.piece(flight, flight.waiters, (piece,))] if flight.waiters else []

    def ended(self, number: int, now: float) -> list[Command]:
        """The body is complete, as its framing says."""
        flight = self._flights.by_number[number]
        if flight.over:
            self._flights.forget(flight)
            return []
        if flight.slice is not None:
            return self._slices.ended(flight, now)
        entry = spooling.entry_of(flight)
        if flight.target.rendition:
            entry.watched = partial(self._ahead.watch, flight.target.rendition)
        elif flight.target.live:
            self.audience.arrived(flight, entry, now)
        spooling.end(flight, self._books, stands=self._departures.stands(flight))
        stored = self._arrivals.keep(entry, flight, now)
        commands = self._sending.complete(flight, entry, now, stored=stored)
        self._flights.forget(flight)
        ahead = self._ahead.fetch(flight, now)
        return commands if ahead is None else [*commands, ahead]

    def failed(self, number: int, trouble: Trouble, now: float) -> list[Command]:
        """The fetch is over without a complete reply."""
        flight = self._flights.by_number[number]
        self.counters.parent_errors += 1
        if not flight.streaming and revalidation.may_stand_in(flight, None, self._books, now):
            return self._arrivals.stand_in(flight, None, now)
        cut = self._slices.cut_off(flight) if flight.slice is not None else []
        waiters = tuple(flight.waiters)
        self.counters.errors += len(waiters)
        self._flights.forget(flight)
        if not waiters:
            return cut
        if flight.streaming:
            return [Abort(waiters)]
        return [*cut, say(waiters, trouble.value, flight.target, forwarded(flight.why))]

    def begin_again(self, number: int) -> bool:
        """Whether a fetch that broke off may be made anew, because nothing of it has gone out."""
        return self._flights.begin_again(number)

    def stream_over(self, key: bytes) -> None:
        """A fan-out has ended; the next request for it is an ordinary one."""
        self._reading.fanned.pop(key, None)

    # Time.

    def next_deadline(self) -> float | None:
        """When to call ``tick``; the waits are all equally long, so the first began first."""
        return next(iter(self._flights.gathering.values()), None)

    def tick(self, now: float) -> list[Command]:
        """Stream the replies that have been gathering for too long."""
        due = [number for number, at in self._flights.gathering.items() if at <= now]
        flights = [self._flights.by_number[number] for number in due]
        return [command for flight in flights for command in self._sending.stream(flight, now)]
