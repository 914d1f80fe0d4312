"""A reply's body from a file to a socket, past this process's memory.

The event loop's own ``sendfile`` does not exist in uvloop. So the system's is called on the transport's own
socket, only while the transport has nothing to send itself; when the socket is full, the loop watches a
duplicate of its descriptor, since it lets nobody else watch the original.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol


if TYPE_CHECKING:
    from manycast.runtime.http.connection import Connection


TURN_BYTES = 2_097_152
"""Bytes that one connection sends before the loop sees to the others: half a millisecond."""
READ_BYTES = 262_144
"""Bytes read at a time where TLS has to see them: the checksummed block, so none is read twice."""


class Body(Protocol):
    """A file whose owner vouches for its bytes; callbacks come later, on the loop."""

    fd: int
    offset: int
    """Of the body in the file."""

    def ready(self, at: int, size: int) -> bool:
        """Whether these bytes of the body may be sent as they are, and at once."""

    def prepare(self, at: int, size: int, done: Callable[[bool], None]) -> None:
        """Make them ready; False when they are not what they should be."""

    def read(self, at: int, size: int, done: Callable[[bytes | None], None]) -> None:
        """The bytes, good as they are; None when they are not what they should be."""


class Wire:
    """The socket of a connection, for what goes past its transport."""

    __slots__ = ("_encrypted", "_socket", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        original = transport.get_extra_info("socket")
        self._transport = transport
        self._encrypted = transport.get_extra_info("sslcontext") is not None
        self._socket = socket.socket(
            original.family, original.type, original.proto, original.fileno()
        )

    def clear(self) -> bool:
        """Whether bytes may be pushed now: the transport owns the order of all others."""
        transport = self._transport
        return not (self._encrypted or transport.is_closing() or transport.get_write_buffer_size())

    def push(self, head: bytes, body: Body, at: int, end: int) -> tuple[bytes, int]:
        """Send what the socket takes at once: the rest of the head, and where the body goes on.

        Only while ``clear``; raises OSError when the client is gone or the file has become shorter.
        """
        out = self._socket
        try:
            while head:
                head = head[out.send(head, socket.MSG_MORE) :]
            while at < end:
                taken = os.sendfile(out.fileno(), body.fd, body.offset + at, end - at)
                if not taken:
                    raise OSError("the file has become shorter")
                at += taken
        except BlockingIOError:
            pass
        return head, at

    def duplicate(self) -> socket.socket:
        own = self._socket
        # Not by ``own.dup()``: it would make both descriptors wait where they must not.
        return socket.socket(own.family, own.type, own.proto, os.dup(own.fileno()))

    def forget(self) -> None:
        """The transport closes the socket, or has done so."""
        self._socket.detach()


class Sending:
    """One reply on its way; tells the connection ``sent`` or ``broken`` exactly once, unless cancelled."""

    __slots__ = (
        "_at", "_body", "_connection", "_encrypted", "_end", "_head", "_loop", "_transport",
        "_waiting", "_watched", "_wire",
    )  # fmt: skip

    def __init__(
        self,
        connection: "Connection",
        transport: asyncio.Transport,
        wire: Wire,
        head: bytes,
        body: Body,
    ) -> None:
        self._connection = connection
        self._transport = transport
        self._wire = wire
        self._head = head
        self._body = body
        self._at = self._end = 0
        self._loop = asyncio.get_running_loop()
        self._encrypted = transport.get_extra_info("sslcontext") is not None
        self._watched: socket.socket | None = None
        self._waiting = False

    @property
    def left(self) -> int:
        return self._end - self._at

    def begin(self, at: int, size: int) -> None:
        self._at, self._end = at, at + size
        if self._encrypted:
            self._connection.write((self._head,))
        self.go()

    def go(self) -> None:
        """Send what the socket takes; called again whenever something may have changed."""
        if self._waiting or not self.left:
            return
        if self._encrypted:
            if not self._connection.write_paused:
                self._read()
        elif self._transport.get_write_buffer_size():
            self._transport.set_write_buffer_limits(high=0)  # we are called when it is empty
        else:
            self._send(min(TURN_BYTES, self.left))

    def cancel(self) -> None:
        self._at = self._end
        self._watch(on=False)

    def _send(self, size: int) -> None:
        if self._body.ready(self._at, size):
            self._push(self._at + size)
            return
        self._watch(on=False)
        self._waiting = True
        self._body.prepare(self._at, size, self._prepared)

    def _prepared(self, good: bool) -> None:
        self._waiting = False
        if not self.left:
            return
        if not good:
            self._fail()
        elif self._transport.get_write_buffer_size():
            self.go()
        else:
            self._push(min(self._at + TURN_BYTES, self._end))

    def _push(self, end: int) -> None:
        if not self._wire.clear():  # closing, in which case the connection cancels this
            return
        try:
            self._head, self._at = self._wire.push(self._head, self._body, self._at, end)
        except OSError:
            self._fail()
            return
        if self.left:
            self._watch(on=True)
        else:
            self._finish()

    def _watch(self, *, on: bool) -> None:
        if on and self._watched is None:
            self._watched = self._wire.duplicate()
            self._loop.add_writer(self._watched, self.go)
        elif not on and self._watched is not None:
            self._loop.remove_writer(self._watched)
            self._watched.close()
            self._watched = None

    def _read(self) -> None:
        self._waiting = True
        size = min(READ_BYTES - self._at % READ_BYTES, self.left)
        self._body.read(self._at, size, self._pass_on)

    def _pass_on(self, piece: bytes | None) -> None:
        self._waiting = False
        if not self.left:
            return
        if piece is None:
            self._fail()
            return
        self._at += len(piece)
        self._connection.write((piece,))
        if self.left:
            self.go()
        else:
            self._finish()

    def _finish(self) -> None:
        self.cancel()
        self._connection.sent()

    def _fail(self) -> None:
        self.cancel()
        self._connection.broken()
