"""Bytes of one upstream connection to one response."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

import httptools

from manycast.std.http1 import Headers, field


class Failure(Enum):
    UNREACHABLE = "unreachable"
    """No parent took a connection: the request was never sent."""
    BUSY = "busy"
    """Too many fetches wait for a connection already; the node is at fault, not the parent."""
    TIMEOUT = "timeout"
    BROKEN = "broken"
    """The connection ended or spoke nonsense before the response was whole."""


class FetchError(Exception):
    """The parent is at fault, unless the failure says otherwise."""

    def __init__(self, failure: Failure, text: str) -> None:
        super().__init__(text)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class ResponseHead:
    status: int
    headers: Headers
    length: int | None
    """Content-Length; None when absent."""
    framed: bool
    """False when only the end of the connection ends the body: a cut cannot be told from its end."""


class Receiver(Protocol):
    """Called in the order head, data..., end; ``failed`` once instead of whatever is left."""

    def head(self, head: ResponseHead) -> None: ...
    def data(self, piece: bytes) -> None: ...
    def end(self) -> None: ...
    def failed(self, error: FetchError) -> None: ...


@runtime_checkable
class Informed(Protocol):
    """A receiver that is also told of interim responses; others never hear of them."""

    def interim(self, status: int, headers: Headers) -> None: ...


class ResponseParser:
    """Reads one response, and the 1xx responses before it."""

    def __init__(self, receiver: Receiver, method: str, head_bytes_max: int) -> None:
        self.complete = False
        self.reusable = False
        self.begun = False
        self.until_close = False
        self._receiver = receiver
        self._informed = receiver if isinstance(receiver, Informed) else None
        self._headless = method == "HEAD"
        self._head_bytes_max = head_bytes_max
        self._head_bytes = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._in_body = False
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Pass on what has come; raises FetchError."""
        self.begun = True
        if not self._in_body:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise FetchError(Failure.BROKEN, "the parent switched protocols unasked") from None
        except httptools.HttpParserCallbackError as error:
            raise error.__context__ or error from None
        except httptools.HttpParserError as error:
            if not self.complete:
                raise FetchError(Failure.BROKEN, f"malformed response: {error}") from None
            self.reusable = False
        if not (self._in_body or self.complete) and self._head_bytes > self._head_bytes_max:
            raise FetchError(Failure.BROKEN, "the response head is too large")

    def close(self) -> None:
        """The parent closed the connection: an end for some bodies; raises FetchError for others."""
        if self.until_close and not self.complete:
            self._finish()
        elif not self.complete:
            raise FetchError(Failure.BROKEN, "the parent closed the connection too early")

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_body:
            self._headers.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            if self._informed is not None and not self.complete:
                self._informed.interim(status, tuple(self._headers))
            return
        if self.complete:  # more than was asked for
            self.reusable = False
            return
        self._in_body = True
        headers = tuple(self._headers)
        length = field(headers, b"content-length")
        bodiless = self._headless or status in {204, 304}
        coding = field(headers, b"transfer-encoding")
        chunked = coding is not None and coding.lower() == b"chunked"
        if coding is not None and not chunked:
            raise FetchError(Failure.BROKEN, "the parent used an unknown transfer coding")
        self.until_close = length is None and not chunked and not bodiless
        self._receiver.head(
            ResponseHead(
                status=status,
                headers=headers,
                length=None if length is None else int(length),
                framed=not self.until_close,
            )
        )
        if self._headless:
            self._finish()

    def on_body(self, piece: bytes) -> None:
        if not self.complete:
            self._receiver.data(piece)

    def on_message_complete(self) -> None:
        if self._in_body and not self.complete:
            self.reusable = self._parser.should_keep_alive()
            self._finish()
        elif not self._in_body:
            self._headers.clear()

    def _finish(self) -> None:
        self.complete = True
        self._receiver.end()
