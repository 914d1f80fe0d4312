import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from manycast.platforms.youtube import pushes
from manycast.platforms.youtube.pushes import Pushes


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda of: st.lists(of, max_size=3) | st.dictionaries(st.text(), of, max_size=3),
    max_leaves=6,
)
OBJECTS = st.lists(st.dictionaries(st.text(), VALUES, max_size=3), max_size=4)


@given(OBJECTS, st.lists(st.integers(0, 400), max_size=8), st.sampled_from([None, 2]))
def test_however_an_array_is_cut_its_objects_come_out(
    objects: list[dict[str, Any]], cuts: list[int], indent: int | None
) -> None:
    text = json.dumps(objects, ensure_ascii=False, indent=indent).encode()
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    feed, made = Pushes(), list[Any]()
    for begin, end in pairwise(places):
        made += feed.feed(text[begin:end])
    assert made == objects


def test_an_object_is_there_with_its_last_byte() -> None:
    feed = Pushes()
    assert feed.feed(b'[{"a": "}]\\""') == []
    assert feed.feed(b"}") == [{"a": '}]"'}]
    assert feed.feed(b',\r\n{"b": [{}]}') == [{"b": [{}]}]


@pytest.mark.parametrize(
    "text", [b"<html>", b"7", b'"x"', b'[{"a": 1}, true]', b'[{"a": }]', b"[{]"]
)
def test_what_is_no_array_of_objects_is_not_taken(text: bytes) -> None:
    with pytest.raises(ValueError):
        Pushes().feed(text + b"}")


def test_an_object_without_an_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushes, "OBJECT_BYTES_MAX", 100)
    feed = Pushes()
    assert feed.feed(b'{"a": "' + b"0" * 90) == []
    with pytest.raises(ValueError, match="without an end"):
        feed.feed(b"0" * 10)
