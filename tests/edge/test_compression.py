import pytest
from hypothesis import given, strategies as st

from manycast.edge.compression import Chooser, compressible, packed_fields, varied, weakened
from manycast.settings.compression import CompressionSettings
from manycast.std.http1 import Fields


SETTINGS = CompressionSettings()
ALL = (b"zstd", b"br", b"gzip")


def typed(kind: bytes, *more: tuple[bytes, bytes]) -> Fields:
    return [(b"content-type", kind), *more]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (b"text/html; charset=utf-8", True), (b"Application/JSON", True), (b"application/x+json", True),
        (b"image/svg+xml", True), (b"video/mp4", False), (b"image/webp", False), (b"font/woff2", False),
        (b"application/zip", False), (b"text/event-stream", False), (b"", False),
    ],
)  # fmt: skip
def test_only_text_is_compressed(kind: bytes, text: bool) -> None:
    assert compressible(200, typed(kind), 5_000, SETTINGS) is text


@pytest.mark.parametrize(
    ("status", "field", "length"),
    [
        (200, (b"content-encoding", b"gzip"), 5_000), (200, (b"cache-control", b"max-age=1, No-Transform"), 5_000),
        (404, (b"a", b"b"), 5_000), (206, (b"a", b"b"), 5_000), (200, (b"a", b"b"), 10), (200, (b"a", b"b"), 10**9),
    ],
)  # fmt: skip
def test_what_must_or_need_not_be_changed_is_left_alone(
    status: int, field: tuple[bytes, bytes], length: int
) -> None:
    assert not compressible(status, typed(b"text/plain", field), length, SETTINGS)


def test_a_copy_never_passes_for_the_plain_bytes() -> None:
    told = packed_fields(
        [(b"etag", b'"a"'), (b"content-digest", b"x"), (b"accept-ranges", b"bytes")], b"br"
    )
    assert told == [(b"etag", b'W/"a"'), (b"content-encoding", b"br")]
    assert weakened(b'W/"a"') == b'W/"a"'
    assert varied([(b"vary", b"Origin")])[-1] == (b"vary", b"accept-encoding")
    for said in (b"Accept-Encoding", b"origin, accept-encoding", b"*"):
        assert varied([(b"vary", said)]) == [(b"vary", said)]


def test_each_coding_is_tried_and_then_the_cheapest_is_taken() -> None:
    chooser = Chooser(SETTINGS, ALL)
    results = {b"zstd": (400, 0.0001), b"br": (300, 0.9), b"gzip": (500, 0.0001)}
    tried = []
    for _ in range(9):
        coding = chooser.choose(b"text/css", ALL)
        assert coding is not None
        tried.append(coding)
        assert chooser.learn(b"text/css", coding, 1_000, *results[coding])
    assert set(tried[:6]) == set(ALL)
    assert set(tried[6:]) == {b"zstd"}
    assert chooser.choose(b"text/css", [b"gzip"]) == b"gzip"
    assert chooser.choose(b"text/css", []) is None


def test_what_gains_nothing_is_hardly_tried_again() -> None:
    chooser = Chooser(SETTINGS, [b"gzip"])
    tries = 0
    for _ in range(640):
        if chooser.choose(b"text/x", ALL) is not None:
            tries += 1
            assert not chooser.learn(b"text/x", b"gzip", 1_000, 990, 0.001)
    assert tries < 15


@given(st.lists(st.binary(max_size=3), max_size=400))
def test_strange_kinds_of_content_take_bounded_room(kinds: list[bytes]) -> None:
    chooser = Chooser(SETTINGS, [b"gzip"])
    for number, kind in enumerate(kinds):
        chooser.learn(kind + b"%d" % number, b"gzip", 10, 9, 0.0)
    assert len(chooser._kinds) <= 256
