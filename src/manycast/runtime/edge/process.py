"""One edge process: its own endpoints, its life and its end."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from manycast.edge.guard.gate import Gate
from manycast.edge.purge import Journal
from manycast.runtime import clock
from manycast.runtime.edge.admin import Admin
from manycast.runtime.edge.entrance import Entrance
from manycast.runtime.edge.following import Following
from manycast.runtime.edge.journal import JournalFile
from manycast.runtime.edge.metrics import plain
from manycast.runtime.edge.node import Node
from manycast.runtime.edge.purging import Purging
from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.runtime.http.server import Server
from manycast.runtime.http.tls import Certificate
from manycast.settings.cache import CacheSettings
from manycast.settings.edge import EdgeSettings
from manycast.settings.guard import GuardSettings
from manycast.settings.http import HttpServerSettings
from manycast.settings.parents import ParentsSettings
from manycast.settings.tls import TlsSettings


_PLAIN = ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"))
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
    journal: Path | None = None
    """File of the purges, so that they outlive the process."""
    client: ParentsSettings = field(default_factory=ParentsSettings)
    fallback: Sequence[Parent] = ()
    """Asked when none of ``parents`` can be reached."""


async def run_edge(
    options: EdgeOptions, stop: asyncio.Event, listening: Callable[[int], None]
) -> None:
    """Serve until ``stop``, then drain; ``listening`` is told the port. Raises OSError."""
    async with Client(options.parents, options.client, options.fallback) as client:
        own = _Own(client, options)
        node = own.node
        server = own.server
        await server.listen(options.host, options.port)
        listening(server.port)
        async with asyncio.TaskGroup() as tasks:
            following = [tasks.create_task(one.run()) for one in own.following()]
            await stop.wait()
            for task in following:
                task.cancel()
        node.drain()
        own.purging.drain()
        await server.close()


class _Own:
    """Answers for the process itself, and leaves the rest to the node."""

    def __init__(self, client: Client, options: EdgeOptions) -> None:
        file, journal = _journal(options)
        name = b"manycast-" + secrets.token_hex(8).encode()
        self.node = Node(client, options.edge, name, journal, rules=options.rules)
        self.purging = Purging(self.node.engine, options.guard, file)
        self._admin = Admin(self.purging, options.guard, options.token, hosted=False)
        gate = Gate(options.guard, options.keys)
        self.entrance = None if gate.off else Entrance(gate, self.node.application, self.node)
        self._inside = (self.entrance or self.node).application
        self.server = Server(self.application, options.server, self.entrance or self.node)
        self.server.gate = self.entrance
        if options.tls.certificate:
            self.server.certificate = Certificate(options.tls)
        self._gate = gate
        self._client = client
        self._options = options

    def following(self) -> list[Following]:
        """One for each parent that may have purges to tell."""
        options = self._options
        return [
            Following(parent, self.purging, options.token, options.guard, options.client)
            for parent in (options.parents if options.token else ())
        ]

    def application(self, exchange: Exchange) -> None:
        if self._admin.takes(exchange):
            self._admin.application(exchange)
            return
        match exchange.request.path:
            case "/healthz":
                exchange.send(200, _PLAIN, b"ok\n")
            case "/readyz":
                self._ready(exchange)
            case "/metrics":
                exchange.send(200, _METRICS, self._metrics().encode())
            case _:
                self._inside(exchange)

    def _ready(self, exchange: Exchange) -> None:
        if self.server.draining:
            exchange.send(503, _PLAIN, b"draining\n")
        else:
            request = ("HEAD", b"/healthz", b"")
            self._client.fetch(request, _Readiness(exchange), _READY_S)

    def _metrics(self) -> str:
        node, engine = self.node, self.node.engine
        counters = engine.counters
        streams = list(node.fanouts.values())
        sent = counters.bytes_sent + sum(stream.bytes_sent for stream in streams)
        lines = plain(
            {
                "manycast_edge_requests_total": ("Requests of viewers.", counters.requests),
                "manycast_edge_hits_total": ("Requests answered from memory.", counters.hits),
                "manycast_edge_joins_total": (
                    "Requests that joined a fetch in flight.",
                    counters.joins,
                ),
                "manycast_edge_fetches_total": ("Requests sent to parents.", counters.fetches),
                "manycast_edge_fetches_ahead_total": (
                    "Hinted parts fetched before a viewer asked.",
                    counters.fetches_ahead,
                ),
                "manycast_edge_parent_errors_total": (
                    "Fetches that failed.",
                    counters.parent_errors,
                ),
                "manycast_edge_errors_total": (
                    "Requests answered with this node's own 5xx, or cut.",
                    counters.errors,
                ),
                "manycast_edge_purges_total": ("Purges applied.", counters.purges),
                "manycast_edge_refused_total": (
                    "Requests refused by a rule of [guard].",
                    self._gate.refused,
                ),
                "manycast_edge_limited_total": (
                    "Of them, those refused for their rate.",
                    self._gate.limited,
                ),
                "manycast_edge_sent_bytes_total": ("Body bytes given to viewers.", sent),
                "manycast_edge_fetched_bytes_total": (
                    "Body bytes taken from parents.",
                    counters.bytes_fetched,
                ),
                "manycast_edge_held": ("Requests waiting for a fetch now.", engine.waiting),
                "manycast_edge_stream_viewers": (
                    "Viewers of endless streams now.",
                    sum(stream.viewers for stream in streams),
                ),
                "manycast_edge_connections": ("Open connections.", self.server.connections),
                "manycast_edge_objects": ("Objects in memory.", len(engine.store)),
                "manycast_edge_memory_bytes": (
                    "Bytes of objects in memory.",
                    engine.store.memory.used_bytes,
                ),
            }
        )
        latencies = node.latencies
        at_once = max(0, counters.requests - node.seen)
        name = "manycast_edge_request_seconds"
        lines += latencies.lines(name, "Seconds until a request's reply began.", at_once)
        return "\n".join(lines) + "\n"


def _journal(options: EdgeOptions) -> tuple[JournalFile | None, Journal]:
    sequence, purges_max = clock.wall_ms() * 1_000, options.edge.purges_max
    if options.journal is None:
        return None, Journal(sequence, purges_max)
    file = JournalFile(options.journal, sequence, purges_max)
    return file, file.journal


class _Readiness:
    """Any answer of a parent makes this node ready."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def head(self, head: ResponseHead) -> None:
        self._exchange.send(200, _PLAIN, b"ready: a parent answers with %d\n" % head.status)

    def data(self, piece: bytes) -> None:
        """A reply to HEAD has none."""

    def end(self) -> None:
        """The head said it all."""

    def failed(self, error: FetchError) -> None:
        self._exchange.send(503, _PLAIN, f"no parent answers: {error}\n".encode())
