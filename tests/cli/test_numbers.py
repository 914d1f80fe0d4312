import argparse
from collections.abc import Callable

import pytest

from manycast.cli.numbers import count, seconds


def test_numbers_are_read() -> None:
    assert (count("12"), seconds("0.5")) == (12, 0.5)


@pytest.mark.parametrize(
    ("read", "text"),
    [(count, "0"), (count, "-1"), (count, "1.5"), (count, "x"), (count, "9" * 5000)]
    + [(seconds, text) for text in ("0", "-1", "inf", "nan", "x", "")],
)
def test_what_is_no_number_is_quoted_with_what_to_use(
    read: Callable[[str], float], text: str
) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="use a"):
        read(text)
