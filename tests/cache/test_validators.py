import pytest
from hypothesis import given, strategies as st

from manycast.cache.merge import merged
from manycast.cache.validators import (
    conditions,
    for_origin,
    if_range,
    kept_by_304,
    matches,
    not_modified,
    same,
    strong,
)
from manycast.std.http1 import Fields


OLD, MID, NEW = (b"Sun, 06 Nov 1994 08:49:3%d GMT" % n for n in (5, 6, 7))
TAGGED = [(b"etag", b'"a"'), (b"last-modified", MID), (b"date", NEW)]
DATED = TAGGED[1:]


@pytest.mark.parametrize(
    ("wanted", "tag", "fits"),
    [
        (b'"a"', b'"a"', True),
        (b'"b"', b'"a"', False),
        (b'"b", "a"', b'"a"', True),
        (b'"b","a","c"', b'"a"', True),
        (b'W/"a"', b'"a"', True),
        (b'"a"', b'W/"a"', True),
        (b'"a,b"', b'"a"', False),
        (b'"a,b"', b'"a,b"', True),
        (b"a", b'"a"', True),
        (b'"a"', b"a", True),
        (b"a", b"a", True),
        (b"b, a", b"a", True),
        (b'"\xfc"', b'"\xfc"', True),
        (b"*", b'"a"', True),
        (b"*", None, True),
        (b'"a"', None, False),
        (b"", b'"a"', False),
        (b'""', b'""', True),
    ],
)
def test_if_none_match_compares_weakly(wanted: bytes, tag: bytes | None, fits: bool) -> None:
    assert matches(wanted, tag) is fits


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ([(b"if-none-match", b'"a"')], True),
        ([(b"if-none-match", b'"a"'), (b"if-modified-since", OLD)], True),
        ([(b"if-none-match", b'"b"'), (b"if-modified-since", NEW)], False),
        ([(b"if-modified-since", MID)], True),
        ([(b"if-modified-since", NEW)], True),
        ([(b"if-modified-since", OLD)], False),
        ([(b"if-modified-since", b"yesterday")], False),
        ([(b"if-modified-since", MID)] * 2, False),
        ([], False),
    ],
)
def test_a_viewers_conditions_in_their_order(asked: Fields, holds: bool) -> None:
    assert not_modified("GET", asked, 200, TAGGED) is holds
    assert not_modified("HEAD", asked, 200, TAGGED) is holds
    assert not not_modified("POST", asked, 200, TAGGED)
    assert not not_modified("GET", asked, 404, TAGGED)


def test_a_reply_without_last_modified_is_judged_by_its_date() -> None:
    assert not_modified("GET", [(b"if-modified-since", NEW)], 200, [(b"date", MID)])
    assert not not_modified("GET", [(b"if-modified-since", NEW)], 200, [])


def test_a_renewal_names_every_validator() -> None:
    assert conditions(TAGGED) == [(b"if-none-match", b'"a"'), (b"if-modified-since", MID)]
    assert conditions(DATED) == [(b"if-modified-since", MID)]
    assert conditions([(b"last-modified", b"soon")]) == []
    assert conditions([(b"etag", b'"a"'), (b"etag", b'"b"')]) == []


def test_if_match_is_the_origins_to_judge() -> None:
    assert for_origin([(b"if-match", b"*")])
    assert for_origin([(b"if-unmodified-since", NEW)])
    assert not for_origin([(b"if-none-match", b"*")])


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (b'"a"', True),
        (b'W/"a"', False),
        (b'"b"', False),
        (MID, True),
        (OLD, False),
        (NEW, False),
        (b"a", False),
        (b"", False),
    ],
)
def test_if_range_is_strong(value: bytes, fits: bool) -> None:
    assert if_range([(b"if-range", value)], TAGGED) is fits
    assert if_range([], TAGGED)
    assert not if_range([(b"if-range", b'W/"a"')], [(b"etag", b'W/"a"')])
    assert not if_range([(b"if-range", MID)], [(b"last-modified", MID), (b"date", MID)])


def test_same_bytes_are_known_by_strong_validators_only() -> None:
    assert same(TAGGED, [(b"etag", b'"a"')])
    assert not same(TAGGED, DATED)
    assert same(DATED, DATED)
    assert not same([(b"etag", b'W/"a"')], [(b"etag", b'W/"a"')])
    assert not same([], [])
    assert not strong(b"a")


def test_a_304_describes_no_body() -> None:
    stored = [*TAGGED, (b"content-type", b"a/b"), (b"cache-control", b"x"), (b"vary", b"y")]
    assert [name for name, _ in kept_by_304(stored)] == [
        b"etag",
        b"date",
        b"cache-control",
        b"vary",
    ]
    assert kept_by_304(DATED) == DATED


@given(st.lists(st.from_regex(rb'(W/)?"[!#-~]{0,5}"', fullmatch=True), min_size=1))
def test_each_tag_of_a_list_matches(tags: list[bytes]) -> None:
    assert all(matches(b", ".join(tags), tag) for tag in tags)


@given(st.from_regex(rb'(W/)?"[!#-~]{0,9}"', fullmatch=True), st.booleans())
def test_a_reply_fits_the_condition_made_of_it(tag: bytes, dated: bool) -> None:
    stored = [(b"etag", tag), *(DATED if dated else ())]
    assert not_modified("GET", conditions(stored), 200, stored)


@given(st.from_regex(rb'(W/)?"[!#-~]{0,9}"', fullmatch=True), st.booleans())
def test_a_304_made_of_a_reply_changes_nothing_of_it(tag: bytes, dated: bool) -> None:
    stored = [(b"etag", tag), (b"content-type", b"a/b"), *(DATED if dated else ())]
    assert sorted(merged(stored, kept_by_304(stored))) == sorted(stored)


@pytest.mark.parametrize(
    "wanted", [b"a" * 99_999 + b'"', b'"' * 99_999, b'W/"' * 33_333, b" ," * 9_999]
)
def test_a_long_list_takes_no_longer_than_its_length(wanted: bytes) -> None:
    assert not matches(wanted, b'"x"')


@given(st.binary(max_size=30), st.binary(max_size=9))
def test_any_bytes_are_compared(wanted: bytes, tag: bytes) -> None:
    matches(wanted, tag)
