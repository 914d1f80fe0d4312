import json

import pytest
from hypothesis import given, strategies as st

from manycast.edge.orders import OrderError, from_row, orders, row
from manycast.edge.purge import EVERYTHING, Kind, Purge


def read(query: str, body: bytes = b"") -> list[Purge]:
    return orders(query, body, hosted=False, orders_max=5)


def test_a_query_and_json_name_the_same() -> None:
    wanted = [
        Purge(Kind.URL, b"/a", soft=True),
        Purge(Kind.TAG, b"x y", soft=True),
        Purge(Kind.TAG, b"z", soft=True),
    ]
    assert read("url=/a&tag=x%20y&tag=z&soft=1") == wanted
    assert read("", b'{"url": "/a", "tag": ["x y", "z"], "soft": true}') == wanted
    assert not read("tag=x&soft=0")[0].soft


def test_everything_is_the_empty_prefix() -> None:
    assert read("prefix=&soft=1") == [EVERYTHING]


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", b""), ("soft=1", b""), ("key=x", b""), ("url=x", b""), ("url=", b""), ("tag=", b""),
        ("tag=a%0d%0ab", b""), ("", b"{"), ("", b"[" * 100_000), ("", b"[]"), ("", b'{"tag": 1}'),
        ("", b'{"tag": [["a"]]}'), ("tag=a&" * 9, b""), ("", json.dumps({"tag": ["a"] * 6}).encode()),
    ],
)  # fmt: skip
def test_what_names_nothing_is_refused(query: str, body: bytes) -> None:
    with pytest.raises(OrderError):
        read(query, body)


@given(st.integers(0), st.builds(Purge, st.sampled_from(Kind), st.binary(), st.booleans()))
def test_a_row_says_all_of_a_purge(sequence: int, purge: Purge) -> None:
    assert from_row(json.loads(json.dumps(row(sequence, purge)))) == (sequence, purge)


@pytest.mark.parametrize(
    "values", [[], [1, "tag", "x"], ["1", "tag", "x", True], [1, "x", "y", True]]
)
def test_other_rows_are_refused(values: list[object]) -> None:
    with pytest.raises(ValueError, match=r"no row|not a valid"):
        from_row(values)
