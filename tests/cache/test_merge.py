import pytest
from hypothesis import given, strategies as st

from manycast.cache.merge import News, by_304, by_head, merged
from manycast.std.http1 import Fields


def test_every_line_of_a_field_is_replaced_and_the_rest_stays() -> None:
    stored = [(b"a", b"1"), (b"b", b"2"), (b"a", b"3"), (b"age", b"9")]
    assert merged(stored, [(b"a", b"4"), (b"c", b"5")]) == (
        (b"b", b"2"),
        (b"a", b"4"),
        (b"c", b"5"),
    )


@pytest.mark.parametrize(
    "name", [b"content-length", b"content-encoding", b"content-range", b"transfer-encoding"]
)
def test_what_describes_the_stored_bytes_stays(name: bytes) -> None:
    assert merged([(name, b"1")], [(name, b"2")]) == ((name, b"1"),)
    assert merged([], [(name, b"2")]) == ()


@pytest.mark.parametrize(
    ("stored", "fresh", "news"),
    [
        (b'"a"', b'"a"', News.RENEWS),
        (b'"a"', b'"b"', News.OUTDATES),
        (b'W/"a"', b'"a"', News.RENEWS),
        (b'W/"a"', b'W/"b"', News.OUTDATES),
        (None, b'"b"', News.RENEWS),
        (b'"a"', None, News.RENEWS),
    ],
)
def test_a_304_with_another_tag_is_of_something_else(
    stored: bytes | None, fresh: bytes | None, news: News
) -> None:
    def tag(value: bytes | None) -> Fields:
        return [] if value is None else [(b"etag", value)]

    assert by_304(tag(stored), tag(fresh)) is news


def test_a_head_renews_what_it_agrees_with() -> None:
    stored = [(b"etag", b'"a"'), (b"content-length", b"3")]
    assert by_head(stored, 200, stored) is News.RENEWS
    assert by_head(stored, 200, [(b"x", b"y")]) is News.RENEWS
    assert by_head(stored, 200, [(b"content-length", b"4")]) is News.OUTDATES
    assert by_head(stored, 200, [(b"etag", b'"b"')]) is News.OUTDATES
    assert by_head(stored, 404, stored) is News.NOTHING


FIELDS = st.lists(
    st.tuples(
        st.sampled_from([b"a", b"b", b"age", b"etag", b"content-length"]), st.binary(max_size=2)
    )
)


@given(FIELDS, FIELDS)
def test_merging_twice_is_merging_once(
    stored: list[tuple[bytes, bytes]], fresh: list[tuple[bytes, bytes]]
) -> None:
    once = merged(stored, fresh)
    assert merged(once, fresh) == once
