"""A listening socket: connections within limits, swept once a second, drained at the end."""

import asyncio
import logging
import socket
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from manycast.runtime import clock
from manycast.runtime.http.connection import Connection
from manycast.runtime.http.exchange import Application
from manycast.runtime.http.request import Request
from manycast.settings.http import HttpServerSettings
from manycast.std.http1 import Headers


if TYPE_CHECKING:
    from manycast.runtime.http.tls import Certificate


_LOG = logging.getLogger(__name__)
_SWEEP_S = 1.0


class Shortcut(Protocol):
    """Answers plain repeated GETs from prepared bytes, without an exchange."""

    def accepts(self, headers: Headers) -> bytes | None:
        """What, beside its target, decides the answer to a request with these fields: its profile.

        None when a target and a profile do not decide it.
        """

    def answer(self, target: bytes, profile: bytes) -> Sequence[bytes] | None:
        """The whole reply for a target seen before; None sends it the ordinary way."""


class Gate(Protocol):
    """Counts connections and the requests that the shortcut answers, by the client's address."""

    def connected(self, host: str) -> bool:
        """Whether one more connection from there is welcome; ``left`` follows in any case."""

    def left(self, host: str) -> None: ...

    def take(self, host: str) -> bool:
        """Whether one more request from there may be answered; False sends it the ordinary way."""


def _nothing(target: bytes, profile: bytes) -> None:  # noqa: ARG001  as a shortcut answers
    return None


class Server:
    def __init__(
        self, application: Application, settings: HttpServerSettings, shortcut: Shortcut | None
    ) -> None:
        self.application = application
        self.settings = settings
        self.draining = False
        self.known_heads: dict[bytes, tuple[Headers, bytes]] = {}
        """Bytes after the request line, the fields they were parsed to, and their profile."""
        self.now = 0.0
        self.wall_s = 0
        self.port = 0
        self.gate: Gate | None = None
        self.certificate: Certificate | None = None
        """Both set before it listens."""
        self._shortcut = shortcut
        self.shortcut = _nothing if shortcut is None else shortcut.answer
        self._connections: set[Connection] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._loop = asyncio.get_running_loop()
        self.idle_s = 0.0
        """While draining: how long a connection that waits for its next request may still send it."""
        self._listeners: list[asyncio.Server] = []
        self._sweep()

    @property
    def connections(self) -> int:
        return len(self._connections)

    async def listen(self, host: str, port: int) -> None:
        """Port 0 lets the system choose; ``port`` then tells. Raises OSError."""
        listener = await self._loop.create_server(
            lambda: Connection(self), host, port, backlog=self.settings.backlog, **self._secured()
        )
        self._listeners.append(listener)
        self.port = listener.sockets[0].getsockname()[1]

    async def accept_from(self, sockets: Iterable[socket.socket]) -> None:
        """Accept from bound sockets, which others may share; they are closed with this server."""
        backlog = self.settings.backlog
        for one in sockets:
            listen: Any = self._loop.create_server
            if one.family == socket.AF_UNIX:
                listen = self._loop.create_unix_server
            else:
                self.port = one.getsockname()[1]
            secured = {} if one.family == socket.AF_UNIX else self._secured()
            self._listeners.append(
                await listen(lambda: Connection(self), sock=one, backlog=backlog, **secured)
            )

    def _secured(self) -> dict[str, Any]:
        if self.certificate is None:
            return {}
        self.certificate.watch()
        settings = self.certificate.settings
        return {
            "ssl": self.certificate.context,
            "ssl_handshake_timeout": settings.handshake_s,
            "ssl_shutdown_timeout": settings.shutdown_s,
        }

    async def close(self, *, hands_over: bool = False) -> None:
        """Stop accepting, finish the replies in flight up to ``drain_s``, cut the rest.

        One that hands its port over lets idle connections ask once more: who keeps asking learns
        from a reply that the connection ends, and not from a reset.
        """
        self.draining = True
        self.idle_s = self.settings.hand_over_idle_s if hands_over else 0.0
        self.known_heads.clear()
        for listener in self._listeners:
            listener.close()
        if self.certificate is not None:
            self.certificate.close()
        for connection in list(self._connections):
            connection.drain()
        try:
            async with asyncio.timeout(self.settings.drain_s):
                await self._empty.wait()
        except TimeoutError:
            _LOG.warning("%d connections cut: their replies took too long", self.connections)
            for connection in list(self._connections):
                connection.abort()
            await self._empty.wait()
        self._timer.cancel()

    # What connections call.

    def admit(self, connection: Connection) -> bool:
        self._connections.add(connection)
        self._empty.clear()
        return len(self._connections) <= self.settings.connections_max

    def forget(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()

    def learn(self, head: bytes, request: Request) -> None:
        """Remember the bytes after a request line, if the shortcut takes such requests."""
        if (
            self._shortcut is None
            or self.draining
            or len(head) > self.settings.known_head_bytes_max
        ):
            return
        profile = self._shortcut.accepts(request.headers)
        if profile is None:
            return
        if len(self.known_heads) >= self.settings.known_heads_max:
            self.known_heads.clear()
        self.known_heads[head] = (request.headers, profile)

    def _sweep(self) -> None:
        self.now = self._loop.time()
        self.wall_s = clock.wall_ms() // 1000
        for connection in list(self._connections):
            connection.sweep(self.now)
        self._timer = self._loop.call_later(_SWEEP_S, self._sweep)


async def serve(
    application: Application,
    host: str,
    port: int,
    settings: HttpServerSettings | None = None,
    *,
    shortcut: Shortcut | None = None,
) -> Server:
    """Listen, and call ``application`` once for each request; raises OSError."""
    server = Server(application, settings or HttpServerSettings(), shortcut)
    await server.listen(host, port)
    return server
