import pytest
from hypothesis import given, strategies as st

from manycast.cache.dates import seconds
from manycast.std.http1 import http_date


@pytest.mark.parametrize(
    "value",
    [
        b"Sun, 06 Nov 1994 08:49:37 GMT",
        b"Sunday, 06-Nov-94 08:49:37 GMT",
        b"Sun Nov  6 08:49:37 1994",
        b"Sun Nov 06 08:49:37 1994",
        b"sun, 06 nov 1994 08:49:37 gmt",
        b"SUN, 06 NOV 1994 08:49:37 GMT",
    ],
)
def test_all_three_forms_are_read_in_any_case(value: bytes) -> None:
    assert seconds(value) == 784111777


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"0",
        b"-1",
        b"Sun, 06 Nov 1994 8:49:37 GMT",
        b"Sun, 6 Nov 1994 08:49:37 GMT",
        b"Sun, 06 Nov 94 08:49:37 GMT",
        b"Sun 06 Nov 1994 08:49:37 GMT",
        b"Sun, 06-Nov-1994 08:49:37 GMT",
        b"Sun, 06 Nov 1994 08:49:37 UTC",
        b"Sun, 06 Nov 1994 08:49:37 AEST",
        b"Sun, 06 Nov 1994 08:49:37 +0000",
        b"Sun, 06 Nov 1994 08:49:37",
        b"Sun, 06 Nov 1994 08.49.37 GMT",
        b"Sun,  06 Nov 1994 08:49:37 GMT",
        b"Sun, 31 Feb 1994 08:49:37 GMT",
        b"Sun, 06 Nov 1994 24:00:00 GMT",
        b"Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        b"Sun, 06 Nov 0000 08:49:37 GMT",
    ],
)
def test_anything_else_is_no_date(value: bytes) -> None:
    assert seconds(value) is None


def test_years_of_two_digits_and_far_ones() -> None:
    assert seconds(b"Friday, 01-Jan-21 00:00:00 GMT") == 1609459200
    assert seconds(b"Fri, 31 Dec 9999 23:59:59 GMT") == 253402300799
    assert seconds(b"Sat, 31 Dec 2016 23:59:60 GMT") == 1483228800


@given(st.integers(0, 253402300799))
def test_a_rendered_date_is_read_as_itself(at: int) -> None:
    assert seconds(http_date(at)) == at


@given(st.binary(max_size=40))
def test_any_bytes_are_read(value: bytes) -> None:
    seconds(value)
