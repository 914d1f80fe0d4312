from hypothesis import given, strategies as st

from manycast.std.recent import Recent


@given(
    st.lists(st.floats(allow_nan=False), min_size=1, max_size=60),
    st.integers(1, 20),
    st.floats(0, 1),
)
def test_a_percentile_is_that_of_the_last_values_sorted(
    values: list[float], size: int, fraction: float
) -> None:
    recent = Recent(size)
    for value in values:
        recent.add(value)
    last = sorted(values[-size:])
    assert len(recent) == len(last)
    assert recent.quantile(fraction) == last[max(1, round(fraction * len(last))) - 1]
