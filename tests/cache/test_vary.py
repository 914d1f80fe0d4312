import pytest
from hypothesis import given, strategies as st

from manycast.cache.vary import encodings, names, secondary


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([], ()),
        ([b"Foo, bar"], (b"bar", b"foo")),
        ([b"foo", b"Foo,, "], (b"foo",)),
        ([b"*"], None),
        ([b"foo, *"], None),
        ([b"*, foo"], None),
        ([b"foo", b" * "], None),
        ([b"*, *"], None),
        ([b"foo*"], (b"foo*",)),
    ],
)
def test_the_names_of_all_lines_count_and_any_star_matches_nothing(
    lines: list[bytes], found: tuple[bytes, ...] | None
) -> None:
    assert names([(b"vary", line) for line in lines]) == found


def key(name: bytes, *values: bytes) -> bytes:
    return secondary((name,), [(name, value) for value in values])


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        (b"foo", [b"1,2"], [b" 1, 2 "]),
        (b"foo", [b"1", b"2"], [b"1, 2"]),
        (b"accept-language", [b"en, de"], [b"de,EN;q=1.0"]),
        (b"accept-language", [b"de;q=0.5, en"], [b"en;q=1, de;q=0.50"]),
        (b"accept-encoding", [b"gzip, br"], [b"br;q=1.0, GZIP, deflate"]),
        (b"accept", [b"text/html;level=1;q=0.3"], [b"text/html; level=1; q=0.300"]),
    ],
)
def test_what_means_the_same_has_one_key(name: bytes, one: list[bytes], other: list[bytes]) -> None:
    assert key(name, *one) == key(name, *other)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        (b"foo", [b"1"], [b"2"]),
        (b"foo", [b"a"], [b"A"]),
        (b"foo", [], [b""]),
        (b"foo", [b"1,2"], [b"2,1"]),
        (b"accept-language", [b"en, de;q=0.1"], [b"de, en;q=0.1"]),
        (b"accept-language", [b"en"], [b"en, de;q=0"]),
        (b"accept-encoding", [b"gzip"], [b"br"]),
        (b"accept-encoding", [b"gzip;q=0"], [b"gzip"]),
    ],
)
def test_what_may_mean_something_else_has_another_key(
    name: bytes, one: list[bytes], other: list[bytes]
) -> None:
    assert key(name, *one) != key(name, *other)


@pytest.mark.parametrize(
    ("accepted", "normal"),
    [
        (b"gzip, deflate, br, zstd", b"zstd, br, gzip"),
        (b"gzip;q=0, *", b"zstd, br"),
        (b"x-gzip", b"gzip"),
        (b"", b"identity"),
        (b"identity, *;q=0", b"identity"),
        (b"gzip;q=0.000", b"identity"),
    ],
)
def test_encodings_have_one_spelling(accepted: bytes, normal: bytes) -> None:
    assert encodings([(b"accept-encoding", accepted)]) == normal
    assert encodings([(b"accept-encoding", normal)]) == normal
    assert encodings([]) == b"identity"


FIELDS = st.lists(st.tuples(st.sampled_from([b"a", b"b", b"accept"]), st.binary(max_size=9)))


@given(FIELDS, st.lists(st.tuples(st.just(b"other"), st.binary(max_size=5))))
def test_fields_that_are_not_chosen_change_nothing(
    asked: list[tuple[bytes, bytes]], more: list[tuple[bytes, bytes]]
) -> None:
    chosen = (b"a", b"accept", b"b")
    assert secondary(chosen, asked) == secondary(chosen, [*more, *asked])


@given(
    st.lists(st.sampled_from([b"q", b"=", b"1", b";", b",", b" ", b"gzip", b"*", b".", b"\xff"]))
)
def test_any_preferences_are_read(parts: list[bytes]) -> None:
    value = b"".join(parts)
    encodings([(b"accept-encoding", value)])
    key(b"accept-language", value)
