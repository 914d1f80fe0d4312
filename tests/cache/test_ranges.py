import pytest
from hypothesis import given, strategies as st

from manycast.cache.ranges import (
    ContentRange,
    Span,
    Wanted,
    asked_for,
    content_range,
    cut,
    joined,
    missing,
    multipart,
    multipart_length,
    satisfiable,
    slice_span,
    slices,
    told,
    wanted,
)
from manycast.settings.cache import CacheSettings


SETTINGS = CacheSettings(slice_bytes=10, ranges_max=3)


def read(*lines: bytes) -> list[Wanted] | None:
    return wanted([(b"range", line) for line in lines], SETTINGS)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"bytes=0-0", [Wanted(0, 0)]),
        (b"Bytes=5-", [Wanted(5, None)]),
        (b"bytes=-3", [Wanted(None, 3)]),
        (b"bytes=0-1, 4-5,,-1", [Wanted(0, 1), Wanted(4, 5), Wanted(None, 1)]),
        (b"bytes=0-1,2-3,4-5,6-7", None),
        (b"bytes=3-2", None),
        (b"bytes=-", None),
        (b"bytes=", None),
        (b"bytes=a-b", None),
        (b"bytes=+1-2", None),
        (b"bytes=0-1,x", None),
        (b"lines=0-1", None),
        (b"bytes 0-1", None),
        (b"bytes=1_0-20", None),
        (b"bytes=99999999999999999999-", None),
    ],
)
def test_a_range_is_read_or_left_out(value: bytes, found: list[Wanted] | None) -> None:
    assert read(value) == found


def test_two_range_fields_are_none() -> None:
    assert read(b"bytes=0-1", b"bytes=0-1") is None
    assert read() is None


@pytest.mark.parametrize(
    ("value", "spans"),
    [
        (b"bytes=0-4", [Span(0, 5)]),
        (b"bytes=5-100", [Span(5, 10)]),
        (b"bytes=-3", [Span(7, 10)]),
        (b"bytes=-30", [Span(0, 10)]),
        (b"bytes=-0", []),
        (b"bytes=10-", []),
        (b"bytes=8-,0-1", [Span(8, 10), Span(0, 2)]),
        (b"bytes=0-1,10-", [Span(0, 2)]),
        (b"bytes=0-5,5-6", None),
        (b"bytes=0-,0-", None),
    ],
)
def test_spans_of_ten_bytes(value: bytes, spans: list[Span] | None) -> None:
    assert satisfiable(read(value) or [], 10) == spans


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"bytes 0-4/10", ContentRange(Span(0, 5), 10)),
        (b"bytes 0-4/*", ContentRange(Span(0, 5), None)),
        (b"bytes */10", ContentRange(None, 10)),
        (b"bytes */*", None),
        (b"bytes 4-3/10", None),
        (b"bytes 0-10/10", None),
        (b"lines 0-4/10", None),
        (b"bytes 0-4", None),
    ],
)
def test_content_range(value: bytes, found: ContentRange | None) -> None:
    assert content_range([(b"content-range", value)]) == found
    assert content_range([(b"content-range", value)] * 2) is None


BODY = st.lists(st.binary(max_size=9), max_size=9)
SPANS = st.tuples(st.integers(0, 99), st.integers(1, 30)).map(lambda s: Span(s[0], s[0] + s[1]))


@given(BODY, SPANS)
def test_a_cut_is_exactly_the_span(chunks: list[bytes], span: Span) -> None:
    whole = b"".join(chunks)
    assert b"".join(cut(chunks, span)) == whole[span.first : span.end]
    held = b"".join(cut(chunks, span, begins=7))
    assert held == (b"x" * 7 + whole)[max(7, span.first) : max(7, span.end)]


@given(SPANS, st.integers(1, 200))
def test_slices_cover_a_span_and_no_slice_is_idle(span: Span, length: int) -> None:
    numbers = slices(span, SETTINGS)
    cover = [slice_span(number, SETTINGS) for number in numbers]
    assert joined(cover) == [Span(cover[0].first, cover[-1].end)]
    assert all(part.first < span.end and part.end > span.first for part in cover)
    assert missing(cover, span) == []
    assert slice_span(0, SETTINGS, length).length == min(10, length)


@given(st.lists(SPANS), SPANS)
def test_what_is_held_and_what_is_missing_make_the_span(held: list[Span], span: Span) -> None:
    lacking = missing(held, span)
    have = {n for part in held for n in range(part.first, part.end)}
    fetched = [n for part in lacking for n in range(part.first, part.end)]
    assert sorted(fetched) == [n for n in range(span.first, span.end) if n not in have]
    assert joined(joined(held)) == joined(held)


@given(SPANS, st.integers(0, 50))
def test_what_is_rendered_is_read_as_itself(span: Span, beyond: int) -> None:
    length = span.end + beyond
    value = told(span, length)
    assert content_range([(b"content-range", value)]) == ContentRange(span, length)
    assert satisfiable(read(asked_for(span)) or [], length) == [span]
    assert content_range([(b"content-range", told(None, length))]) == ContentRange(None, length)


@given(BODY, st.lists(SPANS, min_size=2, max_size=3))
def test_a_multipart_body_is_as_long_as_announced(chunks: list[bytes], spans: list[Span]) -> None:
    length = sum(map(len, chunks))
    within = [span for span in spans if span.end <= length]
    body = b"".join(multipart(chunks, within, length, b"text/plain", b"edge"))
    assert len(body) == multipart_length(within, length, b"text/plain", b"edge")
    assert body.count(b"--edge") == len(within) + 1
