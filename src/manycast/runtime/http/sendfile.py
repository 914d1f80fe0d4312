"""A reply's body from a file to a socket, past this process's memory.

The event loop's own ``sendfile`` does not exist in uvloop. So the system's is called on a duplicate of the
socket's descriptor, which the loop may watch while the transport keeps the original, and only while the
transport has nothing of its own to send.
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


class Sending:
    """One reply on its way; tells the connection ``sent`` or ``broken`` exactly once, unless cancelled."""

    __slots__ = (
        "_at", "_body", "_connection", "_encrypted", "_end", "_head", "_loop", "_socket",
        "_transport", "_waiting", "_watching",
    )  # fmt: skip

    def __init__(
        self, connection: "Connection", transport: asyncio.Transport, head: bytes, body: Body
    ) -> None:
        self._connection = connection
        self._transport = transport
        self._head = head
        self._body = body
        self._at = self._end = 0
        self._loop = asyncio.get_running_loop()
        self._encrypted = transport.get_extra_info("sslcontext") is not None
        self._socket: socket.socket | None = None
        self._watching = False
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
        if self._socket is not None:
            self._socket.close()
            self._socket = None

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
        try:
            out = self._out()
            while self._head:
                self._head = self._head[out.send(self._head, socket.MSG_MORE) :]
            while self._at < end:
                start = self._body.offset + self._at
                taken = os.sendfile(out.fileno(), self._body.fd, start, end - self._at)
                if not taken:  # the file has become shorter
                    self._fail()
                    return
                self._at += taken
        except BlockingIOError:
            self._watch(on=True)
            return
        except OSError:  # the client is gone
            self._fail()
            return
        if self.left:
            self._watch(on=True)
        else:
            self._finish()

    def _out(self) -> socket.socket:
        if self._socket is None:
            original = self._transport.get_extra_info("socket")
            self._socket = socket.socket(
                original.family, original.type, original.proto, os.dup(original.fileno())
            )
        return self._socket

    def _watch(self, *, on: bool) -> None:
        if on == self._watching or self._socket is None:
            return
        self._watching = on
        if on:
            self._loop.add_writer(self._socket, self.go)
        else:
            self._loop.remove_writer(self._socket)

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
