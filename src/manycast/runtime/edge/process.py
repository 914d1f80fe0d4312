"""One edge process: its own endpoints, its life and its end."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from manycast.runtime.edge.metrics import plain
from manycast.runtime.edge.node import Node
from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.runtime.http.server import Server, serve
from manycast.settings.edge import EdgeSettings
from manycast.settings.http import HttpClientSettings, HttpServerSettings


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
    server: HttpServerSettings = field(default_factory=HttpServerSettings)
    client: HttpClientSettings = field(default_factory=HttpClientSettings)


async def run_edge(
    options: EdgeOptions, stop: asyncio.Event, listening: Callable[[int], None]
) -> None:
    """Serve until ``stop``, then drain; ``listening`` is told the port. Raises OSError."""
    async with Client(options.parents, options.client) as client:
        own = _Own(client, options.edge)
        node = own.node
        server = own.server = await serve(
            own.application, options.host, options.port, options.server, shortcut=node
        )
        listening(server.port)
        await stop.wait()
        node.drain()
        await server.close()


class _Own:
    """Answers for the process itself, and leaves the rest to the node."""

    server: Server

    def __init__(self, client: Client, settings: EdgeSettings) -> None:
        self.node = Node(client, settings, b"manycast-" + secrets.token_hex(8).encode())
        self._client = client

    def application(self, exchange: Exchange) -> None:
        match exchange.request.path:
            case "/healthz":
                exchange.send(200, _PLAIN, b"ok\n")
            case "/readyz":
                self._ready(exchange)
            case "/metrics":
                exchange.send(200, _METRICS, self._metrics().encode())
            case _:
                self.node.application(exchange)

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
