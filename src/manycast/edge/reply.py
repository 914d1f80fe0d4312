"""A stored or complete reply as one viewer gets it: whole, not modified, or in ranges."""

from collections.abc import Sequence
from dataclasses import dataclass

from manycast.cache import ranges, validators
from manycast.cache.ranges import Span
from manycast.edge.commands import Ask
from manycast.edge.entry import Entry
from manycast.edge.status import own_fields
from manycast.settings.cache import CacheSettings
from manycast.std.http1 import Fields, field, head


_SELECTING = frozenset({b"if-none-match", b"if-modified-since", b"range"})
_NOT_OF_A_PART = frozenset({b"content-type", b"content-range", b"content-length"})


@dataclass(frozen=True, slots=True)
class Answer:
    start: bytes
    """Head without its blank line."""
    body: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """The body is ``size`` bytes from ``at`` of one on the disk."""

    start: bytes
    at: int
    size: int


def plain(ask: Ask) -> bool:
    """Whether a stored reply goes to this viewer as it is."""
    return all(name not in _SELECTING for name, _ in ask.headers)


def answer(
    ask: Ask, entry: Entry, how: bytes, now: float, rules: CacheSettings, boundary: bytes
) -> Answer:
    if entry.status != 200 or plain(ask):
        return Answer(entry.start(how, now), entry.body)
    fields = entry.fields()
    own = own_fields(how, entry.age(now))
    if validators.not_modified(ask.method, ask.headers, entry.status, fields):
        return unmodified(fields, own)
    spans = asked_spans(ask, fields, entry.length, rules)
    if spans is None:
        return Answer(entry.start(how, now), entry.body)
    if not spans:
        return unsatisfiable(fields, own, entry.length)
    start = partial_head(fields, own, spans, entry.length, boundary)
    if len(spans) == 1:
        return Answer(start, ranges.cut(entry.body, spans[0]))
    kind = field(fields, b"content-type") or b""
    return Answer(start, [*ranges.multipart(entry.body, spans, entry.length, kind, boundary)])


def from_disk(
    ask: Ask, entry: Entry, how: bytes, now: float, rules: CacheSettings
) -> Answer | FileAnswer:
    """Several ranges at once are not worth reading for: who asks for them gets the whole."""
    whole = FileAnswer(entry.start(how, now), 0, entry.length)
    if entry.status != 200 or plain(ask):
        return whole
    fields = entry.fields()
    own = own_fields(how, entry.age(now))
    if validators.not_modified(ask.method, ask.headers, entry.status, fields):
        return unmodified(fields, own)
    spans = asked_spans(ask, fields, entry.length, rules)
    if spans is None or len(spans) > 1:
        return whole
    if not spans:
        return unsatisfiable(fields, own, entry.length)
    start = partial_head(fields, own, spans, entry.length, b"")
    return FileAnswer(start, spans[0].first, spans[0].length)


def unmodified(fields: Fields, own: Fields) -> Answer:
    return Answer(head(304, [*validators.kept_by_304(fields), *own]), ())


def asked_spans(ask: Ask, fields: Fields, length: int, rules: CacheSettings) -> list[Span] | None:
    """What of a representation is wanted; None for all of it, empty when there is nothing of it."""
    if ask.method != "GET":
        return None
    wanted = ranges.wanted(ask.headers, rules)
    if wanted is None or not validators.if_range(ask.headers, fields):
        return None
    return ranges.satisfiable(wanted, length)


def unsatisfiable(fields: Fields, own: Fields, length: int) -> Answer:
    kept = [pair for pair in fields if pair[0] in {b"date", b"etag", b"cache-control"}]
    told = [(b"content-range", ranges.told(None, length)), (b"content-length", b"0")]
    return Answer(head(416, [*kept, *own, *told]), ())


def partial_fields(
    fields: Fields, own: Fields, spans: Sequence[Span], length: int, boundary: bytes
) -> list[tuple[bytes, bytes]]:
    """All but Content-Length."""
    if len(spans) == 1:
        return [*fields, *own, (b"content-range", ranges.told(spans[0], length))]
    kept = [pair for pair in fields if pair[0] not in _NOT_OF_A_PART]
    return [*kept, *own, (b"content-type", b"multipart/byteranges; boundary=" + boundary)]


def partial_length(fields: Fields, spans: Sequence[Span], length: int, boundary: bytes) -> int:
    if len(spans) == 1:
        return spans[0].length
    kind = field(fields, b"content-type") or b""
    return ranges.multipart_length(spans, length, kind, boundary)


def partial_head(
    fields: Fields, own: Fields, spans: Sequence[Span], length: int, boundary: bytes
) -> bytes:
    told = (b"content-length", b"%d" % partial_length(fields, spans, length, boundary))
    return head(206, [*partial_fields(fields, own, spans, length, boundary), told])
