import math

import pytest
from hypothesis import given, strategies as st

from manycast.std.quantiles import Quantiles


STEP = 0.0001
VALUES = st.lists(
    st.floats(min_value=-5000, max_value=5000, allow_nan=False), min_size=1, max_size=200
)


def filled(values: list[float]) -> Quantiles:
    quantiles = Quantiles(STEP)
    for value in values:
        quantiles.add(value)
    return quantiles


@given(VALUES, st.floats(min_value=0, max_value=1))
def test_a_quantile_is_the_sorted_lists_within_the_promised_error(
    values: list[float], fraction: float
) -> None:
    wanted = sorted(values)[max(1, round(fraction * len(values))) - 1]
    found = filled(values).quantile(fraction)
    assert found is not None
    assert math.isclose(found, wanted, rel_tol=0.002, abs_tol=STEP)


@given(VALUES, VALUES)
def test_merging_is_counting_together(left: list[float], right: list[float]) -> None:
    merged = filled(left)
    merged.merge(filled(right))
    assert merged.shares() == filled(left + right).shares()
    assert merged.count == len(left) + len(right)


@given(VALUES)
def test_shares_rise_and_make_one(values: list[float]) -> None:
    shares = filled(values).shares()
    assert [value for value, _ in shares] == sorted(value for value, _ in shares)
    assert sum(share for _, share in shares) == pytest.approx(1)


def test_nothing_counted_has_no_quantile() -> None:
    assert Quantiles(STEP).quantile(0.5) is None
    assert Quantiles(STEP).shares() == []


def test_the_number_of_buckets_is_bounded() -> None:
    quantiles = Quantiles(STEP)
    for exponent in range(300):
        quantiles.add(2.0**exponent)
        quantiles.add(-(2.0**exponent))
    assert len(quantiles.shares()) < 100
