"""Hit, join a fetch in flight, or start one: every request settled once, no object fetched twice."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import Enum

from manycast.cache import vary
from manycast.cache.freshness import Freshness, Received, assess
from manycast.edge.commands import (
    Abort,
    Answered,
    Ask,
    Attach,
    Begin,
    Cancel,
    Command,
    End,
    FanOut,
    Fetch,
    Inform,
    Piece,
    Reply,
    Say,
    Waiter,
)
from manycast.edge.counters import Counters
from manycast.edge.fields import (
    end_to_end,
    looped,
    own_request,
    reply_fields,
    shared_request,
    with_cors,
)
from manycast.edge.flight import Flight
from manycast.edge.hint import TAIL_BYTES, hinted_part
from manycast.edge.purge import Journal, Purge, Verdict, tags_of
from manycast.edge.store import Entry, Store
from manycast.edge.target import Target, target as name_target
from manycast.settings.cache import CacheSettings
from manycast.settings.edge import EdgeSettings
from manycast.std.http1 import BODILESS, Headers, field, head


class Trouble(Enum):
    """Why a fetch failed, as status and text for those who waited."""

    UNREACHABLE = (502, "502: this node cannot reach any of its parents.\n")
    BROKEN = (502, "502: this node's parent broke off or gave a malformed reply.\n")
    BUSY = (503, "503: too many requests wait at this node already; try again.\n")
    TIMEOUT = (504, "504: this node's parent did not answer in time.\n")


_PERSONAL = frozenset({b"authorization", b"range"})
"""With these a response that others may get is not what was asked for. A cookie is not among them:
a shared fetch is made without it, and what the parent then calls cacheable is for all."""
_TEXT = ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"))
_PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"86400"),
    (b"cache-control", b"max-age=86400"),
)
_RENDITIONS_MAX = 1_000
"""Renditions whose viewers are remembered."""


class Engine:
    """Feed it requests and what became of fetches, in the order they happened; perform its commands.

    ``node`` names this node, so that a request that comes round is recognised.
    """

    def __init__(self, settings: EdgeSettings, node: bytes, purges: Journal | None = None) -> None:
        assert settings.whole_bytes_max < settings.object_bytes_max, "a stored body may stream"
        self.counters = Counters()
        self.purges = Journal(0, settings.purges_max) if purges is None else purges
        self.store = Store(settings.memory_bytes, settings.aliases_max, self.purges)
        self._settings = settings
        self._node = node
        self._shared_fields = shared_request(node)
        self._number = 0
        self._flights: dict[int, Flight] = {}
        self._by_key: dict[bytes, Flight] = {}
        self._waiting: dict[Waiter, Flight] = {}
        self._gathering: dict[int, float] = {}
        self._fanned: dict[bytes, int] = {}
        self._apart: dict[bytes, float] = {}
        self._watched: dict[str, float] = {}
        self._ahead = 0
        self._held = 0

    # The fast path.

    def accepts(self, headers: Headers) -> bytes | None:
        """What decides the answer to a GET with these fields, beside its target; None: more than that."""
        names = {name for name, _ in headers}
        return b"" if names.isdisjoint(_PERSONAL) and b"cdn-loop" not in names else None

    def hit(self, raw: bytes, profile: bytes, now: float) -> tuple[bytes, ...] | None:  # noqa: ARG002
        """The whole reply to a GET of a target that was answered from memory before."""
        entry = self.store.by_target(raw, now)
        if entry is None:
            return None
        counters = self.counters
        counters.requests += 1
        counters.hits += 1
        counters.bytes_sent += entry.length
        if entry.rendition:
            self._watched[entry.rendition] = now
        return entry.ready(now)

    def purge(self, purge: Purge) -> int:
        """From the next request on nothing that it covers is served; its number in the journal."""
        self.counters.purges += 1
        return self.purges.add(purge)

    # Viewers.

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def request(self, waiter: Waiter, ask: Ask, now: float) -> list[Command]:
        self.counters.requests += 1
        target = name_target(ask.path, ask.query)
        own_words = self._own_words(waiter, ask, target)
        if own_words is not None:
            return [own_words]
        if target.rendition:
            self._watch(target.rendition, now)
        names = {name for name, _ in ask.headers}
        entry = self.store.get(target.key, now)
        if entry is not None and (target.live or names.isdisjoint(_PERSONAL)):
            return [self._hit(waiter, ask, entry, now)]
        if target.key in self._fanned:
            return [Attach(target.key, waiter)]
        if not target.live and self._is_apart(ask, names, target.key, now):
            return [self._fetch_alone(waiter, ask, target, now)]
        flight = self._by_key.get(target.key)
        if flight is not None and flight.joinable(now) and self._stands(flight):
            return self._join(flight, waiter, ask, now)
        full = target.held and self._held >= self._settings.held_max
        return [
            self._busy(waiter, target) if full else self._fetch_shared(target, {waiter: ask}, now)
        ]

    def left(self, waiter: Waiter) -> list[Command]:
        """The viewer is gone before its reply was complete."""
        flight = self._waiting.pop(waiter, None)
        if flight is None:
            return []
        del flight.waiters[waiter]
        if flight.waiters or flight.ahead or (flight.storable and flight.keeping):
            return []
        self._forget(flight)
        return [Cancel(flight.number)]

    # Parents.

    def answered(self, number: int, answered: Answered, now: float) -> list[Command]:
        """The head of a reply is here; give a Date to one that has none."""
        flight = self._flights[number]
        target = flight.target
        flight.fields = reply_fields(answered.headers, target)
        flight.answer(answered, _judged(answered, target), now)
        if target.live and field(answered.headers, b"manycast-stream") == b"cmaf":
            return [self._fan_out(flight)]
        if not (flight.alone or target.live or flight.storable or answered.status >= 500):
            return self._separate(flight, now)
        self._gathering[number] = now + self._settings.whole_s
        return []

    def interim(self, number: int, status: int, headers: Headers) -> list[Command]:
        """A reply before the reply; 100 answers an Expect that was this node's to send."""
        waiters = tuple(self._flights[number].waiters)
        if status in {100, 101} or not waiters:
            return []
        return [Inform(waiters, status, end_to_end(headers))]

    def data(self, number: int, piece: bytes, now: float) -> list[Command]:
        flight = self._flights[number]
        self.counters.bytes_fetched += len(piece)
        flight.keep(piece)
        if not flight.streaming:
            large = flight.size > self._settings.whole_bytes_max
            return self._stream(flight, now) if large else []
        if flight.keeping and flight.size > self._settings.object_bytes_max:
            self._let_pass(flight)
        return [self._piece(flight, flight.waiters, (piece,))]

    def ended(self, number: int, now: float) -> list[Command]:
        """The body is complete, as its framing says."""
        flight = self._flights[number]
        entry = self._entry(flight)
        stored = flight.storable and flight.whole and now < flight.expires and self._stands(flight)
        if stored:
            self.store.put(entry)
            for ask in flight.waiters.values():
                if ask.method == "GET":
                    self.store.alias(entry, ask.target)
            self._outdate(entry, flight.target)
        commands = self._complete(flight, entry, now, stored=stored)
        self._forget(flight)
        return [*commands, *self._fetch_ahead(flight, now)]

    def failed(self, number: int, trouble: Trouble) -> list[Command]:
        """The fetch is over without a complete reply."""
        flight = self._flights[number]
        waiters = tuple(flight.waiters)
        self.counters.parent_errors += 1
        self.counters.errors += len(waiters)
        self._forget(flight)
        if not waiters:
            return []
        if flight.streaming:
            return [Abort(waiters)]
        status, text = trouble.value
        return [Say(waiters, status, with_cors(_TEXT, flight.target), text)]

    def stream_over(self, key: bytes) -> None:
        """A fan-out has ended; the next request for it is an ordinary one."""
        self._fanned.pop(key, None)

    # Time.

    def next_deadline(self) -> float | None:
        """When to call ``tick``; the waits are all equally long, so the first began first."""
        return next(iter(self._gathering.values()), None)

    def tick(self, now: float) -> list[Command]:
        """Stream the replies that have been gathering for too long."""
        due = [number for number, at in self._gathering.items() if at <= now]
        return [command for number in due for command in self._stream(self._flights[number], now)]

    # How a request is settled.

    def _own_words(self, waiter: Waiter, ask: Ask, target: Target) -> Say | None:
        if ask.method == "OPTIONS" and target.live:
            return Say((waiter,), 204, with_cors(_PREFLIGHT, target), "")
        if ask.method not in {"GET", "HEAD"}:
            fields = with_cors(((b"allow", b"GET, HEAD"), *_TEXT), target)
            return Say((waiter,), 405, fields, "405: this node delivers; it takes GET and HEAD.\n")
        if looped(ask.headers, self._node):
            return Say((waiter,), 508, _TEXT, "508: this node's parents lead back to itself.\n")
        return None

    def _hit(self, waiter: Waiter, ask: Ask, entry: Entry, now: float) -> Reply:
        self.counters.hits += 1
        if ask.method == "GET":
            self.store.alias(entry, ask.target)
            self.counters.bytes_sent += entry.length
        return Reply((waiter,), b"%sage: %d\r\n" % (entry.head(b"hit"), entry.age(now)), entry.body)

    def _is_apart(self, ask: Ask, names: set[bytes], key: bytes, now: float) -> bool:
        if ask.method == "HEAD" or not names.isdisjoint(_PERSONAL):
            return True
        until = self._apart.get(key)
        if until is not None and until <= now:
            del self._apart[key]
        return until is not None and now < until

    def _join(self, flight: Flight, waiter: Waiter, ask: Ask, now: float) -> list[Command]:
        if len(flight.waiters) >= self._settings.joiners_max:
            return [self._busy(waiter, flight.target)]
        self.counters.joins += 1
        self._waiting[waiter] = flight
        flight.waiters[waiter] = ask
        if not flight.streaming:
            return []
        begin = self._begin(flight, waiter, b"fwd=miss; collapsed", now)
        return [begin, self._piece(flight, (waiter,), tuple(flight.chunks))]

    def _busy(self, waiter: Waiter, target: Target) -> Say:
        self.counters.errors += 1
        status, text = Trouble.BUSY.value
        fields = with_cors((*_TEXT, (b"retry-after", b"1")), target)
        return Say((waiter,), status, fields, text)

    def _fetch_shared(self, target: Target, waiters: dict[Waiter, Ask], now: float) -> Fetch:
        flight = self._take_off(target, waiters, now, alone=False)
        self._by_key[target.key] = flight
        return self._fetch(flight, "GET", self._shared_fields)

    def _fetch_alone(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> Fetch:
        flight = self._take_off(target, {waiter: ask}, now, alone=True)
        return self._fetch(flight, ask.method, own_request(ask.headers, self._node))

    def _take_off(
        self, target: Target, waiters: dict[Waiter, Ask], now: float, *, alone: bool
    ) -> Flight:
        self._number += 1
        flight = Flight(self._number, target, alone=alone, now=now)
        flight.purges_seen = self.purges.sequence
        flight.waiters = waiters
        self._held += target.held
        self._flights[flight.number] = flight
        self._waiting.update(dict.fromkeys(waiters, flight))
        return flight

    def _fetch(self, flight: Flight, method: str, fields: bytes) -> Fetch:
        self.counters.fetches += 1
        settings = self._settings
        wait_s = settings.held_s if flight.target.held else settings.answer_s
        held = flight.target.held
        return Fetch(flight.number, method, flight.target.key, fields, wait_s, held=held)

    def _separate(self, flight: Flight, now: float) -> list[Command]:
        """The reply is no one else's business: fetch it for each viewer with its own fields."""
        waiters = dict(flight.waiters)
        self._forget(flight)
        if len(self._apart) >= self._settings.apart_max:
            self._apart.clear()
        self._apart[flight.target.key] = now + self._settings.apart_s
        alone = [self._fetch_alone(w, ask, flight.target, now) for w, ask in waiters.items()]
        return [Cancel(flight.number), *alone]

    # How a reply goes out.

    def _complete(self, flight: Flight, entry: Entry, now: float, *, stored: bool) -> list[Command]:
        waiters = tuple(flight.waiters)
        if flight.streaming:
            return [End(waiters)] if waiters else []
        self.counters.bytes_sent += entry.length * len(waiters)
        age = b"age: %d\r\n" % entry.age(now)
        first = 0 if flight.ahead else 1
        shares = (
            (waiters[:first], b"fwd=miss; stored" if stored else b"fwd=miss"),
            (waiters[first:], b"fwd=miss; collapsed"),
        )
        return [
            Reply(some, self._start(flight, entry, how) + age, entry.body)
            for some, how in shares
            if some
        ]

    def _start(self, flight: Flight, entry: Entry, how: bytes) -> bytes:
        """Head of a whole reply; to HEAD, and with some statuses, it tells the parent's length."""
        answered = flight.answered
        assert answered is not None, "only an answered flight completes"
        method = next((ask.method for ask in flight.waiters.values()), "GET")
        if answered.status in BODILESS or (flight.alone and method == "HEAD"):
            told = (
                () if answered.length is None else ((b"content-length", b"%d" % answered.length),)
            )
            return head(answered.status, (*flight.fields, *told, _status(how)))
        return entry.head(how)

    def _entry(self, flight: Flight) -> Entry:
        assert flight.answered is not None, "only an answered flight completes"
        target = flight.target
        body = tuple(flight.chunks)
        entry = Entry(target.key, flight.answered.status, flight.fields, body, target.rendition)
        entry.born = flight.born
        entry.expires = flight.expires
        entry.purges_seen = flight.purges_seen
        return entry

    def _stream(self, flight: Flight, now: float) -> list[Command]:
        """Send what has come and go on piece by piece."""
        del self._gathering[flight.number]
        flight.streaming = True
        waiters = tuple(flight.waiters)
        hows = [b"fwd=miss", *[b"fwd=miss; collapsed"] * len(waiters)]
        begins = [self._begin(flight, w, how, now) for w, how in zip(waiters, hows, strict=False)]
        chunks = tuple(flight.chunks)
        if not flight.storable:
            self._let_pass(flight)
        return [*begins, self._piece(flight, waiters, chunks)]

    def _begin(self, flight: Flight, waiter: Waiter, how: bytes, now: float) -> Begin:
        answered = flight.answered
        assert answered is not None, "only an answered flight streams"
        fields = (*flight.fields, _status(how), (b"age", b"%d" % int(now - flight.born)))
        return Begin(waiter, answered.status, fields, answered.length)

    def _piece(self, flight: Flight, waiters: Iterable[Waiter], pieces: Sequence[bytes]) -> Piece:
        to = tuple(waiters)
        self.counters.bytes_sent += sum(map(len, pieces)) * len(to)
        return Piece(to, pieces, 0 if flight.keeping else flight.number)

    def _let_pass(self, flight: Flight) -> None:
        """Too large or too private to hold: no one joins from here on."""
        flight.release()
        self._unlist(flight)

    # What is known of fetches and renditions.

    def _stands(self, flight: Flight) -> bool:
        """Whether no purge that covers its reply came since it started."""
        key, since = flight.target.key, flight.purges_seen
        if flight.answered is None:
            return not self.purges.may_cover(key, since)
        return self.purges.judge(key, since, lambda: tags_of(flight.fields)) is Verdict.KEEP

    def _unlist(self, flight: Flight) -> None:
        if self._by_key.get(flight.target.key) is flight:
            del self._by_key[flight.target.key]

    def _forget(self, flight: Flight) -> None:
        del self._flights[flight.number]
        self._unlist(flight)
        self._gathering.pop(flight.number, None)
        self._ahead -= flight.ahead
        self._held -= flight.target.held
        for waiter in flight.waiters:
            del self._waiting[waiter]

    def _fan_out(self, flight: Flight) -> FanOut:
        waiters = tuple(flight.waiters)
        self._fanned[flight.target.key] = flight.number
        self._forget(flight)
        fields = (*flight.fields, _status(b"fwd=miss; collapsed"))
        return FanOut(flight.number, flight.target.key, fields, waiters)

    def _outdate(self, entry: Entry, target: Target) -> None:
        """Who joins is told the live edge that others have heard of, not one up to a second old."""
        if entry.status == 200:
            for key in target.outdates:
                self.store.outdate(key, entry.born)

    def _watch(self, rendition: str, now: float) -> None:
        if len(self._watched) >= _RENDITIONS_MAX and rendition not in self._watched:
            self._watched.clear()
        self._watched[rendition] = now

    def _fetch_ahead(self, flight: Flight, now: float) -> list[Command]:
        """Ask for the part that a playlist promises, when its rendition has viewers."""
        target = flight.target
        path = target.key.partition(b"?")[0].decode()
        if not (target.live and path.endswith(".m3u8") and flight.whole):
            return []
        rendition = path[: path.rindex("/") + 1]
        if now - self._watched.get(rendition, -math.inf) > self._settings.watched_s:
            return []
        name = hinted_part(b"".join(flight.chunks)[-TAIL_BYTES:])
        full = self._ahead >= self._settings.ahead_max or self._held >= self._settings.held_max
        if name is None or full:
            return []
        part = name_target(rendition + name, "")
        if part.key in self._by_key or self.store.get(part.key, now) is not None:
            return []
        fetch = self._fetch_shared(part, {}, now)
        self._flights[fetch.number].ahead = True
        self._ahead += 1
        self.counters.fetches_ahead += 1
        return [fetch]


def _judged(answered: Answered, target: Target) -> Freshness:
    """Only what is the same for all and fresh; the name of live media that is missing comes true soon."""
    rules = CacheSettings(missing_s=0.0) if target.held else CacheSettings()
    judged = assess(Received("GET", (), answered.status, answered.headers, 0.0, 0.0), rules)
    varied = vary.names(answered.headers)
    plain = varied is not None and {b"accept-encoding", b"origin"}.issuperset(varied)
    return judged if plain and not judged.private else replace(judged, storable=False)


def _status(how: bytes) -> tuple[bytes, bytes]:
    return (b"cache-status", b"manycast; " + how)
