"""Hit, join a fetch in flight, or start one: every request settled once, no object fetched twice."""

from collections.abc import Iterable, Sequence
from functools import partial

from manycast.cache import invalidation, ranges, reuse, validators, vary
from manycast.cache.merge import News
from manycast.edge import revalidation, spooling
from manycast.edge.ahead import Ahead
from manycast.edge.books import Books, Owner
from manycast.edge.commands import (
    Abort,
    Answered,
    Ask,
    Attach,
    Cancel,
    Command,
    FanOut,
    Inform,
    LookUp,
    Say,
    Waiter,
)
from manycast.edge.departures import Departures
from manycast.edge.entry import Entry
from manycast.edge.fields import end_to_end, reply_fields
from manycast.edge.flight import Flight
from manycast.edge.layers import Loaded
from manycast.edge.lower import Lower
from manycast.edge.packing import Packing
from manycast.edge.purge import Journal, Purge
from manycast.edge.sending import Sending
from manycast.edge.slices import Slices, slices_key
from manycast.edge.status import Why, cache_status, forwarded
from manycast.edge.store import Store
from manycast.edge.target import Target, target as name_target
from manycast.edge.trouble import Trouble, not_fetched, refusal, say
from manycast.edge.verdict import flight_open_to, judged, open_to
from manycast.settings.cache import CacheSettings
from manycast.settings.compression import CompressionSettings
from manycast.settings.edge import EdgeSettings
from manycast.std.http1 import Headers, field


__all__ = ["Engine", "Trouble"]

_UNKNOWN_TO_PROFILES = validators.CONDITIONS | {b"authorization", b"range"}
"""With these the target and the accepted codings do not decide the answer."""
_OBEYED = frozenset({b"cache-control", b"pragma"})
_NAMED = frozenset({b"authorization", b"cookie"})


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
        self._books = Books(settings, rules, node, self.store, self.purges, owner)
        self.counters = self._books.counters
        self.copies = self._books.copies
        self._settings = settings
        self._rules = rules
        self._flights = self._books.flights
        self._departures = Departures(self._books)
        self._sending = Sending(self._books)
        self.packing = Packing(self._books, CompressionSettings(), ())
        self._ahead = Ahead(self._books, self._departures)
        self._slices = Slices(
            self._books, self._departures, self._sending, self._read_whole, self._partly
        )
        self._fanned: dict[bytes, int] = {}
        self._unknown = _UNKNOWN_TO_PROFILES | (_OBEYED if rules.obey_requests else frozenset())

    # The fast path.

    def accepts(self, headers: Headers) -> bytes | None:
        """What decides the answer to a GET with these fields, beside its target; None: more than that."""
        known = self._unknown.isdisjoint([name for name, _ in headers])
        return vary.encodings(headers) if known else None

    def hit(self, raw: bytes, profile: bytes, now: float) -> tuple[bytes, ...] | None:
        """The whole reply to a GET of a target that was answered from memory before."""
        entry = self._by_target(raw, profile, now)
        if entry is None:
            return None
        counters = self.counters
        counters.requests += 1
        counters.hits += 1
        counters.bytes_sent += entry.length
        if entry.rendition:
            self._ahead.watch(entry.rendition, now)
        return entry.ready(now)

    def purge(self, purge: Purge) -> int:
        """From the next request on nothing that it covers is served; its number in the journal."""
        self.counters.purges += 1
        return self.purges.add(purge)

    # Viewers.

    @property
    def waiting(self) -> int:
        fetched = len(self._flights.waiting.keys() | self._slices.assemblies.keys())
        return fetched + self.lower.waiting

    def request(self, waiter: Waiter, ask: Ask, now: float) -> list[Command]:
        self.counters.requests += 1
        target = name_target(ask.path, ask.query)
        refused = refusal(waiter, ask, target, self._books.node)
        if refused is not None:
            self.counters.refusals += 1
            return [refused]
        commands = self._settle(waiter, ask, target, now)
        self._books.count(waiter, commands)
        return commands

    def compress(self, settings: CompressionSettings, codings: Sequence[bytes]) -> None:
        """From now on; the driver can make these codings."""
        self.packing = Packing(self._books, settings, codings)

    def packed(self, key: bytes, coding: bytes, body: bytes | None, seconds: float) -> None:
        """A ``Compress`` is done; None when it could not be."""
        self.packing.packed(key, coding, body, seconds)

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
        return self._give_up(flight)

    # The layers below memory.

    def stand_on(self, lower: Lower) -> None:
        """Before the first request."""
        self.lower = self.store.lower = lower

    def recalled(self, key: bytes, loaded: Loaded | None, now: float) -> list[Command]:
        """What they have under a key; None when they have nothing."""
        found = self.lower.found(key, loaded, self.purges.sequence)
        if isinstance(found, LookUp):
            return [found]
        entry, waiters = found
        if entry is not None and not spooling.restored(entry, waiters.values(), self._books, now):
            entry = None
        commands: list[Command] = []
        for waiter, (ask, target) in waiters.items():
            step = self._miss if entry is None else partial(self._answer, entry)
            own = step(waiter, ask, target, now)
            self._books.count(waiter, own)
            commands += own
        if entry is not None and entry.place is None:
            entry.detail = b""  # from here on it is memory's
        return commands

    def unsent(self, waiter: Waiter, ask: Ask, key: bytes, now: float) -> list[Command]:
        """A body that should be on the disk is not there, or not as it was; nothing of it was sent."""
        self.store.remove(key)
        return self._settle(waiter, ask, name_target(ask.path, ask.query), now)

    # Parents.

    def interim(self, number: int, status: int, headers: Headers) -> list[Command]:
        """A reply before the reply; 100 answers an Expect that was this node's to send."""
        waiters = tuple(self._flights.by_number[number].waiters)
        if status in {100, 101} or not waiters:
            return []
        return [Inform(waiters, status, end_to_end(headers))]

    def answered(self, number: int, answered: Answered, now: float) -> list[Command]:
        """The head of a reply is here; give a Date to one that has none."""
        flight = self._flights.by_number[number]
        if flight.conditional and answered.status == 304:
            return self._renewed(flight, answered, now)
        if revalidation.may_stand_in(flight, answered.status, self._books, now):
            return [Cancel(number), *self._stand_in(flight, answered.status, now)]
        flight.fields = reply_fields(answered.headers, flight.target)
        flight.answer(answered, judged(flight, answered, self._rules), now)
        if flight.target.live and field(answered.headers, b"manycast-stream") == b"cmaf":
            return [self._fan_out(flight)]
        if flight.slice is not None:
            return self._slice_answered(flight, answered, now)
        return self._landed(flight, answered, now)

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
            return self._give_up(flight)
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
        spooling.end(flight, self._books, stands=self._departures.stands(flight))
        stored = self._keep(entry, flight, now)
        commands = self._sending.complete(flight, entry, now, stored=stored)
        self._flights.forget(flight)
        ahead = self._ahead.fetch(flight, now)
        return commands if ahead is None else [*commands, ahead]

    def failed(self, number: int, trouble: Trouble, now: float) -> list[Command]:
        """The fetch is over without a complete reply."""
        flight = self._flights.by_number[number]
        self.counters.parent_errors += 1
        if not flight.streaming and revalidation.may_stand_in(flight, None, self._books, now):
            return self._stand_in(flight, None, now)
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
        self._fanned.pop(key, None)

    # Time.

    def next_deadline(self) -> float | None:
        """When to call ``tick``; the waits are all equally long, so the first began first."""
        return next(iter(self._flights.gathering.values()), None)

    def tick(self, now: float) -> list[Command]:
        """Stream the replies that have been gathering for too long."""
        due = [number for number, at in self._flights.gathering.items() if at <= now]
        flights = [self._flights.by_number[number] for number in due]
        return [command for flight in flights for command in self._sending.stream(flight, now)]

    # How a request is settled.

    def _settle(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        if target.live:
            return self._read_live(waiter, ask, target, now)
        if ask.method not in {"GET", "HEAD"}:
            return [self._departures.alone(waiter, ask, target, Why.METHOD, now)]
        if ask.body or validators.for_origin(ask.headers):
            return [self._departures.alone(waiter, ask, target, Why.REQUEST, now)]
        return self._read(waiter, ask, target, now)

    def _read_live(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        """Fresh or not at all: a stale playlist would send players back."""
        if target.rendition:
            self._ahead.watch(target.rendition, now)
        entry = self.store.get(target.key, now)
        if entry is not None and now < entry.expires:
            return self._hit_live(waiter, ask, entry, now)
        if target.key in self._fanned:
            return [Attach(target.key, waiter)]
        flight = self._departures.joinable(target.key, now)
        if flight is not None:
            return self._join(flight, waiter, ask, now)
        if target.held and self._flights.held >= self._settings.held_max:
            return [self._busy(waiter, target)]
        return [self._departures.live(target, {waiter: ask}, now)]

    def _read(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        key = self.store.key(target.key, ask.headers)
        entry = self.store.get(key, now)
        self.lower.asked(key, now)
        if entry is not None:
            return self._answer(entry, waiter, ask, target, now)
        flying = self._departures.joinable(key, now) is not None
        elsewhere = self._books.owner(target.key) is not None
        apart = flying or elsewhere or self._books.is_apart(target.key, now)
        search = self.lower.search(waiter, (ask, target), key, apart=apart)
        return self._miss(waiter, ask, target, now) if search is None else [*search]

    def _answer(
        self, entry: Entry, waiter: Waiter, ask: Ask, target: Target, now: float
    ) -> list[Command]:
        if not open_to(ask, entry, self._rules):
            return self._miss(waiter, ask, target, now)
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
        self._alias(found, ask)
        return [*self._sending.reply({waiter: ask}, found, found.hit(now), now), *orders]

    def _hit_live(self, waiter: Waiter, ask: Ask, entry: Entry, now: float) -> list[Command]:
        """As it is: the next edition comes before a smaller copy of this one would pay."""
        entry.packable = False
        self._alias(entry, ask)
        return self._sending.reply({waiter: ask}, entry, entry.hit(now), now)

    def _alias(self, entry: Entry, ask: Ask) -> None:
        direct = ask.method == "GET" and entry.place is None
        profile = self.accepts(ask.headers) if direct else None
        if profile is not None and not self.packing.undecided(entry, ask):
            self.store.alias(entry, ask.target, profile)

    def _renew_behind(self, ask: Ask, target: Target, entry: Entry, now: float) -> list[Command]:
        if self._departures.joinable(entry.key, now) is not None:
            return []
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

    def _miss(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        refused = not_fetched(waiter, ask, target, self._rules)
        if refused is not None:
            return [refused]
        if ask.method == "HEAD":
            return [self._departures.alone(waiter, ask, target, self._why(target), now)]
        if self._books.is_apart(target.key, now):
            return [self._departures.alone(waiter, ask, target, Why.BYPASS, now)]
        if ranges.wanted(ask.headers, self._rules) is not None:
            return self._part(waiter, ask, target, now)
        return self._read_whole(waiter, ask, target, now)

    def _part(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        """Slices are kept where they belong, and not of what comes in several variants."""
        elsewhere = self._books.owner(target.key) is not None
        unsliced = self._books.is_apart(slices_key(target), now)
        if elsewhere or unsliced or self.store.varies(target.key):
            return self._partly(waiter, ask, target, now)
        return self._slices.request(waiter, ask, target, now)

    def _partly(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        return [self._departures.alone(waiter, ask, target, Why.PARTIAL, now)]

    def _read_whole(self, waiter: Waiter, ask: Ask, target: Target, now: float) -> list[Command]:
        """Also where slices of it are here: one request is faster than many, and streams to all."""
        key = self.store.key(target.key, ask.headers)
        flight = self._departures.joinable(key, now)
        if flight is not None:
            return self._join(flight, waiter, ask, now)
        return [self._departures.shared(waiter, ask, target, key, self._why(target), now)]

    def _why(self, target: Target) -> Why:
        return Why.VARY_MISS if self.store.varies(target.key) else Why.URI_MISS

    def _join(self, flight: Flight, waiter: Waiter, ask: Ask, now: float) -> list[Command]:
        if len(flight.waiters) >= self._settings.joiners_max:
            return [self._busy(waiter, flight.target)]
        if flight.answered is not None and not flight_open_to(flight, ask, self._rules):
            return [self._departures.alone(waiter, ask, flight.target, Why.BYPASS, now)]
        self._flights.board(flight, {waiter: ask})
        return self._sending.catch_up(flight, waiter, ask, now) if flight.streaming else []

    def _busy(self, waiter: Waiter, target: Target) -> Say:
        self.counters.errors += 1
        retry = ((b"retry-after", b"1"),)
        return say((waiter,), Trouble.BUSY.value, target, forwarded(Why.URI_MISS), retry)

    # What becomes of a reply's head.

    def _landed(self, flight: Flight, answered: Answered, now: float) -> list[Command]:
        commands: list[Command] = []
        if flight.personal:
            self._take_news(flight, answered, now)
        elif not flight.target.live:
            commands = self._sort(flight, answered, now)
        if flight.number in self._flights.by_number:
            self._flights.gathering[flight.number] = now + self._settings.whole_s
        return commands

    def _sort(self, flight: Flight, answered: Answered, now: float) -> list[Command]:
        """Let those go who may not have this reply, now that it is known for whom it is."""
        names = vary.names(answered.headers)
        primary = flight.target.key
        if not flight.shareable or names is None or not self.store.choose(primary, names):
            return self._for_one(flight, answered, now)
        assert flight.ask is not None, "only live replies are fetched in nobody's name"
        self._books.apart.pop(primary, None)
        key = self.store.key(primary, flight.ask.headers)
        if flight.alone:
            flight.key = key
        else:
            self._flights.enlist(flight, key)
        others = {
            waiter: ask
            for waiter, ask in flight.waiters.items()
            if waiter != flight.leader
            and (
                self.store.key(primary, ask.headers) != key
                or not flight_open_to(flight, ask, self._rules)
            )
        }
        return self._send_away(flight, others, now)

    def _send_away(self, flight: Flight, others: dict[Waiter, Ask], now: float) -> list[Command]:
        commands: list[Command] = []
        for waiter, ask in others.items():
            self._flights.leave(flight, waiter)
            commands += self._read(waiter, ask, flight.target, now)
        return commands

    def _for_one(self, flight: Flight, answered: Answered, now: float) -> list[Command]:
        """The reply is no one's business but the leader's; an error of no one in particular is all's."""
        if flight.entry is not None and answered.status < 500:
            self.store.drop_key(flight.entry.key)
        if answered.status >= 500 and _NAMED.isdisjoint(name for name, _ in flight.fields_upstream):
            return []
        flight.personal = True
        self._flights.unlist(flight)
        self._books.separate(flight.target.key, now)
        others = {w: ask for w, ask in flight.waiters.items() if w != flight.leader}
        commands = self._send_away(flight, others, now)
        return commands if flight.waiters else [*self._give_up(flight), *commands]

    def _slice_answered(self, flight: Flight, answered: Answered, now: float) -> list[Command]:
        if answered.status == 206 and self._slices.usable(flight):
            return []
        if answered.status in {206, 416}:
            return [Cancel(flight.number), *self._slices.dismiss(flight, now)]
        commands = self._slices.cut_off(flight)
        if not flight.waiters:
            return [*commands, *self._give_up(flight)]
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
        here = flight.target.key.decode()
        for changed in invalidation.outdated(
            ask.method, here, host, answered.status, answered.headers
        ):
            path, _, query = changed.partition("?")
            self._outdate(name_target(path, query).key, flight)

    def _head_answered(self, flight: Flight, answered: Answered, now: float) -> None:
        if flight.entry is None:
            return
        news = revalidation.news(flight, answered)
        if news is News.OUTDATES:
            self.store.drop_key(flight.entry.key)
        elif news is News.RENEWS:
            entry = revalidation.renewed(flight, answered, self._books, now)
            revalidation.keep(entry, flight, self._books, stands=self._departures.stands(flight))

    def _outdate(self, primary: bytes, by: Flight) -> None:
        self.store.drop(primary)
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
        stored = revalidation.keep(entry, flight, self._books, stands=stands)
        flight.over = True
        self._flights.unlist(flight)
        if flight.slice is not None:
            return self._slices.renewed(flight, entry, now)
        waiters = dict(flight.waiters)
        for waiter, ask in waiters.items():
            self._flights.leave(flight, waiter)
            if stored:
                self._alias(entry, ask)
        return self._sending.reply(waiters, entry, forwarded(Why.STALE, status=304), now)

    def _ask_again(self, flight: Flight, old: Entry, now: float) -> list[Command]:
        """The parent speaks of another representation: its bytes are needed."""
        self.store.drop_key(old.key)
        waiters = dict(flight.waiters)
        commands: list[Command] = [Cancel(flight.number)]
        self._flights.forget(flight)
        for waiter, ask in waiters.items():
            self._slices.left(waiter)
            commands += self._read(waiter, ask, flight.target, now)
        return commands

    def _stand_in(self, flight: Flight, status: int | None, now: float) -> list[Command]:
        """A stale reply is better than an error."""
        entry = flight.entry
        assert entry is not None, "something stale stands in"
        waiters = dict(flight.waiters)
        self.counters.stand_ins += len(waiters)
        self._flights.forget(flight)
        return self._sending.reply(waiters, entry, forwarded(Why.STALE, status=status), now)

    # What becomes of a body.

    def _keep(self, entry: Entry, flight: Flight, now: float) -> bool:
        fresh = now < flight.expires or not flight.target.live
        if not (flight.kept and flight.whole and fresh and self._departures.stands(flight)):
            return False
        if flight.ask is not None:
            entry.key = self.store.key(flight.target.key, flight.ask.headers)
        if flight.target.live:
            entry.packable = False
        if not flight.copied:
            self.packing.prepare(entry)
            self.lower.fetched(entry)
        elif not self._books.copies.admit(entry, now):
            return False
        self.store.put(entry)
        for ask in flight.waiters.values():
            self._alias(entry, ask)
        if entry.status == 200:
            for key in flight.target.outdates:
                self.store.outdate(key, entry.born)
        return True

    def _fan_out(self, flight: Flight) -> FanOut:
        waiters = tuple(flight.waiters)
        self._fanned[flight.target.key] = flight.number
        self._flights.forget(flight)
        fields = (*flight.fields, cache_status(forwarded(flight.why, collapsed=True)))
        return FanOut(flight.number, flight.target.key, fields, waiters)

    def _give_up(self, flight: Flight) -> list[Command]:
        self._flights.forget(flight)
        return [Cancel(flight.number)]
