from hypothesis import given, strategies as st

from manycast.std.bucket import Buckets


RATES = st.sampled_from([0.5, 1.0, 10.0, 1_000.0])


@given(RATES, st.integers(1, 20), st.lists(st.floats(0, 2), max_size=60))
def test_in_no_window_is_more_taken_than_the_burst_and_the_rate_allow(
    per_s: float, burst: int, gaps: list[float]
) -> None:
    buckets: Buckets[str] = Buckets(per_s, burst, 10)
    taken: list[float] = []
    now = 0.0
    for gap in gaps:
        now += gap / per_s
        if not buckets.take("a", now):
            taken.append(now)
    for first, start in enumerate(taken):
        for last, end in enumerate(taken[first:], first):
            assert last - first + 1 <= burst + (end - start) * per_s + 1e-6


@given(RATES, st.integers(1, 20))
def test_who_waits_as_told_gets_a_token(per_s: float, burst: int) -> None:
    buckets: Buckets[str] = Buckets(per_s, burst, 10)
    now = 0.0
    for _ in range(3 * burst):
        now += buckets.take("a", now)
    for _ in range(3):
        wait_s = buckets.take("a", now)
        now += wait_s
        assert not wait_s or buckets.take("a", now) == 0


def test_keys_do_not_share() -> None:
    buckets: Buckets[str] = Buckets(1, 1, 10)
    assert buckets.take("a", 0) == 0
    assert buckets.take("a", 0) == 1
    assert buckets.take("b", 0) == 0


def test_a_flood_of_keys_does_not_grow_the_table_and_forgives_the_idle_first() -> None:
    buckets: Buckets[int] = Buckets(1, 1, 100)
    for key in range(10_000):
        buckets.take(key, 0)
        assert buckets.take(0, 0) > 0 or key == 0
    assert len(buckets) == 100
