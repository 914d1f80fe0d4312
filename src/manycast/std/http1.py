"""HTTP/1.1 header fields and heads as bytes."""

import email.utils
from collections.abc import Sequence
from http import HTTPStatus


Headers = tuple[tuple[bytes, bytes], ...]
"""Fields in the order they came; names in lower case."""

Fields = Sequence[tuple[bytes, bytes]]
"""Fields to be sent; names in lower case."""

BODILESS = frozenset({204, 304})
"""Statuses that never carry a body (RFC 9110 section 6.4.1); 1xx are not final replies."""

BODILESS_METHODS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})
"""Methods that state no length when they carry no body (RFC 9110 section 8.6)."""

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""What may be sent again when nobody knows whether it arrived (RFC 9110 section 9.2.2)."""

OWN_TEXT = ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"))
"""Fields of what a server says in its own words, which no cache shall keep."""

_STATUS_LINES = {
    status.value: b"HTTP/1.1 %d %s\r\n" % (status.value, status.phrase.encode())
    for status in HTTPStatus
}


def field(headers: Fields, name: bytes) -> bytes | None:
    """The field's value, several joined by a comma (RFC 9110 section 5.3); None when absent."""
    found = values(headers, name)
    return b", ".join(found) if found else None


def values(headers: Fields, name: bytes) -> list[bytes]:
    """The values of the field's lines, in order."""
    return [value for key, value in headers if key == name]


def lines(fields: Fields) -> bytes:
    return b"".join([b"%s: %s\r\n" % pair for pair in fields])


def head(status: int, fields: Fields) -> bytes:
    """Status line and fields, without the blank line that ends a head."""
    start = _STATUS_LINES.get(status) or b"HTTP/1.1 %d Unknown\r\n" % status
    return start + lines(fields)


def http_date(seconds: int) -> bytes:
    """A time since 1970 as an IMF-fixdate (RFC 9110 section 5.6.7)."""
    return email.utils.formatdate(seconds, usegmt=True).encode()
