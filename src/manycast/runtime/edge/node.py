"""Performs what the engine decides: exchanges of viewers on one side, fetches on the other."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from manycast.edge.audience import watched
from manycast.edge.commands import (
    Abort,
    Answered,
    Ask,
    Attach,
    Begin,
    Cancel,
    Command,
    Compress,
    End,
    FanOut as Spread,
    Fetch,
    Inform,
    LookUp,
    Piece,
    Pull,
    Recall,
    Reply,
    Say,
    SendFile,
    Waiter,
)
from manycast.edge.engine import Engine, Trouble
from manycast.edge.fanout import FanOut
from manycast.edge.layers import Loaded
from manycast.edge.observed import Layer, of_fields, of_head
from manycast.edge.purge import Journal
from manycast.model.failures import Failure
from manycast.runtime import clock
from manycast.runtime.edge.below import Below
from manycast.runtime.edge.metrics import Latencies, Replies
from manycast.runtime.edge.packer import Packer, codings
from manycast.runtime.edge.pages import PageFile
from manycast.runtime.edge.peers import Peers
from manycast.runtime.http.client import Client, Fetch as Fetching, Routing
from manycast.runtime.http.exchange import Exchange, Stream
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.settings.cache import CacheSettings
from manycast.settings.compression import CompressionSettings
from manycast.settings.edge import EdgeSettings
from manycast.std.http1 import IDEMPOTENT, Headers, field, http_date


if TYPE_CHECKING:
    from manycast.runtime.edge.watch import Watch


_LOG = logging.getLogger(__name__)
_TROUBLE = {
    Failure.UNREACHABLE: Trouble.UNREACHABLE,
    Failure.BUSY: Trouble.BUSY,
    Failure.BROKEN: Trouble.BROKEN,
    Failure.TIMEOUT: Trouble.TIMEOUT,
}


class Node:
    """The application and shortcut of a server."""

    def __init__(
        self,
        client: Client,
        settings: EdgeSettings,
        name: bytes,
        purges: Journal | None = None,
        *,
        rules: CacheSettings | None = None,
        peers: Peers | None = None,
    ) -> None:
        owner = _nobody if peers is None else peers.owner
        self.engine = Engine(settings, name, purges, rules=rules, owner=owner)
        self.engine.store.keeps = PageFile().keep
        self._packer = Packer(self.engine.packed)
        self.for_peers = ForPeers(self)
        self.below = Below()
        self.latencies = Latencies()
        self.replies = Replies()
        self.watch: Watch | None = None
        self.seen = 0
        """Requests that were not answered by the shortcut."""
        self.fanouts: dict[bytes, FanOut] = {}
        self._client = client
        self._peers = peers
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._now = self._loop.time
        self._fetches: dict[int, Fetching] = {}
        self._streams: dict[Waiter, Stream] = {}
        self._slow: dict[int, set[Waiter]] = {}
        """Whose buffers are full, of the fetches that wait for them."""
        self._begun: dict[Waiter, float | None] = {}
        """When each request came; None for a peer's, which is timed there."""
        self._fanned: dict[int, bytes] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: float | None = None
        self._parent_well = True

    def compress(self, settings: CompressionSettings) -> None:
        """Keep smaller copies of text; raises ValueError for a coding that does not exist."""
        self.engine.compress(settings, codings(settings.codings))

    def stand_on(self, below: Below) -> None:
        """Put layers below memory, before the first request."""
        self.below = below
        below.purged = self.engine.purges.sequence
        self.engine.stand_on(below.lower)

    @property
    def sent_bytes(self) -> int:
        """Of bodies, to viewers."""
        streamed = sum(stream.bytes_sent for stream in self.fanouts.values())
        return self.engine.counters.bytes_sent + streamed - self.for_peers.bytes_fetched

    def watching(self) -> dict[str, int]:
        """People by stream, of playlists and of single frames."""
        found = Counter(self.engine.audience.watching(self._now()))
        for key, fanout in self.fanouts.items():
            found[watched(key)] += fanout.viewers
        return {stream: count for stream, count in found.items() if stream and count}

    # What the server calls.

    def accepts(self, headers: Headers) -> bytes | None:
        return self.engine.accepts(headers)

    def answer(self, target: bytes, profile: bytes) -> Sequence[bytes] | None:
        return self.engine.hit(target, profile, self._now())

    def application(self, exchange: Exchange) -> None:
        self.seen += 1
        self._take(exchange, self._now())

    def refused(self, exchange: Exchange, status: int) -> None:
        """By a rule, before it came here."""
        self.replies.add(Layer.OWN, status, 0.0)
        if self.watch is not None:
            self.watch.begun(exchange)
            self.watch.replied(exchange, status, Layer.OWN, None, 0.0)

    def application_for_peer(self, exchange: Exchange) -> None:
        self.for_peers.requests += 1
        self._take(exchange, None)

    def _take(self, exchange: Exchange, begun: float | None) -> None:
        request = exchange.request
        now = self._now()
        ask = Ask(
            request.method,
            request.target,
            request.path,
            request.query,
            request.headers,
            request.body,
        )
        self._begun[exchange] = begun
        if begun is not None and self.watch is not None:
            self.watch.begun(exchange)
        commands = self.engine.request(exchange, ask, now)
        self._perform(commands)
        if exchange in self._begun or exchange in self._streams:
            exchange.on_closed(partial(self._left, exchange))

    def purged(self) -> None:
        """The layers below are told at once, not with the next request."""
        self.below.perform(self.engine.lower.take_orders(), self.engine.purges.sequence)

    def drain(self) -> None:
        """End what would never end by itself."""
        for key, fanout in list(self.fanouts.items()):
            self._end_fanout(key, fanout.ended())
        self._packer.close()

    # What becomes of fetches.

    def interim(self, number: int, status: int, headers: Headers) -> None:
        if number not in self._fanned:
            self._perform(self.engine.interim(number, status, headers))

    def answered(self, number: int, head: ResponseHead, asked_wall_s: float) -> None:
        headers = head.headers
        wall_s = clock.wall_ms() / 1000
        if field(headers, b"date") is None:
            headers = (*headers, (b"date", http_date(int(wall_s))))
        answered = Answered(head.status, headers, head.length, head.framed, asked_wall_s, wall_s)
        self._perform(self.engine.answered(number, answered, self._now()))

    def data(self, number: int, piece: bytes) -> None:
        key = self._fanned.get(number)
        if key is None:
            spooled = self.below.spools(number)
            self._perform(self.engine.data(number, piece, self._now()))
            if spooled:
                self.below.data(number, (piece,))
            return
        fanout = self.fanouts[key]
        self.engine.counters.bytes_fetched += len(piece)
        self._perform(fanout.data(piece, self._now(), self._backlog))

    def ended(self, number: int) -> None:
        del self._fetches[number]
        self._slow.pop(number, None)
        key = self._fanned.get(number)
        if key is None:
            self._perform(self.engine.ended(number, self._now()))
            self.below.ended(number)
        else:
            self._end_fanout(key, self.fanouts[key].ended())

    def failed(self, number: int, error: FetchError) -> None:
        del self._fetches[number]
        self._slow.pop(number, None)
        self.below.give_up(number)
        key = self._fanned.get(number)
        if key is None:
            self._perform(self.engine.failed(number, _TROUBLE[error.failure], self._now()))
        else:
            self._end_fanout(key, self.fanouts[key].failed())

    def note_parent(self, *, well: bool, why: str) -> None:
        if well != self._parent_well:
            self._parent_well = well
            if well:
                _LOG.warning("a parent answers again")
            else:
                _LOG.warning("a fetch failed: %s", why)

    # What the engine orders.

    def _perform(self, commands: Iterable[Command]) -> None:
        for command in commands:
            match command:
                case Fetch():
                    self._fetch(command)
                case Cancel():
                    self._cancel(command)
                case Spread():
                    self._spread(command)
                case Compress():
                    self._packer.start(command)
                case Attach():
                    self._attach(command.key, command.waiter)
                case Recall() | LookUp():
                    self.below.search(command, self._recalled)
                case SendFile():
                    self._send_file(command)
                case _:
                    self._send(command)
        self.below.perform(self.engine.lower.take_orders(), self.engine.purges.sequence)
        self._schedule()

    def _send(self, command: Reply | Say | Inform | Begin | Piece | Pull | End | Abort) -> None:
        match command:
            case Reply():
                self._reply(command)
            case Say():
                self._say(command)
            case Inform():
                self._inform(command)
            case Begin():
                self._begin(command)
            case Piece():
                self._piece(command)
            case Pull(waiter=waiter):
                self._pull(waiter)
            case End() | Abort():
                self._finish(command)

    def _fetch(self, fetch: Fetch) -> None:
        request = (fetch.method, fetch.target, fetch.fields)
        routing = Routing(host=fetch.host, held=fetch.held)
        if fetch.peer is None or self._peers is None:
            client, wait_s, report = self._client, fetch.wait_s, _Report(self, fetch.number)
        else:
            client = self._peers.client(fetch.peer)
            wait_s = fetch.wait_s + self._peers.settings.peer_slack_s
            report = _PeersReport(self, fetch)
        self._fetches[fetch.number] = client.fetch(request, report, wait_s, fetch.body, routing)

    def fetch_without_peer(self, fetch: Fetch) -> None:
        """Ask a parent for what the owner of the key did not deliver."""
        self._fetch(replace(fetch, peer=None))

    def _cancel(self, cancel: Cancel) -> None:
        self.below.give_up(cancel.number)
        self._slow.pop(cancel.number, None)
        fetching = self._fetches.pop(cancel.number, None)
        if fetching is not None:
            fetching.cancel()
        key = self._fanned.get(cancel.number)
        if key is not None:
            self._end_fanout(key, self.fanouts[key].ended())

    def _reply(self, reply: Reply) -> None:
        status, layer = of_head(reply.start)
        size = sum(map(len, reply.body))
        for waiter in reply.waiters:
            assert isinstance(waiter, Exchange)
            self._settle(waiter, status, layer, size)
            waiter.send_prepared(reply.start, reply.body)

    def _say(self, say: Say) -> None:
        for waiter in say.waiters:
            assert isinstance(waiter, Exchange)
            self._settle(waiter, say.status, Layer.OWN, len(say.text))
            waiter.send(say.status, say.fields, say.text.encode())

    def _inform(self, inform: Inform) -> None:
        for waiter in inform.waiters:
            assert isinstance(waiter, Exchange)
            waiter.inform(inform.status, inform.fields)

    def _finish(self, over: End | Abort) -> None:
        for waiter in over.waiters:
            stream = self._streams.pop(waiter)
            if isinstance(over, End):
                stream.end()
            else:
                stream.abort()

    def _begin(self, begin: Begin) -> None:
        exchange = begin.waiter
        assert isinstance(exchange, Exchange)
        self._settle(exchange, begin.status, of_fields(begin.fields), begin.length)
        self._streams[exchange] = exchange.stream(begin.status, begin.fields, begin.length)

    def _piece(self, piece: Piece) -> None:
        for waiter in piece.waiters:
            stream = self._streams[waiter]
            stream.write(piece.pieces)
            if piece.number and stream.full:
                self._fetches[piece.number].pause()
                self._slow.setdefault(piece.number, set()).add(waiter)
                stream.on_drained(partial(self._caught_up, piece.number, waiter))

    def _caught_up(self, number: int, waiter: Waiter) -> None:
        """Has room again, or is gone; what passes through goes as fast as the slowest takes it."""
        slow = self._slow.get(number, set())
        slow.discard(waiter)
        if number in self._slow and not slow:
            del self._slow[number]
            self._fetches[number].resume()

    def _pull(self, waiter: Waiter) -> None:
        stream = self._streams[waiter]
        if stream.full:
            stream.on_drained(partial(self._more, waiter))
        else:
            self._loop.call_soon(self._more, waiter)

    def _more(self, waiter: Waiter) -> None:
        stream = self._streams.get(waiter)
        if stream is not None:
            stream.on_drained(None)
            self._perform(self.engine.more(waiter, self._now()))

    def _spread(self, spread: Spread) -> None:
        self.fanouts[spread.key] = FanOut(spread.number, spread.fields, self._settings, self._now())
        self._fanned[spread.number] = spread.key
        for waiter in spread.waiters:
            self._attach(spread.key, waiter)

    def _attach(self, key: bytes, waiter: Waiter) -> None:
        assert isinstance(waiter, Exchange)
        fanout = self.fanouts[key]
        self._begin(Begin(waiter, 200, fanout.fields, None))
        if waiter.request.method == "HEAD":
            self._streams.pop(waiter).end()
        else:
            self._perform(fanout.join(waiter))

    def _end_fanout(self, key: bytes, commands: list[Command]) -> None:
        fanout = self.fanouts.pop(key)
        del self._fanned[fanout.number]
        self.engine.stream_over(key)
        self.engine.counters.bytes_sent += fanout.bytes_sent
        fetching = self._fetches.pop(fanout.number, None)
        if fetching is not None:
            fetching.cancel()
        self._perform(commands)

    # The layers below memory.

    def _recalled(self, key: bytes, loaded: Loaded | None) -> None:
        self._perform(self.engine.recalled(key, loaded, self._now()))

    def _send_file(self, send: SendFile) -> None:
        self.below.send(send, self._sends_file, self._unsent)

    def _sends_file(self, send: SendFile) -> None:
        assert isinstance(send.waiter, Exchange)
        self._settle(send.waiter, *of_head(send.start), send.size)

    def _unsent(self, send: SendFile) -> None:
        now = self._now()
        self._perform(self.engine.unsent(send.waiter, send.ask, send.place.key, now))

    # Viewers and time.

    def _settle(self, waiter: Exchange, status: int, layer: Layer, size: int | None) -> None:
        """Its reply begins."""
        begun = self._begun.pop(waiter)
        if begun is None:
            return
        seconds = self._now() - begun
        self.latencies.add(seconds)
        self.replies.add(layer, status, seconds)
        if self.watch is not None:
            self.watch.replied(waiter, status, layer, size, seconds)

    def _left(self, exchange: Exchange) -> None:
        if self._begun.pop(exchange, None) is not None and self.watch is not None:
            self.watch.left(exchange)
        self._streams.pop(exchange, None)
        for fanout in self.fanouts.values():
            fanout.left(exchange, self._now())
        self._perform(self.engine.left(exchange))
        for number in [number for number, slow in self._slow.items() if exchange in slow]:
            self._caught_up(number, exchange)

    def _backlog(self, waiter: Waiter) -> int:
        return self._streams[waiter].buffered

    def _schedule(self) -> None:
        at = self.engine.next_deadline()
        for fanout in self.fanouts.values():
            deadline = fanout.next_deadline()
            if deadline is not None and (at is None or deadline < at):
                at = deadline
        if at == self._timer_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = None if at is None else self._loop.call_at(at, self._tick)

    def _tick(self) -> None:
        self._timer = self._timer_at = None
        now = self._now()
        commands = self.engine.tick(now)
        for fanout in self.fanouts.values():
            commands += fanout.tick(now)
        self._perform(commands)


def _nobody(key: bytes) -> int | None:
    """Without peers each key is this process's own."""


class ForPeers:
    """The shortcut for requests of other workers, counted apart: each is a viewer's there already."""

    def __init__(self, node: Node) -> None:
        self.requests = 0
        self.fetches = 0
        """Sent to peers."""
        self.bytes_fetched = 0
        """Taken from peers, which count them as sent."""
        self._node = node

    def accepts(self, headers: Headers) -> bytes | None:
        return self._node.accepts(headers)

    def answer(self, target: bytes, profile: bytes) -> Sequence[bytes] | None:
        pieces = self._node.answer(target, profile)
        if pieces is not None:
            self.requests += 1
        return pieces


class _Report:
    """Receives one fetch for the node."""

    __slots__ = ("_asked_wall_s", "_node", "_number")

    def __init__(self, node: Node, number: int) -> None:
        self._node = node
        self._number = number
        self._asked_wall_s = clock.wall_ms() / 1000

    def interim(self, status: int, headers: Headers) -> None:
        self._node.interim(self._number, status, headers)

    def head(self, head: ResponseHead) -> None:
        self._node.note_parent(well=True, why="")
        self._answered(head)

    def _answered(self, head: ResponseHead) -> None:
        self._node.answered(self._number, head, self._asked_wall_s)

    def data(self, piece: bytes) -> None:
        self._node.data(self._number, piece)

    def end(self) -> None:
        self._node.ended(self._number)

    def failed(self, error: FetchError) -> None:
        self._node.note_parent(well=False, why=str(error))
        self._node.failed(self._number, error)


class _PeersReport(_Report):
    """Receives what another worker answers; a parent is asked for what that one did not deliver."""

    __slots__ = ("_fetch",)

    def __init__(self, node: Node, fetch: Fetch) -> None:
        super().__init__(node, fetch.number)
        node.for_peers.fetches += 1
        self._fetch = fetch

    def head(self, head: ResponseHead) -> None:
        self._answered(head)  # which says nothing of parents

    def data(self, piece: bytes) -> None:
        self._node.for_peers.bytes_fetched += len(piece)
        super().data(piece)

    def failed(self, error: FetchError) -> None:
        once = error.failure is Failure.TIMEOUT or self._fetch.method not in IDEMPOTENT
        if once or not self._node.engine.begin_again(self._fetch.number):
            self._node.failed(self._number, error)
        else:
            self._node.fetch_without_peer(self._fetch)
