"""One client's connection: requests in order, one reply at a time."""

import asyncio
import logging
import math
import re
import socket
import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.parse import RequestParser
from manycast.runtime.http.request import RefusedRequestError, Request
from manycast.runtime.http.sendfile import TURN_BYTES, Body, Sending, Wire
from manycast.std.http1 import OWN_TEXT, Headers


if TYPE_CHECKING:
    from manycast.runtime.http.server import Server


_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_ORDINARY = re.compile(rb"/[A-Za-z0-9._~/=&%?-]*")
"""Targets that need no parser to be understood: what players ask for."""
_RESET = struct.pack("ii", 1, 0)
_LOG = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """Times are the server's ``now``, which moves once a second: enough for every limit here."""

    __slots__ = (
        "_advancing", "_exchange", "_gate", "_known", "_lingering", "_parser", "_refusal", "_sending",
        "_server", "_settings", "_stalled_bytes", "_stalled_since", "_transport", "_wire",
        "deadline", "drained_callback", "host", "keep_alive", "peer", "write_paused",
    )  # fmt: skip

    _transport: asyncio.Transport

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._settings = server.settings
        self._known = server.known_heads
        self._parser: RequestParser | None = None
        self._exchange: Exchange | None = None
        self._refusal: RefusedRequestError | None = None
        self._advancing = False
        self._lingering = False
        self._sending: Sending | None = None
        self._wire: Wire | None = None
        self.write_paused = False
        self._stalled_since: float | None = None
        self._stalled_bytes = 0
        self.keep_alive = True
        self.deadline = server.now + self._settings.head_s
        self.drained_callback: Callable[[], None] | None = None
        self._gate = server.gate
        self.host = "?"
        self.peer = "?"

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._transport.set_write_buffer_limits(high=self._settings.write_buffer_bytes)
        address = transport.get_extra_info("peername") or ("?", 0)
        self.host = address[0]
        self.peer = f"{address[0]}:{address[1]}"
        welcome = self._gate is None or self._gate.connected(self.host)
        if not self._server.admit(self):
            self._refuse(RefusedRequestError(503, "This server has no free connections."))
        elif not welcome:
            self._refuse(RefusedRequestError(429, "Too many connections from your address."))
        elif self._server.draining:  # accepted just before the listener closed
            self.drain()

    def data_received(self, data: bytes) -> None:
        parser = self._parser
        idle = self._exchange is None and self._refusal is None and not self.write_paused
        if idle and (parser is None or not parser.in_message):
            end = data.find(b"\r\n")
            known = self._known.get(data[end:])
            if known is not None and self._answer_known(data, end, known):
                return
            self._feed(data)
            self._learn(data, end)
        elif self._refusal is None:
            self._feed(data)
        if not self._lingering:
            self._advance()

    def _answer_known(self, data: bytes, end: int, known: tuple[Headers, bytes]) -> bool:
        """Answer a GET whose header block was parsed before; False leaves it to the parser."""
        if data[end - 9 : end] != b" HTTP/1.1" or not data.startswith(b"GET /"):
            return False
        target = data[4 : end - 9]
        headers, profile = known
        pieces = self._server.shortcut(target, profile)
        if pieces is not None and (self._gate is None or self._gate.take(self.host)):
            if type(pieces[-1]) is bytes:
                self._transport.writelines(pieces)
                self.deadline = self._server.now + self._settings.keep_alive_s
            else:
                self._send_pages(target, headers, pieces)
            return True
        if (
            pieces is not None
            or not _ORDINARY.fullmatch(target)
            or len(target) > self._settings.target_bytes_max
        ):
            return False
        path, _, query = target.decode("ascii").partition("?")
        self._start(
            Request("GET", target, path, query, headers, b"", http_10=False, keep_alive=True)
        )
        return True

    def _send_pages(self, target: bytes, headers: Headers, pieces: Sequence[Any]) -> None:
        """A head and a large body that the system sends by itself, at once when the socket has room."""
        start, body = pieces
        size, at = len(body), 0
        wire = self._wired()
        if size <= TURN_BYTES and wire.clear() and body.ready(0, size):
            try:
                start, at = wire.push(start, body, 0, size)
            except OSError:
                self.abort()
                return
            if at == size:
                self.deadline = self._server.now + self._settings.keep_alive_s
                return
        request = Request("GET", target, "", "", headers, b"", http_10=False, keep_alive=True)
        self._exchange = exchange = Exchange(self, request)
        exchange.answered = True
        self.deadline = math.inf
        self.send_file(start, body, at, size - at)

    def _wired(self) -> Wire:
        wire = self._wire
        if wire is None:
            wire = self._wire = Wire(self._transport)
        return wire

    def eof_received(self) -> bool:
        if self._exchange is not None:
            self._leave()
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        self._server.forget(self)
        if self._gate is not None:
            self._gate.left(self.host)
        self._leave()
        if self._wire is not None:
            self._wire.forget()

    def pause_writing(self) -> None:
        self.write_paused = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self.write_paused = False
        if not self._transport.is_closing():
            self._transport.resume_reading()
        if self.drained_callback is not None:
            self.drained_callback()
        self._advance()

    # What an exchange calls.

    def write(self, pieces: Sequence[bytes]) -> None:
        if not self._transport.is_closing():
            self._transport.writelines(pieces)

    def send_file(self, head: bytes, body: Body, at: int, size: int) -> None:
        """Send a head and ``size`` bytes of the body from ``at``; the reply is then complete."""
        if not self._transport.is_closing():
            self._sending = Sending(self, self._transport, self._wired(), head, body)
            self.drained_callback = self._sending.go
            self._sending.begin(at, size)

    def sent(self) -> None:
        """The file is with the system, to the last byte."""
        self._sending = None
        self._transport.set_write_buffer_limits(high=self._settings.write_buffer_bytes)
        self.finished()

    def broken(self) -> None:
        """The rest of the file cannot be sent: the client must not take what it has for the whole."""
        self._sending = None
        self.abort()

    def finished(self) -> None:
        """The current reply is complete."""
        self._exchange = None
        self.drained_callback = None
        self.deadline = self._server.now + self._waiting_s()
        if self._lingering and self._transport.can_write_eof():
            self._transport.write_eof()
        elif not self.keep_alive:
            self._transport.close()  # with TLS, an end in one direction does not exist
        elif self._server.draining:
            self._part()
        self._advance()

    def buffered(self) -> int:
        unsent = 0 if self._sending is None else self._sending.left
        return unsent + self._transport.get_write_buffer_size()

    def wall_s(self) -> int:
        return self._server.wall_s

    def abort(self) -> None:
        """Reset, so that even a body that only the connection's end delimits is seen as cut."""
        sock = self._transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()

    # What the server calls.

    def sweep(self, now: float) -> None:
        """End what has taken longer than its limit."""
        if self.write_paused or self._sending is not None or self._transport.is_closing():
            self._check_stall(now)
            return
        self._stalled_since = None
        if now > self.deadline:
            self._expire()
        elif self._exchange is None and self._refusal is None and self.keep_alive:
            parser = self._parser
            if parser is not None and parser.idle:
                self._parser = None  # most of what an idle connection would occupy

    def drain(self) -> None:
        """Finish the reply in flight and take no further request."""
        if self._exchange is not None and self._exchange.answered:
            return  # its head says that the connection stays
        self.keep_alive = False
        if self._exchange is None:
            self._part()

    def _part(self) -> None:
        """End, or let the client ask once more, so that a reply tells it of the end."""
        if self._server.idle_s:
            self.deadline = min(self.deadline, self._server.now + self._server.idle_s)
        else:
            self._transport.close()

    def _waiting_s(self) -> float:
        if self._lingering:
            return self._settings.linger_s
        begun = self._parser is not None and self._parser.in_message
        return self._settings.head_s if begun else self._settings.keep_alive_s

    def _feed(self, data: bytes) -> None:
        if self._parser is None:
            self._parser = RequestParser(self._settings)
        parser = self._parser
        started = parser.in_message
        in_body = parser.in_body
        try:
            parser.feed(data)
        except RefusedRequestError as refusal:
            self._refusal = refusal
            self._lingering = not parser.ready and self._exchange is None
            if self._lingering:
                self._refuse(refusal)
            return
        if parser.in_message and self._exchange is None and not parser.ready:
            if not started:
                self.deadline = self._server.now + self._settings.head_s
            if parser.in_body and not in_body:
                self.deadline = self._server.now + self._settings.body_s

    def _learn(self, data: bytes, end: int) -> None:
        """Remember a header block that the shortcut may answer without parsing it again.

        Only when the bytes were exactly one GET of HTTP/1.1 without a body.
        """
        parser = self._parser
        if parser is None or parser.in_message or self._refusal or len(parser.ready) != 1:
            return
        request = parser.ready[0]
        whole = data.startswith(b"GET /") and data.find(b"\r\n\r\n") == len(data) - 4
        if whole and not request.http_10 and request.keep_alive:
            self._server.learn(data[end:], request)

    def _advance(self) -> None:
        """Start the requests that wait, one after another, as long as each is answered at once."""
        parser = self._parser
        if self._advancing or parser is None:
            return
        self._advancing = True
        while (
            parser.ready
            and self._exchange is None
            and not self.write_paused
            and not self._transport.is_closing()
        ):
            self._start(parser.ready.popleft())
        self._advancing = False
        if self._exchange is None and not parser.ready and not self._transport.is_closing():
            self._settle(parser)

    def _settle(self, parser: RequestParser) -> None:
        if self._refusal is not None and not self._lingering:
            self._refuse(self._refusal)
        elif parser.wants_continue:
            parser.wants_continue = False
            self.write((_CONTINUE,))

    def _start(self, request: Request) -> None:
        exchange = self._exchange = Exchange(self, request)
        self.deadline = math.inf
        self.keep_alive = request.keep_alive and not self._server.draining
        try:
            self._server.application(exchange)
        except Exception:  # noqa: BLE001  one broken request must not end the others' server
            _LOG.exception("the application failed on %s %s", request.method, request.path)
            if exchange.answered:
                self.abort()
            else:
                exchange.send(500, OWN_TEXT, b"This server made a mistake; its log says which.\n")

    def _leave(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.left()

    def _refuse(self, refusal: RefusedRequestError) -> None:
        """Answer, then read on for a moment without looking, so that the answer is not lost."""
        self._lingering = True
        self._refusal = refusal
        if self._parser is not None:
            self._parser.ready.clear()
        self.keep_alive = False
        request = Request("GET", b"/", "/", "", (), b"", http_10=False, keep_alive=False)
        exchange = Exchange(self, request)
        exchange.send(refusal.status, OWN_TEXT, refusal.text.encode() + b"\n")

    def _expire(self) -> None:
        parser = self._parser
        if parser is not None and parser.in_message and not self._lingering:
            self._refuse(RefusedRequestError(408, "The request did not arrive in time."))
        else:
            self._transport.close()

    def _check_stall(self, now: float) -> None:
        """Cut a client that takes nothing of what waits for it, be it the last of a closed reply."""
        size = self.buffered()
        if self._stalled_since is None or size < self._stalled_bytes:
            self._stalled_since = now
        self._stalled_bytes = size
        if now - self._stalled_since > self._settings.send_stall_s:
            self.abort()
