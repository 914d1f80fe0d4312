from itertools import combinations

import pytest
from hypothesis import given, strategies as st

from manycast.cache.belady import Belady, upcoming


def misses(keys: list[int], capacity: int) -> int:
    belady, count = Belady[int](capacity, upcoming(keys)), 0
    for key in keys:
        if key in belady:
            belady.record(key)
        else:
            count += 1
            belady.insert(key, 1)
        assert belady.used_bytes == len(belady) <= capacity
    return count


def fewest(keys: list[int], capacity: int) -> int:
    """By trying everything that may stay."""
    held: dict[frozenset[int], int] = {frozenset(): 0}
    for key in keys:
        following: dict[frozenset[int], int] = {}
        for inside, count in held.items():
            cost = count + (key not in inside)
            wanted = inside | {key}
            size = min(capacity, len(wanted))
            for kept in combinations(sorted(wanted), size):
                if key in kept:
                    after = frozenset(kept)
                    following[after] = min(cost, following.get(after, cost))
        held = following
    return min(held.values())


@given(st.lists(st.integers(0, 5), min_size=1, max_size=14), st.integers(1, 3))
def test_with_equal_sizes_nothing_misses_less(keys: list[int], capacity: int) -> None:
    assert misses(keys, capacity) == fewest(keys, capacity)


def test_what_is_never_asked_for_again_leaves_first_whatever_its_size() -> None:
    keys = [1, 2, 3, 1, 3]
    belady = Belady[int](100, upcoming(keys))
    belady.insert(1, 60)
    belady.insert(2, 10)
    assert belady.insert(3, 40) == [2]
    assert belady.insert(1, 200) == [1]


def test_it_is_empty_in_the_end() -> None:
    belady = Belady[int](100, upcoming([1, 1, 2]))
    belady.insert(1, 60)
    belady.record(1)
    belady.remove(1)
    belady.remove(1)
    assert belady.used_bytes == 0
    with pytest.raises(KeyError):
        belady.evict()


def test_the_heap_does_not_grow_with_the_hits() -> None:
    belady = Belady[int](1, upcoming([1] * 1_000))
    belady.insert(1, 1)
    for _ in range(999):
        belady.record(1)
    assert len(belady._heap) < 10
