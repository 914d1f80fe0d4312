"""Ranges of what is not stored whole: fetched in aligned slices, each kept and shared.

An outline knows the whole: its fields, length and validator. A slice belongs to an outline whose
validator it carries, so that bytes of two versions never meet in one reply.
"""

from collections import deque
from collections.abc import Callable

from manycast.cache import ranges, validators, vary
from manycast.cache.freshness import stored_fields
from manycast.cache.ranges import Span
from manycast.edge.books import Books
from manycast.edge.commands import Abort, Ask, Begin, Command, End, Piece, Pull, Waiter
from manycast.edge.departures import Departures, Place
from manycast.edge.entry import Entry
from manycast.edge.flight import Flight
from manycast.edge.reply import (
    Answer,
    asked_spans,
    partial_fields,
    partial_head,
    partial_length,
    unmodified,
    unsatisfiable,
)
from manycast.edge.sending import Sending
from manycast.edge.status import Why, forwarded, own_fields
from manycast.edge.target import Target
from manycast.edge.trouble import Trouble, say
from manycast.edge.verdict import open_to, unranged
from manycast.std.http1 import Fields, field


TAIL = -1
"""The slice that a range of the last bytes needs while nobody knows how many there are."""


class Assembly:
    """One viewer's reply, made of slices as they come."""

    __slots__ = ("ask", "begun", "fetched", "outline", "plan", "spans", "target", "waiter")

    def __init__(self, waiter: Waiter, ask: Ask, target: Target) -> None:
        self.waiter = waiter
        self.ask = ask
        self.target = target
        self.outline: Entry | None = None
        self.spans: list[Span] = []
        self.plan: deque[bytes | Span] = deque()
        """What is still to be sent."""
        self.begun = False
        self.fetched = False
        """Some of it was not here."""


Whole = Callable[[Waiter, Ask, Target, float], list[Command]]
"""Settles a request as if it had no Range, or alone with the Range that it has."""


class Slices:
    def __init__(
        self, books: Books, departures: Departures, sending: Sending, whole: Whole, alone: Whole
    ) -> None:
        self._books = books
        self._departures = departures
        self._sending = sending
        self._whole = whole
        self._alone = alone
        self._boundary = books.node
        self.assemblies: dict[Waiter, Assembly] = {}

    # Viewers.

    def request(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        wanted = ranges.wanted(ask.headers, self._books.rules)
        if wanted is None:
            return self._whole(waiter, ask, target, now)
        assembly = Assembly(waiter, ask, target)
        outline = self._books.store.get(_outline_key(target), now)
        if outline is not None and not open_to(ask, outline, self._books.rules):
            return self._alone(waiter, ask, target, now)
        if outline is not None and now < outline.expires:
            return self._open(assembly, outline, {}, now)
        first = wanted[0].first
        number = TAIL if first is None else first // self._books.rules.slice_bytes
        return self._wait_for(assembly, number, outline, now)

    def left(self, waiter: Waiter) -> None:
        self.assemblies.pop(waiter, None)

    def more(self, waiter: Waiter, now: float) -> list[Command]:
        """The viewer has room for more."""
        assembly = self.assemblies.get(waiter)
        return [] if assembly is None else self._go_on(assembly, {}, now)

    # Fetches.

    def usable(self, flight: Flight) -> bool:
        """Whether a 206 is a slice that may be kept and joined with others."""
        answered = flight.answered
        assert answered is not None, "only an answered flight is judged"
        told = ranges.content_range(answered.headers)
        names = vary.names(answered.headers)
        if told is None or told.span is None or told.length is None or not flight.storable:
            return False
        if told.span.length > self._books.rules.slice_bytes or answered.length not in {
            None,
            told.span.length,
        }:
            return False
        coded = field(answered.headers, b"content-encoding") is not None
        plain = names is not None and set(names) <= {b"accept-encoding"}
        fits = self._fits(flight, told.span, told.length)
        return fits and plain and not coded and _validator(flight.fields) is not None

    def _fits(self, flight: Flight, span: Span, length: int) -> bool:
        """Whether it is the slice that was asked for."""
        assert flight.slice is not None, "only a fetch of a slice is judged as one"
        if flight.slice == TAIL:
            return span.end == length
        return span == ranges.slice_span(flight.slice, self._books.rules, length)

    def ended(self, flight: Flight, now: float) -> list[Command]:
        """A slice is complete; those who wait for it go on."""
        answered = flight.answered
        told = None if answered is None else ranges.content_range(answered.headers)
        assert told is not None, "its head was judged"
        assert told.span is not None, "its head was judged"
        assert told.length is not None, "its head was judged"
        if flight.size != told.span.length:
            return self.dismiss(flight, now)
        outline = self._outline(flight, told.length)
        slices = self._cut(flight, outline, told.span)
        if flight.kept and self._departures.stands(flight):
            self._books.store.put(outline)
            for entry in slices.values():
                self._books.store.put(entry)
        waiting = [self.assemblies[waiter] for waiter in flight.waiters]
        self._books.flights.forget(flight)
        commands: list[Command] = []
        for assembly in waiting:
            commands += self._resume(assembly, outline, slices, now)
        return commands

    def renewed(self, flight: Flight, outline: Entry, now: float) -> list[Command]:
        """The parent says that the outline still holds."""
        waiting = [self.assemblies[waiter] for waiter in flight.waiters]
        commands: list[Command] = []
        for assembly in waiting:
            self._books.flights.leave(flight, assembly.waiter)
            commands += self._resume(assembly, outline, {}, now)
        return commands

    def dismiss(self, flight: Flight, now: float) -> list[Command]:
        """What came is no slice to keep: each asks for itself, and those who have some are cut."""
        waiting = [self.assemblies.pop(waiter) for waiter in flight.waiters]
        answered = flight.answered
        if answered is None or answered.status != 416:
            self._books.separate(slices_key(flight.target), now)
        self._books.flights.forget(flight)
        commands: list[Command] = []
        for assembly in waiting:
            if assembly.begun:
                self._books.counters.errors += 1
                commands.append(Abort((assembly.waiter,)))
            else:
                commands += self._alone(assembly.waiter, assembly.ask, assembly.target, now)
        return commands

    def cut_off(self, flight: Flight) -> list[Command]:
        """Those who have some already cannot be told anything else; the others wait on."""
        commands: list[Command] = []
        for waiter in list(flight.waiters):
            if self.assemblies.pop(waiter).begun:
                self._books.counters.errors += 1
                self._books.flights.leave(flight, waiter)
                commands.append(Abort((waiter,)))
        return commands

    def _outline(self, flight: Flight, length: int) -> Entry:
        fields = unranged(stored_fields(tuple(flight.fields), flight.freshness))
        key = _outline_key(flight.target)
        outline = Entry(key, 200, fields, (), flight.freshness, flight.born)
        outline.whole = length
        outline.purges_seen = flight.purges_seen
        return outline

    def _cut(self, flight: Flight, outline: Entry, span: Span) -> dict[int, Entry]:
        """The whole slices in what has come; its tail may hold some of another one."""
        rules = self._books.rules
        mark = _mark(outline)
        found: dict[int, Entry] = {}
        for number in ranges.slices(span, rules):
            own = ranges.slice_span(number, rules, outline.whole)
            body = tuple(ranges.cut(flight.chunks, own, span.first))
            if own.first >= span.first:
                key = _slice_key(flight.target, number)
                entry = Entry(key, 206, (mark,), body, flight.freshness, flight.born)
                entry.purges_seen = flight.purges_seen
                found[number] = entry
        return found

    # One viewer's reply.

    def _resume(
        self, assembly: Assembly, outline: Entry, at_hand: dict[int, Entry], now: float
    ) -> list[Command]:
        if not assembly.begun:
            self.assemblies.pop(assembly.waiter, None)
            return self._open(assembly, outline, at_hand, now)
        assert assembly.outline is not None, "what has begun has an outline"
        if _mark(assembly.outline) != _mark(outline) or assembly.outline.whole != outline.whole:
            del self.assemblies[assembly.waiter]
            self._books.counters.errors += 1
            return [Abort((assembly.waiter,))]
        assembly.outline = outline
        return self._go_on(assembly, at_hand, now)

    def _open(
        self, assembly: Assembly, outline: Entry, at_hand: dict[int, Entry], now: float
    ) -> list[Command]:
        """The length is known, and with it what is wanted."""
        ask, fields, length = assembly.ask, outline.fields(), outline.whole
        own = self._own(assembly, outline, now)
        if validators.not_modified(ask.method, ask.headers, 200, fields):
            return self._settled(assembly, unmodified(fields, own))
        spans = asked_spans(ask, fields, length, self._books.rules)
        if spans is None:
            return self._whole(assembly.waiter, ask, assembly.target, now)
        if not spans:
            return self._settled(assembly, unsatisfiable(fields, own, length))
        assembly.outline = outline
        assembly.spans = spans
        assembly.plan = _plan(spans, fields, length, self._boundary)
        self.assemblies[assembly.waiter] = assembly
        return self._go_on(assembly, at_hand, now)

    def _settled(self, assembly: Assembly, made: Answer) -> list[Command]:
        self.assemblies.pop(assembly.waiter, None)
        return [self._sending.made(assembly.waiter, assembly.ask, made)]

    def _go_on(self, assembly: Assembly, at_hand: dict[int, Entry], now: float) -> list[Command]:
        """Send up to a slice of what is there, then wait for the viewer or for a parent."""
        outline = assembly.outline
        assert outline is not None, "what goes on has an outline"
        pieces, missing = self._gather(assembly, outline, at_hand, now)
        if not assembly.plan and not assembly.begun:
            own = self._own(assembly, outline, now)
            fields = outline.fields()
            start = partial_head(fields, own, assembly.spans, outline.whole, self._boundary)
            return self._settled(assembly, Answer(start, pieces))
        commands = self._send(assembly, outline, pieces, now) if pieces else []
        if not assembly.plan:
            del self.assemblies[assembly.waiter]
            return [*commands, End((assembly.waiter,))]
        if missing is None or pieces:
            return [*commands, Pull(assembly.waiter)]
        return self._wait_for(assembly, missing, None, now)

    def _gather(
        self, assembly: Assembly, outline: Entry, at_hand: dict[int, Entry], now: float
    ) -> tuple[list[bytes], int | None]:
        """Take pieces off the plan, and the number of the slice that is missing."""
        size = self._books.rules.slice_bytes
        pieces: list[bytes] = []
        room = size
        while assembly.plan and room > 0:
            item = assembly.plan.popleft()
            if isinstance(item, bytes):
                pieces.append(item)
                continue
            number = item.first // size
            entry = at_hand.get(number) or self._slice(assembly.target, outline, number, now)
            if entry is None:
                assembly.plan.appendleft(item)
                return pieces, number
            own = ranges.slice_span(number, self._books.rules, outline.whole)
            end = min(item.end, own.end)
            pieces += ranges.cut(entry.body, Span(item.first, end), own.first)
            room -= end - item.first
            if end < item.end:
                assembly.plan.appendleft(Span(end, item.end))
        return pieces, None

    def _slice(self, target: Target, outline: Entry, number: int, now: float) -> Entry | None:
        entry = self._books.store.get(_slice_key(target, number), now)
        if entry is None or entry.fields() != (_mark(outline),):
            return None
        own = ranges.slice_span(number, self._books.rules, outline.whole)
        return entry if entry.length == own.length else None

    def _send(
        self, assembly: Assembly, outline: Entry, pieces: list[bytes], now: float
    ) -> list[Command]:
        waiter = assembly.waiter
        commands: list[Command] = []
        if not assembly.begun:
            assembly.begun = True
            own = self._own(assembly, outline, now)
            fields = outline.fields()
            length = partial_length(fields, assembly.spans, outline.whole, self._boundary)
            told = partial_fields(fields, own, assembly.spans, outline.whole, self._boundary)
            commands.append(Begin(waiter, 206, told, length))
        self._books.counters.bytes_sent += sum(map(len, pieces))
        return [*commands, Piece((waiter,), tuple(pieces), 0)]

    def _own(self, assembly: Assembly, outline: Entry, now: float) -> Fields:
        how = forwarded(Why.PARTIAL) if assembly.fetched else outline.hit(now)
        return own_fields(how, outline.age(now))

    def _wait_for(
        self, assembly: Assembly, number: int, stale: Entry | None, now: float
    ) -> list[Command]:
        """Join the fetch of a slice or start it; a stale outline is renewed by the way."""
        waiter, ask, target = assembly.waiter, assembly.ask, assembly.target
        key = _slice_key(target, number)
        flight = self._departures.joinable(key, now)
        if flight is not None and not assembly.begun and field(ask.headers, b"authorization"):
            return self._alone(waiter, ask, target, now)  # nobody knows yet whom the reply is for
        self.assemblies[waiter] = assembly
        assembly.fetched = True
        if flight is not None and len(flight.waiters) >= self._books.settings.joiners_max:
            return self._give_up(assembly)
        if flight is not None:
            self._books.flights.board(flight, {waiter: ask})
            return []
        place = Place(key, number, self._asked_for(number))
        return [self._departures.slice((waiter, ask, target), place, stale, now)]

    def _give_up(self, assembly: Assembly) -> list[Command]:
        del self.assemblies[assembly.waiter]
        self._books.counters.errors += 1
        if assembly.begun:
            return [Abort((assembly.waiter,))]
        how = forwarded(Why.PARTIAL)
        return [say((assembly.waiter,), Trouble.BUSY.value, assembly.target, how)]

    def _asked_for(self, number: int) -> bytes:
        if number == TAIL:
            return b"bytes=-%d" % self._books.rules.slice_bytes
        return ranges.asked_for(ranges.slice_span(number, self._books.rules))


def slices_key(target: Target) -> bytes:
    """Under which it is remembered that ranges of an object are better asked for one by one."""
    return target.key + b"#s"


def _outline_key(target: Target) -> bytes:
    return target.key + b"#o"


def _slice_key(target: Target, number: int) -> bytes:
    return target.key + b"#s%d" % number


def _validator(fields: Fields) -> bytes | None:
    """What two slices of the same bytes have in common; None when nothing proves it."""
    if not validators.same(fields, fields):
        return None
    return field(fields, b"etag") or field(fields, b"last-modified")


def _mark(outline: Entry) -> tuple[bytes, bytes]:
    return (b"of", _validator(outline.fields()) or b"")


def _plan(spans: list[Span], fields: Fields, length: int, boundary: bytes) -> deque[bytes | Span]:
    if len(spans) == 1:
        return deque(spans)
    kind = field(fields, b"content-type") or b""
    plan: deque[bytes | Span] = deque()
    for span in spans:
        plan.append(ranges.part_head(span, length, kind, boundary))
        plan.append(span)
    plan.append(b"\r\n--%s--\r\n" % boundary)
    return plan
