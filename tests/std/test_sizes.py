import pytest
from hypothesis import given, strategies as st

from manycast.std.sizes import parse_bytes, show_bytes


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("500MB", 500_000_000), (" 2gib ", 2 << 30), ("7K", 7_000), ("1TB", 10**12)],
)
def test_sizes_have_units(text: str, number: int) -> None:
    assert parse_bytes(text) == number


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5MB", "MB", "1XB", "1 MB 2", "\u0661"])
def test_what_is_no_size_is_an_error_that_shows_one(text: str) -> None:
    with pytest.raises(ValueError, match="a size is a number with B, KB"):
        parse_bytes(text)


@given(st.integers(1, 10**14))
def test_a_shown_size_is_near(size: int) -> None:
    number, unit = show_bytes(size).split()
    factor = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}[unit]
    assert abs(float(number) * factor - size) <= 0.01 * size
