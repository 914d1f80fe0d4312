"""A connection of the control role: what uvicorn leaves open, how large the head of a request may be, and how slow."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


HEAD_BYTES_MAX = 65_536
"""Request line and header fields, and what frames a body in chunks; browsers with many cookies send a few KB."""
HEAD_S_MAX = 10.0
"""From the connection, or the first byte of a request, to the end of its head."""


class BoundedConnection(HttpToolsProtocol):
    """Closes, without an answer, on whoever sends a head that is endless, one way or the other."""

    _beside_bytes = 0
    """Of this request so far, without its body."""
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if (
            self.timeout_keep_alive_task is not None
        ):  # also empty lines, with which no message begins
            self._begin()
        self._beside_bytes += len(data)
        super().data_received(data)
        if self._beside_bytes > HEAD_BYTES_MAX:
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        self._end()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._beside_bytes -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._beside_bytes = 0
        super().on_message_complete()

    def _begin(self) -> None:
        self._end()
        self._timer = self.loop.call_later(HEAD_S_MAX, self.transport.close)

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
