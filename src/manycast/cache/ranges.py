"""Byte ranges: what is asked for, what is there, and how it is cut and joined (RFC 9110 section 14)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from manycast.settings.cache import CacheSettings
from manycast.std.http1 import Fields, values


_SPEC = re.compile(rb"(?P<first>\d{0,19})-(?P<last>\d{0,19})", re.ASCII)
_CONTENT_RANGE = re.compile(
    rb"bytes +(?:(\d{1,19})-(\d{1,19})|\*)/(\d{1,19}|\*)", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Bytes from ``first`` up to, not with, ``end``."""

    first: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.first


@dataclass(frozen=True, slots=True)
class Wanted:
    """One range as asked for: ``first`` to ``last``, or the ``last`` bytes when first is None."""

    first: int | None
    last: int | None
    """None: to the end."""


@dataclass(frozen=True, slots=True)
class ContentRange:
    span: Span | None
    """None in a 416."""
    length: int | None
    """Of the whole representation; None when it is not known."""


def wanted(asked: Fields, settings: CacheSettings) -> list[Wanted] | None:
    """The ranges of a request; None to answer as if it had none.

    That is for another unit, a malformed list, two fields, and more ranges than anyone needs: RFC 9110
    section 14.2 lets a server ignore what looks like an attack.
    """
    lines = values(asked, b"range")
    if len(lines) != 1:
        return None
    unit, equals, listed = lines[0].partition(b"=")
    if not equals or unit.strip().lower() != b"bytes":
        return None
    found = [_one(item.strip(b" \t")) for item in listed.split(b",") if item.strip(b" \t")]
    if not found or len(found) > settings.ranges_max:
        return None
    sound = [item for item in found if item is not None]
    return sound if len(sound) == len(found) else None


def _one(item: bytes) -> Wanted | None:
    match = _SPEC.fullmatch(item)
    if match is None or item == b"-":
        return None
    first = int(match["first"]) if match["first"] else None
    last = int(match["last"]) if match["last"] else None
    if first is not None and last is not None and last < first:
        return None
    return Wanted(first, last)


def satisfiable(asked: Sequence[Wanted], length: int) -> list[Span] | None:
    """The spans of a representation, in the order asked; empty means 416.

    None when any two overlap: nobody needs a byte twice, so it is sent whole instead.
    """
    spans = [span for item in asked if (span := _within(item, length)) is not None]
    ordered = sorted(spans)
    return None if any(b.first < a.end for a, b in pairwise(ordered)) else spans


def _within(item: Wanted, length: int) -> Span | None:
    if item.first is None:
        first, end = length - min(item.last or 0, length), length
    else:
        first = item.first
        end = length if item.last is None else min(item.last + 1, length)
    return Span(first, end) if first < end else None


def content_range(headers: Fields) -> ContentRange | None:
    """What a 206 or 416 carries; None when it cannot be believed."""
    lines = values(headers, b"content-range")
    found = _CONTENT_RANGE.fullmatch(lines[0].strip()) if len(lines) == 1 else None
    if found is None:
        return None
    first, last, whole = found.groups()
    length = None if whole == b"*" else int(whole)
    if first is None:
        return None if length is None else ContentRange(None, length)
    span = Span(int(first), int(last) + 1)
    sound = span.length > 0 and (length is None or span.end <= length)
    return ContentRange(span, length) if sound else None


def told(span: Span | None, length: int) -> bytes:
    """The value of Content-Range; no span for 416."""
    if span is None:
        return b"bytes */%d" % length
    return b"bytes %d-%d/%d" % (span.first, span.end - 1, length)


def asked_for(span: Span) -> bytes:
    """The value of Range."""
    return b"bytes=%d-%d" % (span.first, span.end - 1)


def slices(span: Span, settings: CacheSettings) -> range:
    """Numbers of the aligned slices that cover a span."""
    size = settings.slice_bytes
    return range(span.first // size, -(-span.end // size))


def slice_span(number: int, settings: CacheSettings, length: int | None = None) -> Span:
    """The bytes of one slice; the last one of a representation of known length is shorter."""
    size = settings.slice_bytes
    end = (number + 1) * size
    return Span(number * size, end if length is None else min(end, length))


def cut(chunks: Sequence[bytes], span: Span, begins: int = 0) -> list[bytes]:
    """A span's bytes out of chunks whose first byte is number ``begins``; whole chunks are not copied."""
    found = []
    at = begins
    for chunk in chunks:
        first, end = max(span.first - at, 0), min(span.end - at, len(chunk))
        if first < end:
            found.append(chunk if end - first == len(chunk) else chunk[first:end])
        at += len(chunk)
        if at >= span.end:
            break
    return found


def multipart(
    chunks: Sequence[bytes], spans: Sequence[Span], length: int, kind: bytes, boundary: bytes
) -> Iterator[bytes]:
    """The body of multipart/byteranges, piece by piece (RFC 9110 section 14.6)."""
    for span in spans:
        yield part_head(span, length, kind, boundary)
        yield from cut(chunks, span)
    yield b"\r\n--%s--\r\n" % boundary


def multipart_length(spans: Sequence[Span], length: int, kind: bytes, boundary: bytes) -> int:
    heads = sum(len(part_head(span, length, kind, boundary)) for span in spans)
    return heads + sum(span.length for span in spans) + len(boundary) + 8


def part_head(span: Span, length: int, kind: bytes, boundary: bytes) -> bytes:
    said = b"content-type: %s\r\n" % kind if kind else b""
    place = told(span, length)
    return b"\r\n--%s\r\n%scontent-range: %s\r\n\r\n" % (boundary, said, place)


def joined(spans: Sequence[Span]) -> list[Span]:
    """Spans that hold the same bytes as these, sorted, with none touching another."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.first <= found[-1].end:
            found[-1] = Span(found[-1].first, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def missing(held: Sequence[Span], span: Span) -> list[Span]:
    """What of a span is in none of those held."""
    found = []
    at = span.first
    for have in joined(held):
        if at < min(have.first, span.end):
            found.append(Span(at, min(have.first, span.end)))
        at = max(at, have.end)
    if at < span.end:
        found.append(Span(at, span.end))
    return found
