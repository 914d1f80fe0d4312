"""The laws that every policy keeps."""

import pytest
from hypothesis import given, strategies as st

from manycast.cache.policy import POLICIES, PolicyError, build


KEYS = st.integers(0, 12)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("request"), KEYS, st.integers(1, 60)),
        st.tuples(st.just("insert"), KEYS, st.integers(1, 130)),
        st.tuples(st.just("record"), KEYS, st.just(0)),
        st.tuples(st.just("remove"), KEYS, st.just(0)),
        st.tuples(st.just("evict"), KEYS, st.just(0)),
    ),
    max_size=200,
)
CAPACITY = 100
every_policy = pytest.mark.parametrize("name", [*POLICIES, "lru+size:40", "s3-fifo+uses:2"])


class Books:
    """A policy beside a plain dictionary of what must be inside."""

    def __init__(self, name: str, seed: int = 0) -> None:
        self.policy = build(name, CAPACITY, seed)
        self.inside: dict[int, int] = {}
        self.left: list[int] = []

    def step(self, action: str, key: int, size: int) -> None:
        if action == "request":
            action = "record" if key in self.inside else "insert"
        if action == "insert":
            self.insert(key, size)
        elif action == "record" and key in self.inside:
            self.policy.record(key)
        elif action == "remove":
            self.policy.remove(key)
            self.inside.pop(key, None)
        elif action == "evict" and self.inside:
            self.leave([self.policy.evict()])
        self.check()

    def insert(self, key: int, size: int) -> None:
        self.inside[key] = size
        self.leave(self.policy.insert(key, size))

    def leave(self, keys: list[int]) -> None:
        assert len(set(keys)) == len(keys)
        for key in keys:
            del self.inside[key]
        self.left += keys

    def check(self) -> None:
        assert self.policy.used_bytes == sum(self.inside.values()) <= CAPACITY
        assert len(self.policy) == len(self.inside)
        assert all(key in self.policy for key in self.inside)


def played(name: str, steps: list[tuple[str, int, int]], seed: int = 0) -> Books:
    books = Books(name, seed)
    for step in steps:
        books.step(*step)
    return books


@every_policy
@given(STEPS)
def test_the_books_are_exact_and_never_over_the_capacity(
    name: str, steps: list[tuple[str, int, int]]
) -> None:
    played(name, steps)


@every_policy
@given(STEPS)
def test_the_same_seed_leads_to_the_same_outcome(
    name: str, steps: list[tuple[str, int, int]]
) -> None:
    assert played(name, steps, 7).left == played(name, steps, 7).left


@every_policy
@given(STEPS, KEYS, st.integers(1, 60))
def test_inserting_again_changes_nothing_inside(
    name: str, steps: list[tuple[str, int, int]], key: int, size: int
) -> None:
    books = played(name, steps)
    books.insert(key, size)
    before = dict(books.inside)
    if key in before:
        books.insert(key, size)
        assert books.inside == before


@every_policy
@given(STEPS, KEYS)
def test_what_was_removed_is_gone(name: str, steps: list[tuple[str, int, int]], key: int) -> None:
    books = played(name, [*steps, ("remove", key, 0)])
    assert key not in books.policy


@every_policy
@given(STEPS, KEYS)
def test_an_object_larger_than_the_cache_disturbs_nobody(
    name: str, steps: list[tuple[str, int, int]], key: int
) -> None:
    books = played(name, [*steps, ("remove", key, 0)])
    assert books.policy.insert(key, CAPACITY + 1) == [key]
    books.check()


@every_policy
@given(STEPS, KEYS)
def test_a_use_of_what_is_not_inside_is_an_error(
    name: str, steps: list[tuple[str, int, int]], key: int
) -> None:
    books = played(name, [*steps, ("remove", key, 0)])
    with pytest.raises(KeyError):
        books.policy.record(key)


@every_policy
@given(STEPS)
def test_an_emptied_cache_lets_everything_go_once(
    name: str, steps: list[tuple[str, int, int]]
) -> None:
    books = played(name, steps)
    while books.inside:
        books.step("evict", 0, 0)
    assert books.policy.used_bytes == 0
    with pytest.raises(KeyError):
        books.policy.evict()


@every_policy
def test_zero_capacity_takes_nothing_that_weighs(name: str) -> None:
    assert build(name, 0).insert("a", 1) == ["a"]


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(PolicyError, match=r"'mru' is no cache policy; use one of lru"):
        build("mru", 10)


@pytest.mark.parametrize("name", ["lru+", "lru+size:big", "lru+uses:x", "lru+luck:1"])
def test_an_unknown_admission_says_how_it_is_written(name: str) -> None:
    with pytest.raises(PolicyError, match="such as lru\\+size:1MB"):
        build(name, 10)


def test_admissions_follow_the_policy() -> None:
    cache = build(" LRU+size:1KB+uses:2 ", 10_000)
    assert cache.insert("a", 1_001) == ["a"]
    assert cache.insert("a", 1_000) == []
