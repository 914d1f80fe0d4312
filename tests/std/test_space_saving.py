from collections import Counter

from hypothesis import given, strategies as st

from manycast.std.space_saving import SpaceSaving


@given(st.lists(st.integers(0, 30), max_size=300), st.integers(1, 20))
def test_what_is_frequent_is_kept_and_its_count_is_right_within_its_error(
    stream: list[int], places: int
) -> None:
    sketch: SpaceSaving[int] = SpaceSaving(places)
    for item in stream:
        sketch.add(item)
    truth = Counter(stream)
    kept = {one.item: one for one in sketch.top(places)}
    assert len(kept) <= places
    assert sketch.total == len(stream)
    for one in kept.values():
        assert one.count - one.error <= truth[one.item] <= one.count
        assert one.error <= len(stream) / places
    assert all(item in kept for item, count in truth.items() if count > len(stream) / places)


def test_the_first_comes_first() -> None:
    sketch: SpaceSaving[str] = SpaceSaving(3)
    for item in "abacaba":
        sketch.add(item, 2)
    assert [(one.item, one.count) for one in sketch.top(2)] == [("a", 8), ("b", 4)]
