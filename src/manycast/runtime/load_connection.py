"""One keep-alive connection of a measuring client, at most one request on it at a time."""

import asyncio
from typing import Protocol, cast

from manycast.runtime.load_reply import Head, ReplyError, ReplyReader


class Owner(Protocol):
    """Who asks on the connection."""

    def replied(self, lane: int, head: Head, body_bytes: int) -> None:
        """The reply is complete; its body went to the sink."""

    def lost(self, lane: int, reason: str) -> None:
        """The connection is over, with a request on it unanswered."""


class Connection(asyncio.BufferedProtocol):
    """Receives into ``buffer``, which all connections share: nothing waits in it between two reads."""

    __slots__ = ("_asked", "_buffer", "_lane", "_owner", "_reader", "_transport")

    def __init__(
        self, owner: Owner, lane: int, buffer: memoryview, reader: ReplyReader, request: bytes
    ) -> None:
        self._owner: Owner | None = owner
        self._lane = lane
        self._buffer = buffer
        self._reader = reader
        self._asked = request
        """Request on the way; empty when the last one was answered."""
        self._transport: asyncio.WriteTransport | None = None

    @property
    def usable(self) -> bool:
        """Open, and without a request on it."""
        return self._transport is not None and not self._asked and not self._transport.is_closing()

    def ask(self, request: bytes) -> None:
        assert self._transport is not None
        self._asked = request
        self._reader.begin()
        self._transport.write(request)

    def abandon(self) -> None:
        """Cut the connection; the owner hears nothing of it any more."""
        self._owner = None
        if self._transport is not None:
            self._transport.abort()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        if self._owner is None:
            self._transport.abort()
        else:
            self.ask(self._asked)

    def get_buffer(self, _sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._owner is None:
            return
        try:
            complete = self._reader.feed(self._buffer[:nbytes])
        except ReplyError as error:
            self.fail(f"malformed reply: {error}")
            return
        if complete:
            self._complete(self._owner)

    def _complete(self, owner: Owner) -> None:
        head = self._reader.head
        assert head is not None
        assert self._transport is not None
        self._asked = b""
        if head.close:
            self._transport.close()
        owner.replied(self._lane, head, self._reader.body_bytes)

    def fail(self, reason: str) -> None:
        owner = self._owner
        self.abandon()
        if owner is not None:
            owner.lost(self._lane, reason)

    def eof_received(self) -> None:
        if self._owner is not None and self._asked and self._reader.eof():
            self._complete(self._owner)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._owner is not None and self._asked:
            self.fail("connection reset" if exc else "connection closed")


async def connect(connection: Connection, host: str, port: int, *, tls: bool) -> None:
    """Open ``connection``; a failure reaches its owner as any other loss."""
    loop = asyncio.get_running_loop()
    try:
        await loop.create_connection(lambda: connection, host, port, ssl=tls or None)
    except OSError as error:
        connection.fail(f"no connection: {error.strerror or error}")
