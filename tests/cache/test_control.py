import pytest
from hypothesis import given, strategies as st

from manycast.cache.control import (
    SECONDS_MAX,
    Directives,
    delta,
    dictionary,
    directives,
    governing,
    names,
)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"max-age=12, No-Store", {"max-age": "12", "no-store": None}),
        (b'max-age="12"', {"max-age": "12"}),
        (b'private="a, b",x="\\"y"', {"private": "a, b", "x": '"y'}),
        (b",, ,public,", {"public": None}),
        (b"max-age=1, max-age=1", {"max-age": "1"}),
        (b"max-age=1, max-age=9", {"max-age": "1,9"}),
        (b'no-cache="a", no-cache', {"no-cache": None}),
        (b'no-cache, no-cache="a"', {"no-cache": None}),
        (b'no-cache="a", no-cache="b"', {"no-cache": "a,b"}),
        (b"max-age= 9", {"max-age": " 9"}),
        (b'max-age =9, no-cache ="a"', {"max-age": None, "no-cache": None}),
        (b" max-age=9\t", {"max-age": "9"}),
        (b"max-age=\xb2", {"max-age": "\xb2"}),
        (b"", {}),
    ],
)
def test_lists_are_read(value: bytes, found: Directives) -> None:
    assert directives([(b"cache-control", value)]) == found


def test_several_lines_are_one_list() -> None:
    lines = [(b"cache-control", b"max-age=9"), (b"x", b"y"), (b"cache-control", b"no-store")]
    assert directives(lines) == {"max-age": "9", "no-store": None}


def test_an_open_quote_hides_nothing_and_is_not_trusted() -> None:
    found = directives([(b"cache-control", b'x="a, no-store, max-age=9')])
    assert found.keys() >= {"no-store", "no-cache"}


@pytest.mark.parametrize(
    "value", [b'"' + b'\\"' * 33_333, b'a="' * 33_333, b"," * 99_999, b"\\" * 9_999]
)
def test_a_long_value_takes_no_longer_than_its_length(value: bytes) -> None:
    directives([(b"cache-control", value)])
    dictionary(value)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("12", 12),
        ("0", 0),
        ("9" * 30, SECONDS_MAX),
        ("0" * 30 + "7", 7),
        ("-1", None),
        ("1.0", None),
        ("", None),
        ("1_0", None),
        ("²", None),
        (" 9", None),
        (None, None),
        ("+1", None),
        ("1,9", None),
    ],
)
def test_seconds_are_digits(text: str | None, whole: int | None) -> None:
    assert delta(text) == whole


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"max-age=12, no-store", {"max-age": "12", "no-store": None}),
        (b"max-age=12;q=1;r, public;x=?1", {"max-age": "12", "public": None}),
        (b"max-age=12, max-age=9", {"max-age": "9"}),
        (b'private="a, b"', {"private": "a, b"}),
        (b"public=?0, max-age=1", {"max-age": "1"}),
        (b"x=(a b;c 1), y=:YQ==:, max-age=1", {"x": "()", "y": ":YQ==:", "max-age": "1"}),
        (b"max-age=1.5", {"max-age": "1.5"}),
        (b'max-age="12"', {"max-age": '"12"'}),
        (b"max-age=-1", {"max-age": "-1"}),
        (b"", None),
        (b"  ", None),
        (b"max-age=12,", None),
        (b"max-age =12", None),
        (b"max-age= 12", None),
        (b"Max-Age=12", None),
        (b"max-age=12 public", None),
        (b"max-age=12a", None),
        (b'x="a', None),
        (b"max-age=12, &", None),
        (b"max-age=1234567890123456", None),
        (b"x=(a", None),
        (b"x=1;=2", None),
    ],
)
def test_a_targeted_field_is_a_dictionary_or_nothing(value: bytes, found: Directives) -> None:
    assert dictionary(value) == found


def test_the_first_valid_targeted_field_governs() -> None:
    headers = [
        (b"cache-control", b"no-store"),
        (b"a-cache-control", b"max-age=1,"),
        (b"b-cache-control", b"max-age=2"),
    ]
    assert governing(headers, ("A-Cache-Control", "b-cache-control")) == ({"max-age": "2"}, True)
    assert governing(headers, ("a-cache-control",)) == ({"no-store": None}, False)


def test_names_are_a_list_in_lower_case() -> None:
    assert names("Set-Cookie, X ,,") == {b"set-cookie", b"x"}
    assert names(None) == frozenset()


@given(st.binary(max_size=60))
def test_any_value_is_read(value: bytes) -> None:
    assert all(name == name.lower() for name in directives([(b"cache-control", value)]))
    dictionary(value)


WORDS = st.from_regex(r"[a-z][a-z-]{0,8}", fullmatch=True)


@given(st.dictionaries(WORDS, st.none() | st.integers(0, 10**9).map(str), min_size=1))
def test_rendered_directives_are_read_as_themselves(said: Directives) -> None:
    text = ", ".join(k if v is None else f"{k}={v}" for k, v in said.items()).encode()
    assert directives([(b"cache-control", text)]) == dictionary(text) == said


@given(st.binary(max_size=40))
def test_no_store_at_the_end_of_anything_is_seen(before: bytes) -> None:
    assert "no-store" in directives([(b"cache-control", before + b", no-store")])


@given(st.lists(st.binary(max_size=20), max_size=4))
def test_lines_are_read_as_the_list_that_they_are(parts: list[bytes]) -> None:
    lines = [(b"cache-control", part) for part in parts]
    assert directives(lines) == directives([(b"cache-control", b", ".join(parts))])
