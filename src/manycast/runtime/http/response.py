"""Bytes of one upstream connection to one response."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import httptools

from manycast.model.failures import Failure
from manycast.std.http1 import BODILESS, Headers, field


_LENGTH = re.compile(rb"[0-9]{1,20}")


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


Inform = Callable[[int, Headers], None]
"""``interim`` of a receiver that has it, and is told of 1xx replies; others never hear of them."""


class ResponseParser:
    """Reads one response, and the 1xx responses before it; a parent may be broken, or lie.

    What cannot be framed beyond doubt is refused (RFC 9112 section 6.3): a byte too many in one reply
    would be the first of another's.
    """

    def __init__(
        self, receiver: Receiver, method: str, head_bytes_max: int, interim_max: int
    ) -> None:
        self.complete = False
        self.reusable = False
        self.begun = False
        self.headed = False
        """The final head is complete; the rest is body and trailers."""
        self._until_close = False
        self._receiver = receiver
        self._inform: Inform | None = getattr(receiver, "interim", None)
        self._headless = method == "HEAD"
        self._limit = head_bytes_max
        self._left = head_bytes_max
        """Bytes that may still come without a byte of body among them."""
        self._interim_left = interim_max
        self._headers: list[tuple[bytes, bytes]] = []
        self._whole = False
        self._excess = False
        self._parser = httptools.HttpResponseParser(self)

    def silence(self) -> None:
        """Report nothing more."""
        self.complete = True

    def feed(self, data: bytes) -> None:
        """Pass on what has come; raises FetchError."""
        self.begun = True
        self._left -= len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise FetchError(Failure.BROKEN, "the parent switched protocols unasked") from None
        except httptools.HttpParserCallbackError as error:
            raise error.__context__ or error from None
        except httptools.HttpParserError as error:
            if not self._whole:
                raise FetchError(Failure.BROKEN, f"malformed response: {error}") from None
            self._excess = True
        if self._whole:
            self._finish()
        elif self._left < 0:
            raise FetchError(Failure.BROKEN, "the response head or its trailers are too large")

    def close(self) -> None:
        """The parent closed the connection: an end for some bodies; raises FetchError for others."""
        if self._until_close and not self.complete:
            self._finish()
        elif not self.complete:
            raise FetchError(Failure.BROKEN, "the parent closed the connection too early")

    def on_message_begin(self) -> None:
        if self._whole:
            self._excess = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.headed:
            self._headers.append((name.lower(), value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self.complete or self._whole:
            return
        if status < 200:
            self._interim(status)
            return
        head = self._head(status)
        self.headed = True
        self._until_close = not head.framed
        self.reusable = self._parser.should_keep_alive()
        self._receiver.head(head)
        self._whole = self._headless

    def on_body(self, piece: bytes) -> None:
        if not (self.complete or self._whole):
            self._left = self._limit
            self._receiver.data(piece)

    def on_message_complete(self) -> None:
        if self.headed:
            self._whole = True
        else:
            self._headers.clear()

    def _interim(self, status: int) -> None:
        self._interim_left -= 1
        if status < 100 or self._interim_left < 0:
            raise FetchError(Failure.BROKEN, "the parent sends interim responses without end")
        if self._inform is not None:
            self._inform(status, tuple(self._headers))

    def _head(self, status: int) -> ResponseHead:
        headers = tuple(self._headers)
        version = self._parser.get_http_version()
        if self._left < 0 and sum(len(n) + len(v) + 4 for n, v in headers) > self._limit:
            raise FetchError(Failure.BROKEN, "the response head is too large")
        if status > 599 or version not in {"1.0", "1.1"}:
            raise FetchError(Failure.BROKEN, f"the parent answered {status} in HTTP/{version}")
        length = field(headers, b"content-length")
        chunked = self._is_chunked(headers, version)
        if length is not None and (chunked or not _LENGTH.fullmatch(length)):
            raise FetchError(Failure.BROKEN, "the response states its length in two ways, or none")
        bodiless = self._headless or status in BODILESS
        return ResponseHead(
            status=status,
            headers=headers,
            length=None if length is None else int(length),
            framed=length is not None or chunked or bodiless,
        )

    def _is_chunked(self, headers: Headers, version: str) -> bool:
        coding = field(headers, b"transfer-encoding")
        if coding is not None and (coding.lower() != b"chunked" or version == "1.0"):
            raise FetchError(Failure.BROKEN, "the parent used an unknown transfer coding")
        return coding is not None

    def _finish(self) -> None:
        """Bytes beyond a body that was framed by its length make that length a lie."""
        if self.complete:
            return
        self.complete = True
        if self._excess:
            self.reusable = False
            if not self._headless:
                raise FetchError(Failure.BROKEN, "the parent sent more than it announced")
        self._receiver.end()
