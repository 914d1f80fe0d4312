"""How replies go out: whole to all who wait, or piece by piece."""

from collections.abc import Iterable, Mapping, Sequence

from manycast.cache import validators
from manycast.edge.books import Books
from manycast.edge.commands import Ask, Begin, Command, End, Piece, Reply, SendFile, Waiter
from manycast.edge.entry import Entry
from manycast.edge.flight import Flight
from manycast.edge.reply import Answer, answer, from_disk, plain, unmodified
from manycast.edge.status import forwarded, own_fields
from manycast.std.http1 import BODILESS, Fields, head


class Sending:
    def __init__(self, books: Books) -> None:
        self._books = books
        self._boundary = books.node

    # Whole replies.

    def reply(
        self, waiters: Mapping[Waiter, Ask], entry: Entry, how: bytes, now: float
    ) -> list[Command]:
        """Each gets what its own conditions and ranges make of the reply."""
        if entry.place is not None:
            return [
                self._from_disk(waiter, ask, entry, how, now) for waiter, ask in waiters.items()
            ]
        same = [waiter for waiter, ask in waiters.items() if plain(ask)]
        commands: list[Command] = []
        if same:
            gets = sum(waiters[waiter].method == "GET" for waiter in same)
            self._books.counters.bytes_sent += entry.length * gets
            commands.append(Reply(tuple(same), entry.start(how, now), entry.body))
        for waiter, ask in waiters.items():
            if not plain(ask):
                made = answer(ask, entry, how, now, self._books.rules, self._boundary)
                commands.append(self.made(waiter, ask, made))
        return commands

    def _from_disk(
        self, waiter: Waiter, ask: Ask, entry: Entry, how: bytes, now: float
    ) -> Reply | SendFile:
        made = from_disk(ask, entry, how, now, self._books.rules)
        if isinstance(made, Answer):
            return self.made(waiter, ask, made)
        assert entry.place is not None, "only what is on the disk is sent from there"
        if ask.method == "GET":
            self._books.counters.bytes_sent += made.size
            self._books.store.lower.sent(entry.place, made.size)
        return SendFile(waiter, ask, entry.place, made.start, made.at, made.size)

    def made(self, waiter: Waiter, ask: Ask, made: Answer) -> Reply:
        if ask.method == "GET":
            self._books.counters.bytes_sent += sum(map(len, made.body))
        return Reply((waiter,), made.start, made.body)

    def complete(self, flight: Flight, entry: Entry, now: float, *, stored: bool) -> list[Command]:
        """The body is here, to the last byte."""
        if flight.streaming:
            return [End(tuple(flight.waiters))] if flight.waiters else []
        joined = dict(flight.waiters)
        lead = joined.pop(flight.leader, None)
        commands: list[Command] = []
        if lead is not None:
            how = forwarded(flight.why, stored=stored)
            commands += self._lead(flight, lead, entry, how, now)
        return commands + self.reply(joined, entry, forwarded(flight.why, collapsed=True), now)

    def _lead(
        self, flight: Flight, ask: Ask, entry: Entry, how: bytes, now: float
    ) -> list[Command]:
        """Who was asked for gets also the fields that are nobody else's."""
        answered = flight.answered
        assert answered is not None, "only an answered flight completes"
        own = own_fields(how, entry.age(now))
        bodiless = answered.status in BODILESS or (flight.personal and ask.method == "HEAD")
        own_ones = len(flight.fields) - len(flight.fields_for_all)
        if not (bodiless or flight.personal or own_ones):
            return self.reply({flight.leader: ask}, entry, how, now)
        length = answered.length if bodiless else entry.length
        told = (
            []
            if length is None or answered.status == 204
            else [(b"content-length", b"%d" % length)]
        )
        start = head(answered.status, [*flight.fields, *own, *told])
        return [self.made(flight.leader, ask, Answer(start, entry.body))]

    # Piece by piece.

    def stream(self, flight: Flight, now: float) -> list[Command]:
        """Send what has come and go on as it comes."""
        flights = self._books.flights
        flights.gathering.pop(flight.number, None)
        flight.streaming = True
        begins = [
            self._begin(flight, waiter, ask, now) for waiter, ask in [*flight.waiters.items()]
        ]
        chunks = tuple(flight.chunks)
        if not flight.kept:
            self.let_pass(flight)
        return [*begins, self.piece(flight, flight.waiters, chunks)] if begins else []

    def catch_up(self, flight: Flight, waiter: Waiter, ask: Ask, now: float) -> list[Command]:
        """One more viewer for a reply that streams already."""
        begin = self._begin(flight, waiter, ask, now)
        if isinstance(begin, Reply):
            return [begin]
        return [begin, self.piece(flight, (waiter,), tuple(flight.chunks))]

    def piece(self, flight: Flight, waiters: Iterable[Waiter], pieces: Sequence[bytes]) -> Piece:
        to = tuple(waiters)
        self._books.counters.bytes_sent += sum(map(len, pieces)) * len(to)
        return Piece(to, pieces, 0 if flight.keeping else flight.number)

    def let_pass(self, flight: Flight) -> None:
        """Too large or too private to hold: no one joins from here on."""
        flight.release()
        self._books.flights.unlist(flight)

    def _begin(self, flight: Flight, waiter: Waiter, ask: Ask, now: float) -> Begin | Reply:
        answered = flight.answered
        assert answered is not None, "only an answered flight streams"
        lead = waiter == flight.leader
        own = own_fields(forwarded(flight.why, collapsed=not lead), int(now - flight.born))
        fields: Fields = flight.fields
        if not lead:
            fields = flight.fields_for_all
        shared = not flight.personal and not plain(ask)
        if shared and validators.not_modified(ask.method, ask.headers, answered.status, fields):
            self._books.flights.leave(flight, waiter)
            return self.made(waiter, ask, unmodified(fields, own))
        return Begin(waiter, answered.status, [*fields, *own], answered.length)
