"""One edge process: its own endpoints, its life and its end."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

from manycast.edge.guard.gate import Gate
from manycast.edge.purge import Journal
from manycast.model.fleet import NodeRole
from manycast.runtime import clock
from manycast.runtime.edge.access_log import AccessLog
from manycast.runtime.edge.admin import Admin
from manycast.runtime.edge.below import Below, layers_below
from manycast.runtime.edge.debug import snapshot
from manycast.runtime.edge.entrance import Entrance
from manycast.runtime.edge.following import Following
from manycast.runtime.edge.journal import JournalFile
from manycast.runtime.edge.metrics import merged, plain
from manycast.runtime.edge.node import Node
from manycast.runtime.edge.parent_metrics import parent_lines
from manycast.runtime.edge.peers import Peers, Told, read_purges, spread
from manycast.runtime.edge.place import INNER, Place
from manycast.runtime.edge.purging import Purging
from manycast.runtime.edge.report import EdgeReport
from manycast.runtime.edge.watch import Watch
from manycast.runtime.edge.worker import run_worker
from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.runtime.http.server import Server
from manycast.runtime.http.tls import Certificate
from manycast.runtime.identity import identity
from manycast.runtime.link import Link
from manycast.runtime.reporting import Reporting
from manycast.settings.cache import CacheSettings
from manycast.settings.compression import CompressionSettings
from manycast.settings.control import ControlSettings
from manycast.settings.disk import DiskSettings
from manycast.settings.edge import EdgeSettings
from manycast.settings.guard import GuardSettings
from manycast.settings.http import HttpServerSettings
from manycast.settings.log import LogSettings
from manycast.settings.parents import ParentsSettings
from manycast.settings.shared import SharedSettings
from manycast.settings.tls import TlsSettings
from manycast.settings.workers import WorkersSettings
from manycast.std.http1 import OWN_TEXT


_METRICS = (
    (b"content-type", b"text/plain; version=0.0.4; charset=utf-8"),
    (b"cache-control", b"no-store"),
)
_READY_S = 2.0
"""Seconds for a parent to give any answer at all."""


@dataclass(frozen=True, slots=True)
class EdgeOptions:
    parents: Sequence[Parent]
    host: str
    port: int
    edge: EdgeSettings = field(default_factory=EdgeSettings)
    rules: CacheSettings = field(default_factory=CacheSettings)
    server: HttpServerSettings = field(default_factory=HttpServerSettings)
    guard: GuardSettings = field(default_factory=GuardSettings)
    token: bytes = b""
    """Of the administrator; empty: nobody."""
    keys: Sequence[bytes] = ()
    """Which sign the tokens of viewers."""
    tls: TlsSettings = field(default_factory=TlsSettings)
    log: LogSettings = field(default_factory=LogSettings)
    compression: CompressionSettings = field(default_factory=CompressionSettings)
    journal: Path | None = None
    """File of the purges, so that they outlive the process."""
    client: ParentsSettings = field(default_factory=ParentsSettings)
    fallback: Sequence[Parent] = ()
    """Asked when none of ``parents`` can be reached."""
    disk: DiskSettings = field(default_factory=DiskSettings)
    shared: SharedSettings = field(default_factory=SharedSettings)
    workers: WorkersSettings = field(default_factory=WorkersSettings)
    control: ControlSettings = field(default_factory=ControlSettings)
    fleet_token: str = field(default="", repr=False)
    """What this node proves itself with to the control role."""
    place: Place | None = None
    """Among the workers that share one port; None for a node that is one process."""


async def run_edge(
    options: EdgeOptions, stop: asyncio.Event, listening: Callable[[int], None]
) -> None:
    """Serve until ``stop``, then drain; ``listening`` is told the port. Raises OSError."""
    async with AsyncExitStack() as stack:
        client = Client(options.parents, options.client, options.fallback)
        await stack.enter_async_context(client)
        below = await stack.enter_async_context(
            layers_below(options.disk, options.shared, options.place)
        )
        if options.place is not None:
            peers = Peers(options.place, options.workers, options.client)
            await stack.enter_async_context(peers)
            own = await stack.enter_async_context(_Own(client, options, below, peers).logging())
            await run_worker(own, peers, options.server, stop)
            return
        own = await stack.enter_async_context(_Own(client, options, below).logging())
        await own.server.listen(options.host, options.port)
        listening(own.server.port)
        async with own.at_work():
            await stop.wait()
        own.drain()
        await own.server.close()


class _Own:
    """Answers for the process itself, and leaves the rest to the node."""

    def __init__(
        self, client: Client, options: EdgeOptions, below: Below, peers: Peers | None = None
    ) -> None:
        file, journal = _journal(options)
        name = f"manycast-{secrets.token_hex(8)}" if peers is None else peers.place.name
        node = Node(client, options.edge, name.encode(), journal, rules=options.rules, peers=peers)
        if options.compression.enabled:
            node.compress(options.compression)
        node.stand_on(below)
        self.node = node
        self.purging = Purging(self.node.engine, options.guard, file)
        self.purging.applied = node.purged
        if peers is not None:
            self.purging.spread = partial(spread, peers)
        self._peers = peers
        self._admin = Admin(
            self.purging, options.guard, options.token, hosted=bool(options.edge.hosts)
        )
        self._admin.inside = self._snapshot
        self._keeps = peers is None or peers.place.number == 0
        self._admin.keeper = None if peers is None or self._keeps else peers.client(0)
        self.log = AccessLog(options.log) if options.log.file else None
        looks = self.log is not None or bool(options.token)
        node.watch = Watch(options.log, self.log) if looks else None
        shortcut = node if node.watch is None else node.watch.before(node)
        gate = Gate(options.guard, options.keys)
        self.entrance = (
            None if gate.off else Entrance(gate, node.application, shortcut, node.refused)
        )
        self._inside = (self.entrance or node).application
        self.server = Server(self.application, options.server, self.entrance or shortcut)
        self.server.gate = self.entrance
        if options.tls.certificate:
            self.server.certificate = Certificate(options.tls)
        self._gate = gate
        self._readiness = _Readiness()
        self._client = client
        self._options = options

    def following(self) -> list[Following]:
        """One for each parent that may have purges to tell."""
        options = self._options
        return [
            Following(parent, self.purging, options.token, options.guard, options.client)
            for parent in (options.parents if options.token and self._keeps else ())
        ]

    @asynccontextmanager
    async def logging(self) -> AsyncIterator[Self]:
        """Writes the last lines at the end."""
        yield self
        if self.log is not None:
            await self.log.close()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """With whatever goes on beside requests."""
        async with AsyncExitStack() as stack:
            reporting = await self._reporting(stack)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            works = [*(one.run() for one in self.following()), *(one.run() for one in reporting)]
            beside = [tasks.create_task(work) for work in works]
            yield
            for task in beside:
                task.cancel()

    async def _reporting(self, stack: AsyncExitStack) -> list[Reporting]:
        """To the control role, if there is one."""
        options, control = self._options, self._options.control
        if not control.url:
            return []
        part = "" if options.place is None else f"/{options.place.number}"
        link = await stack.enter_async_context(
            Link(Parent.of_url(control.url), options.fleet_token)
        )
        listens = options.host, self.server.port
        own = identity(NodeRole.EDGE, listens, link.control, control.node_url, part)
        report = EdgeReport(own, self.node, self.server, self._client)
        return [Reporting(link, report, report.answered, control.report_ms)]

    def drain(self) -> None:
        self.node.drain()
        self.purging.drain()

    def application(self, exchange: Exchange) -> None:
        if self._admin.takes(exchange):
            self._admin.application(exchange)
            return
        match exchange.request.path:
            case "/healthz":
                exchange.send(200, OWN_TEXT, b"ok\n")
            case "/readyz":
                self._ready(exchange)
            case "/metrics":
                self._gather("/metrics", partial(self._send_metrics, exchange))
            case _:
                self._inside(exchange)

    def inner(self, exchange: Exchange) -> None:
        """A request of another worker: what it asks for itself is this process's own."""
        if not exchange.request.path.startswith(INNER):
            self.node.application_for_peer(exchange)
            return
        match exchange.request.path.removeprefix(INNER):
            case "/healthz":
                exchange.send(200, OWN_TEXT, b"ok\n")
            case "/metrics":
                exchange.send(200, _METRICS, self._metrics().encode())
            case "/purges":
                self._admin.follow(exchange)
            case "/purge":
                self.purging.apply(read_purges(exchange.request.body))
                exchange.send(200, OWN_TEXT, b"purged\n")
            case _:
                exchange.send(404, OWN_TEXT, b"Workers have nothing else to say to each other.\n")

    def _snapshot(self) -> dict[str, Any]:
        worker = {} if self._peers is None else {"number": self._peers.place.number}
        now = asyncio.get_running_loop().time()
        return {"worker": worker, **snapshot(self.node, self._client, self.node.watch, now)}

    def _gather(self, path: str, then: Callable[[list[Told]], None]) -> None:
        """What each other worker and the supervisor say of themselves under a path."""
        if self._peers is None:
            then([])
        else:
            self._peers.broadcast_widely(("GET", (INNER + path).encode(), b""), then)

    def _send_metrics(self, exchange: Exchange, told: list[Told]) -> None:
        """Sums, so that a node of several workers looks like one process."""
        texts = [one.body.decode() for one in told if one.status == 200]
        exchange.send(200, _METRICS, merged([self._metrics(), *texts]).encode())

    def _ready(self, exchange: Exchange) -> None:
        self._gather("/healthz", partial(self._ready_among, exchange))

    def _ready_among(self, exchange: Exchange, told: list[Told]) -> None:
        missing = [one.peer for one in told if one.status != 200]
        if self.server.draining:
            exchange.send(503, OWN_TEXT, b"draining\n")
        elif missing:
            exchange.send(503, OWN_TEXT, f"no answer from worker {', '.join(missing)}\n".encode())
        else:
            self._readiness.ask(self._client, exchange)

    def _guard_numbers(self) -> dict[str, tuple[str, float]]:
        return {
            "manycast_edge_purges_total": (
                "Purges applied; each of several workers applies one twice.",
                self.node.engine.counters.purges,
            ),
            "manycast_edge_log_dropped_total": (
                "Access lines that were not written.",
                0 if self.log is None else self.log.dropped,
            ),
            "manycast_edge_compressed_total": (
                "Compressed copies made.",
                self.node.engine.packing.made,
            ),
            "manycast_edge_compressed_saved_bytes_total": (
                "Bytes by which they are smaller.",
                self.node.engine.packing.saved_bytes,
            ),
            "manycast_edge_refused_total": (
                "Requests refused by a rule of [guard].",
                self._gate.refused,
            ),
            "manycast_edge_limited_total": (
                "Of them, those refused for their rate.",
                self._gate.limited,
            ),
        }

    def _fetch_numbers(self) -> dict[str, tuple[str, float]]:
        counters = self.node.engine.counters
        return {
            "manycast_edge_renewals_total": (
                "Fetches about a reply that is stored already.",
                counters.renewals,
            ),
            "manycast_edge_stand_ins_total": (
                "Stale replies given because no parent gave a better one.",
                counters.stand_ins,
            ),
            "manycast_edge_fetches_total": (
                "Requests sent to parents.",
                counters.fetches - self.node.for_peers.fetches,
            ),
            "manycast_edge_fetches_ahead_total": (
                "Hinted parts fetched before a viewer asked.",
                counters.fetches_ahead,
            ),
        }

    def _metrics(self) -> str:
        node, engine, peers = self.node, self.node.engine, self.node.for_peers
        counters = engine.counters
        streams = list(node.fanouts.values())
        copies = engine.copies.count(
            asyncio.get_running_loop().time()
        )  # lets go of those that are over
        lines = plain(
            {
                "manycast_edge_requests_total": (
                    "Requests of viewers.",
                    counters.requests - peers.requests,
                ),
                "manycast_edge_hits_total": ("Requests answered from memory.", counters.hits),
                "manycast_edge_joins_total": (
                    "Requests that joined a fetch in flight.",
                    counters.joins,
                ),
                **self._fetch_numbers(),
                "manycast_edge_parent_errors_total": (
                    "Fetches that failed.",
                    counters.parent_errors,
                ),
                "manycast_edge_errors_total": (
                    "Requests answered with this node's own 5xx, or cut.",
                    counters.errors,
                ),
                **self._guard_numbers(),
                "manycast_edge_sent_bytes_total": ("Body bytes given to viewers.", node.sent_bytes),
                "manycast_edge_fetched_bytes_total": (
                    "Body bytes taken from parents.",
                    counters.bytes_fetched - peers.bytes_fetched,
                ),
                "manycast_edge_held": ("Requests waiting for a fetch now.", engine.waiting),
                "manycast_edge_stream_viewers": (
                    "Viewers of endless streams now.",
                    sum(stream.viewers for stream in streams),
                ),
                "manycast_edge_connections": ("Open connections.", self.server.connections),
                "manycast_edge_objects": ("Objects in memory.", len(engine.store)),
                "manycast_edge_copies": (
                    "Of them, those of another worker, here for a moment.",
                    copies,
                ),
                "manycast_edge_memory_bytes": (
                    "Bytes of objects in memory.",
                    engine.store.memory.used_bytes,
                ),
            }
        )
        lines += node.below.metrics()
        latencies = node.latencies
        at_once = max(0, counters.requests - peers.requests - node.seen)
        name = "manycast_edge_request_seconds"
        lines += latencies.lines(name, "Seconds until a request's reply began.", at_once)
        name, about = "manycast_edge_reply_seconds", "The same by layer and class of status."
        lines += node.replies.lines(name, about, at_once)
        lines += parent_lines(self._client.snapshot())
        return "\n".join(lines) + "\n"


def _journal(options: EdgeOptions) -> tuple[JournalFile | None, Journal]:
    sequence, purges_max = clock.wall_ms() * 1_000, options.edge.purges_max
    if options.journal is None:
        return None, Journal(sequence, purges_max)
    path = options.journal
    if options.place is not None:
        path = path.with_name(f"{path.name}.{options.place.number}")
    file = JournalFile(path, sequence, purges_max)
    return file, file.journal


class _Readiness:
    """Any answer of a parent makes this node ready; who asks meanwhile hears the same."""

    def __init__(self) -> None:
        self._waiting: list[Exchange] = []

    def ask(self, client: Client, exchange: Exchange) -> None:
        self._waiting.append(exchange)
        if len(self._waiting) == 1:
            client.fetch(("HEAD", b"/healthz", b""), self, _READY_S)

    def head(self, head: ResponseHead) -> None:
        self._tell(200, b"ready: a parent answers with %d\n" % head.status)

    def data(self, piece: bytes) -> None:
        """A reply to HEAD has none."""

    def end(self) -> None:
        """The head said it all."""

    def failed(self, error: FetchError) -> None:
        self._tell(503, f"no parent answers: {error}\n".encode())

    def _tell(self, status: int, text: bytes) -> None:
        waiting, self._waiting = self._waiting, []
        for exchange in waiting:
            exchange.send(status, OWN_TEXT, text)
