from hypothesis import given, strategies as st

from manycast.cache.policies.queue import Ghosts, Queue


def test_the_oldest_leaves_first_whatever_was_used() -> None:
    queue = Queue[str](30)
    for key in "abc":
        queue.insert(key, 10)
    queue.record("a")
    assert queue.insert("d", 20) == ["a", "b"]


def test_inserted_again_with_another_size_it_counts_as_new() -> None:
    queue = Queue[str](30)
    for key in "abc":
        queue.insert(key, 10)
    assert queue.insert("a", 20) == ["b"]
    assert queue.used_bytes == 30


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 40))))
def test_ghosts_never_sum_to_more_than_their_capacity(steps: list[tuple[int, int]]) -> None:
    ghosts = Ghosts[int](100)
    for key, size in steps:
        ghosts.add(key, size)
        assert ghosts.used_bytes <= 100
    taken = [key for key in range(10) if ghosts.take(key)]
    assert ghosts.used_bytes == 0
    assert not [key for key in taken if ghosts.take(key)]
