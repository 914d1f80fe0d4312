"""Conditional requests: to a parent about a stored reply, and from a viewer about the same one."""

import re

from manycast.cache import dates
from manycast.std.http1 import Fields, field, values


_TAG = re.compile(rb'(?:[Ww]/)?"[^"]*+"?|[^\s,"]++')
"""One entity tag of a list; some servers and scripts leave the quotes out. Linear whatever is sent."""

CONDITIONS = frozenset(
    {b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since", b"if-range"}
)
"""A viewer's conditions concern the viewer's copy: a shared fetch replaces them by its own."""

_PRECONDITIONS = frozenset({b"if-match", b"if-unmodified-since"})

_REPRESENTATION = frozenset(
    {
        b"content-type", b"content-encoding", b"content-language", b"content-length",
        b"content-range", b"last-modified",
    }
)  # fmt: skip


def conditions(stored: Fields) -> list[tuple[bytes, bytes]]:
    """Fields that ask a parent whether the stored reply still holds; empty when it cannot be asked."""
    tag, modified = values(stored, b"etag"), field(stored, b"last-modified")
    asked = [(b"if-none-match", tag[0])] if len(tag) == 1 and tag[0] else []
    if modified is not None and dates.seconds(modified) is not None:
        asked.append((b"if-modified-since", modified))
    return asked


def for_origin(asked: Fields) -> bool:
    """Whether a precondition is here that only the origin may judge (RFC 9111 section 4.3.2)."""
    return any(name in _PRECONDITIONS for name, _ in asked)


def not_modified(method: str, asked: Fields, status: int, stored: Fields) -> bool:
    """Whether 304 answers the viewer, as RFC 9110 section 13.2.2 orders the conditions.

    ``status`` and ``stored`` are those of the reply that would be sent otherwise.
    """
    if method not in {"GET", "HEAD"} or status != 200:
        return False
    wanted = field(asked, b"if-none-match")
    if wanted is not None:
        return matches(wanted, field(stored, b"etag"))
    since = values(asked, b"if-modified-since")
    asked_at = dates.seconds(since[0]) if len(since) == 1 else None
    if asked_at is None:
        return False
    made = field(stored, b"last-modified") or field(stored, b"date") or b""
    made_at = dates.seconds(made)
    return made_at is not None and made_at <= asked_at


def matches(wanted: bytes, tag: bytes | None) -> bool:
    """If-None-Match against the stored tag, by weak comparison; "*" matches whatever is stored."""
    if wanted.strip() == b"*":
        return True
    return tag is not None and _opaque(tag) in {_opaque(item) for item in _TAG.findall(wanted)}


def strong(tag: bytes | None) -> bool:
    return tag is not None and re.fullmatch(rb'"[^"]*"', tag.strip()) is not None


def same(one: Fields, other: Fields) -> bool:
    """Whether two replies are surely of the same bytes: equal strong validators (RFC 9110 8.8.3.2)."""
    tag = field(one, b"etag")
    if tag is None and field(other, b"etag") is None:
        return _dated_strongly(one) and field(one, b"last-modified") == field(
            other, b"last-modified"
        )
    return strong(tag) and tag == field(other, b"etag")


def _dated_strongly(stored: Fields) -> bool:
    """A second is long: only a date well before the reply's own is strong (RFC 9110 section 8.8.2.2)."""
    modified = dates.seconds(field(stored, b"last-modified") or b"")
    made = dates.seconds(field(stored, b"date") or b"")
    return modified is not None and made is not None and made - modified >= 1


def if_range(asked: Fields, stored: Fields) -> bool:
    """Whether Range may be obeyed: no If-Range, or a strong one that fits (RFC 9110 section 13.1.5)."""
    wanted = values(asked, b"if-range")
    if not wanted:
        return True
    value = wanted[0].strip()
    if len(wanted) > 1:
        return False
    if strong(value):
        return value == field(stored, b"etag")
    at = dates.seconds(value)
    told = dates.seconds(field(stored, b"last-modified") or b"")
    return at is not None and at == told and _dated_strongly(stored)


def kept_by_304(stored: Fields) -> list[tuple[bytes, bytes]]:
    """What of the stored fields a 304 carries: all but those that describe a body it does not have.

    Last-Modified only when there is no tag (RFC 9110 section 15.4.5).
    """
    tagged = field(stored, b"etag") is not None
    left_out = _REPRESENTATION if tagged else _REPRESENTATION - {b"last-modified"}
    return [pair for pair in stored if pair[0] not in left_out]


def _opaque(tag: bytes) -> bytes:
    """Without weakness and quotes."""
    tag = tag.strip()
    if tag[:2] in {b"W/", b"w/"}:
        tag = tag[2:]
    return tag.strip(b'"')
