import pytest
from hypothesis import given, strategies as st

from manycast.cache.freshness import assess, directives


def judged(*fields: tuple[bytes, bytes], status: int = 200) -> float:
    """Seconds for which the response may be reused; 0 when not at all."""
    freshness = assess(status, fields, 1.0)
    return freshness.lifetime_s - freshness.age_s if freshness.reusable else 0.0


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        (b"max-age=12", 12),
        (b"MAX-AGE=12", 12),
        (b"public, max-age=3600, immutable", 3600),
        (b'max-age="12"', 12),
        (b"max-age=5, s-maxage=9", 9),
        (b"s-maxage=0, max-age=9", 0),
        (b"max-age=1, max-age=100", 1),
        (b"max-age=0", 0),
        (b"max-age=-1", 0),
        (b"max-age=1.5", 0),
        (b"max-age=soon", 0),
        (b"max-age", 0),
        (b"max-age=99999999999999999999999", 2**31),
        (b"max-age=9, no-store", 0),
        (b"max-age=9, private", 0),
        (b'private="set-cookie", max-age=9', 0),
        (b"no-cache, max-age=9", 0),
        (b'x="no-store, max-age=1", max-age=9', 9),
        (b"immutable", 0),
        (b",, ,max-age=3,", 3),
        (b"", 0),
    ],
)
def test_cache_control_says_how_long(control: bytes, seconds: float) -> None:
    assert judged((b"cache-control", control)) == seconds


def test_several_cache_control_fields_are_one() -> None:
    assert judged((b"cache-control", b"max-age=9"), (b"cache-control", b"no-store")) == 0


@pytest.mark.parametrize(
    ("age", "left"),
    [(b"3", 7), (b"10", 0), (b"11", 0), (b"0", 10), (b"x", 10), (b"-1", 10), (b"3, 9", 7)],
)
def test_the_age_of_caches_before_us_counts(age: bytes, left: float) -> None:
    assert judged((b"cache-control", b"max-age=10"), (b"age", age)) == left


@pytest.mark.parametrize(
    "fields",
    [
        ((b"set-cookie", b"a=b"),),
        ((b"vary", b"Cookie"),),
        ((b"vary", b"Accept-Encoding, *"),),
        ((b"content-range", b"bytes 0-0/1"),),
    ],
)
def test_what_may_differ_from_viewer_to_viewer_is_not_stored(
    fields: tuple[tuple[bytes, bytes], ...],
) -> None:
    assert judged((b"cache-control", b"public, max-age=10"), *fields) == 0


def test_varying_by_what_is_never_sent_upstream_varies_nothing() -> None:
    assert judged((b"cache-control", b"max-age=10"), (b"vary", b"Accept-Encoding, Origin")) == 10


def test_only_statuses_that_can_be_reproduced_are_stored() -> None:
    control = (b"cache-control", b"max-age=10")
    assert [s for s in (200, 206, 304, 404, 500, 502, 503) if judged(control, status=s)] == [
        200,
        404,
    ]


def test_a_404_without_a_word_is_remembered_for_a_moment() -> None:
    assert judged(status=404) == 1.0
    assert judged((b"cache-control", b"no-store"), status=404) == 0


@given(st.binary(max_size=60))
def test_any_value_is_read(value: bytes) -> None:
    assert all(name == name.lower() for name in directives(value))
    assess(200, ((b"cache-control", value), (b"age", value), (b"vary", value)))
