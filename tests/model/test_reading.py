from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, strategies as st

from manycast.model.reading import read


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    height: int


@dataclass(frozen=True)
class Outer:
    name: str
    rate: float = 0.0
    colour: Colour = Colour.RED
    inner: Inner | None = None
    others: tuple[Inner, ...] = ()
    own: Inner = field(default_factory=lambda: Inner(1))
    wide: bool = False


def test_values_are_built_all_the_way_down() -> None:
    value = {"name": "n", "rate": 2, "inner": {"height": 3}, "others": [{"height": 4}]}
    assert read(Outer, value) == Outer("n", 2.0, inner=Inner(3), others=(Inner(4),))


def test_a_newer_one_may_say_more() -> None:
    assert read(Inner, {"height": 1, "depth": 2}) == Inner(1)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "Outer: made of what is no object"),
        ({}, "name: missing"),
        ({"name": 5}, "name: not of type str"),
        ({"name": None}, "name: not of type str"),
        ({"name": "n", "rate": True}, "rate: not of type float"),
        ({"name": "n", "rate": float("inf")}, "rate: not of type float"),
        ({"name": "n", "colour": "green"}, "green"),
        ({"name": "n", "inner": {"height": True}}, "height: not of type int"),
        ({"name": "n", "inner": {"height": 1.0}}, "height: not of type int"),
        ({"name": "n", "others": {}}, "others: not of type list"),
        ({"name": "n", "others": [None]}, "Inner: made of what is no object"),
        ({"name": "n", "own": None}, "Inner: made of what is no object"),
        ({"name": "n", "wide": 1}, "wide: not of type bool"),
    ],
)
def test_what_is_wrong_is_named(value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(Outer, value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["name", "rate", "colour", "inner", "others", "height"]), inner
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_anything_is_read_or_refused_with_a_value_error(value: Any) -> None:
    try:
        found = read(Outer, value)
    except ValueError:
        return
    assert isinstance(found.name, str)
