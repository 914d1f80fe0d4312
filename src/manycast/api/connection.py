"""A connection of the control role: what uvicorn leaves open, how large the head of a request may be, and how slow."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


HEAD_BYTES_MAX = 65_536
"""Request line and header fields; browsers with many cookies send a few KB."""
HEAD_S_MAX = 10.0
"""From the connection, or the first byte of a request, to the end of its head."""


class BoundedConnection(HttpToolsProtocol):
    """Closes, without an answer, on whoever sends a head that is endless, one way or the other."""

    _head_bytes = 0
    _heading = True
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        inside = self._heading
        super().data_received(data)
        if inside and self._heading:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        self._end()
        super().on_headers_complete()

    def _begin(self) -> None:
        self._end()
        self._head_bytes, self._heading = 0, True
        self._timer = self.loop.call_later(HEAD_S_MAX, self.transport.close)

    def _end(self) -> None:
        self._heading = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
