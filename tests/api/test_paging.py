import base64
import contextlib
import json

import pytest
from hypothesis import given, strategies as st
from tests.api.asking import Room

from manycast.api.paging import cursor_of, place
from manycast.api.problems import Problem


WORD = st.text(st.characters(categories=["L", "N", "P"]), max_size=20)


@given(st.lists(st.integers(-(2**62), 2**62) | WORD, min_size=1, max_size=3))
def test_a_cursor_leads_to_where_it_was_made(values: list[int | str]) -> None:
    assert place(cursor_of(tuple(values))) == tuple(values)


@given(st.text(alphabet="abcXYZ019_-", max_size=60))
def test_a_cursor_that_nobody_made_is_refused_and_breaks_nothing(text: str) -> None:
    with contextlib.suppress(Problem):
        assert place(text)


@pytest.mark.parametrize("values", [[], [True], [None], [2**64], ["\x00"], {"a": 1}, [[1]], [1.5]])
def test_what_no_list_is_ordered_by_is_no_place(values: object) -> None:
    with pytest.raises(Problem):
        place(base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("="))


def test_the_cursor_of_one_list_is_none_of_another(room: Room) -> None:
    cursor = cursor_of((1, "brd_x"))
    reply = room.ask.get("/api/v1/channels", params={"cursor": cursor})
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["pointer"] == "query/cursor"


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x"])
def test_a_page_has_limits(room: Room, limit: str) -> None:
    assert room.ask.get("/api/v1/channels", params={"limit": limit}).status_code == 422
