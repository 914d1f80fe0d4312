"""One request and its one reply, as an application sees them."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from manycast.runtime.http.request import Request
from manycast.runtime.http.sendfile import Body
from manycast.std.http1 import BODILESS, Fields, head, http_date


if TYPE_CHECKING:
    from manycast.runtime.http.connection import Connection


Application = Callable[["Exchange"], None]
"""Called once for each request; may answer at once or later, from the same event loop."""


class Exchange:
    """Answer with exactly one of ``send``, ``send_prepared``, ``send_file`` and ``stream``, or ``abort``.

    An answer to a client that has left is dropped silently; ``closed`` tells.
    """

    __slots__ = ("_closed_callback", "_connection", "amend", "answered", "closed", "request")

    def __init__(self, connection: "Connection", request: Request) -> None:
        self.request = request
        self.closed = False
        self.answered = False
        self.amend: Callable[[bytes], bytes] | None = None
        """Changes the head of the reply before it goes out, for this client alone."""
        self._connection = connection
        self._closed_callback: Callable[[], None] | None = None

    @property
    def host(self) -> str:
        """The client's address without its port."""
        return self._connection.host

    @property
    def peer(self) -> str:
        """The client's address as ``host:port``."""
        return self._connection.peer

    def on_closed(self, callback: Callable[[], None]) -> None:
        """Call when the client leaves before the reply is complete."""
        self._closed_callback = callback

    def inform(self, status: int, fields: Fields) -> None:
        """Send an interim reply (1xx); a client of HTTP/1.0 would not understand it."""
        if not (self.closed or self.answered or self.request.http_10):
            self._connection.write((head(status, fields), b"\r\n"))

    def send(self, status: int, fields: Fields = (), body: bytes | Sequence[bytes] = b"") -> None:
        """Reply whole; adds Date and Content-Length unless given. A list body is never joined."""
        pieces = (body,) if isinstance(body, bytes) else body
        own = self._own_fields(fields)
        if status not in BODILESS and not any(name == b"content-length" for name, _ in fields):
            own.append((b"content-length", b"%d" % sum(map(len, pieces))))
        self.send_prepared(head(status, own), () if status in BODILESS else pieces)

    def send_prepared(self, start: bytes, body: Iterable[bytes]) -> None:
        """Reply with a head made by ``http1.head`` that states the body's length itself."""
        if not self._begin_answer():
            return
        if self.request.method == "HEAD":
            body = ()
        self._connection.write((self._amended(start), self._tail(), *body))
        self._connection.finished()

    def send_file(self, start: bytes, body: Body, at: int, size: int) -> None:
        """Reply with ``size`` bytes of a file from ``at`` of its body on; the head as in ``send_prepared``."""
        if self.request.method == "HEAD" or not size:
            self.send_prepared(start, ())
        elif self._begin_answer():
            self._connection.send_file(self._amended(start) + self._tail(), body, at, size)

    def stream(self, status: int, fields: Fields, length: int | None = None) -> "Stream":
        """Reply piece by piece: ``length`` bytes in all, or chunked when that is unknown."""
        chunked = length is None and not self.request.http_10
        own = self._own_fields(fields)
        if length is not None:
            own.append((b"content-length", b"%d" % length))
        elif chunked:
            own.append((b"transfer-encoding", b"chunked"))
        if self._begin_answer():
            if length is None and not chunked:
                self._connection.keep_alive = False  # only its end delimits the body
            self._connection.write((self._amended(head(status, own)), self._tail()))
        return Stream(self, self._connection, chunked=chunked)

    def abort(self) -> None:
        """Cut the connection: the one way to say that a body already begun is not whole."""
        self.answered = True
        self._connection.abort()

    def left(self) -> None:
        """Take note, once, that the client is gone; called by the connection."""
        self.closed = True
        callback, self._closed_callback = self._closed_callback, None
        if callback is not None:
            callback()

    def _begin_answer(self) -> bool:
        assert not self.answered, "an exchange has one reply"
        self.answered = True
        return not self.closed

    def _own_fields(self, fields: Fields) -> list[tuple[bytes, bytes]]:
        own = list(fields)
        if not any(name == b"date" for name, _ in fields):
            own.append((b"date", http_date(self._connection.wall_s())))
        return own

    def _amended(self, start: bytes) -> bytes:
        return start if self.amend is None else self.amend(start)

    def _tail(self) -> bytes:
        if not self._connection.keep_alive:
            return b"connection: close\r\n\r\n"
        return b"connection: keep-alive\r\n\r\n" if self.request.http_10 else b"\r\n"


class Stream:
    """The body of one reply, written as it comes; a slow client shows in ``buffered``."""

    __slots__ = ("_chunked", "_connection", "_exchange", "_headless", "_over")

    def __init__(self, exchange: Exchange, connection: "Connection", *, chunked: bool) -> None:
        self._exchange = exchange
        self._connection = connection
        self._chunked = chunked
        self._headless = exchange.request.method == "HEAD"
        self._over = False

    @property
    def closed(self) -> bool:
        return self._exchange.closed

    @property
    def buffered(self) -> int:
        """Bytes accepted by ``write`` that have not left for the client."""
        return self._connection.buffered()

    @property
    def full(self) -> bool:
        """The send buffer is over its limit; ``on_drained`` tells when it has emptied."""
        return self._connection.write_paused

    def on_closed(self, callback: Callable[[], None]) -> None:
        self._exchange.on_closed(callback)

    def on_drained(self, callback: Callable[[], None] | None) -> None:
        """Call each time that a full send buffer has emptied."""
        self._connection.drained_callback = callback

    def write(self, pieces: Sequence[bytes]) -> None:
        """Send some more of the body; empty pieces are left out."""
        assert not self._over, "the body has ended"
        size = sum(map(len, pieces))
        if self.closed or self._headless or not size:
            return
        if self._chunked:
            self._connection.write((b"%x\r\n" % size, *pieces, b"\r\n"))
        else:
            self._connection.write(pieces)

    def end(self) -> None:
        """The body is whole; exactly once, unless aborted."""
        assert not self._over, "the body has ended"
        self._over = True
        if self.closed:
            return
        if self._chunked and not self._headless:
            self._connection.write((b"0\r\n\r\n",))
        self._connection.finished()

    def abort(self) -> None:
        """Cut the connection, so that the client sees an error and not a short body."""
        self._over = True
        self._exchange.abort()
