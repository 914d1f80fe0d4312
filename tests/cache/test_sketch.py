from hypothesis import given, strategies as st

from manycast.cache.sketch import Sketch


@given(st.lists(st.integers(0, 400), max_size=300))
def test_a_count_is_never_too_low_before_a_halving(keys: list[int]) -> None:
    sketch = Sketch[int]()
    for key in keys:
        sketch.add(key)
    assert all(sketch.count(key) >= keys.count(key) for key in keys)


@given(st.lists(st.integers(0, 10**9), max_size=100), st.integers(1, 2_000))
def test_counts_stay_when_it_grows(keys: list[int], larger: int) -> None:
    sketch = Sketch[int]()
    for key in keys:
        sketch.add(key)
    before = [sketch.count(key) for key in keys]
    sketch.fit(larger)
    assert [sketch.count(key) for key in keys] == before


def test_old_uses_count_half_and_half_again() -> None:
    sketch = Sketch[int]()
    for _ in range(40):
        sketch.add(99)
    for number in range(10_000):
        sketch.add(number % 7)
    assert sketch.count(99) == 0
    assert sketch.count(3) > 30


def test_few_keys_share_all_their_counters() -> None:
    sketch = Sketch[int]()
    sketch.fit(1_000)
    for key in range(4_000):
        sketch.add(key)
    assert sum(sketch.count(key) for key in range(10_000, 14_000)) < 400
