from hypothesis import given, strategies as st

from manycast.cache.memory import Lru


KEYS = st.sampled_from([b"a", b"b", b"c", b"d", b"e"])
STEPS = st.one_of(
    st.tuples(st.just("insert"), KEYS, st.integers(0, 60)),
    st.tuples(st.just("record"), KEYS, st.just(0)),
    st.tuples(st.just("remove"), KEYS, st.just(0)),
)


def test_the_least_recently_used_leaves_first() -> None:
    lru = Lru(30)
    assert [lru.insert(key, 10) for key in (b"a", b"b", b"c")] == [[], [], []]
    lru.record(b"a")
    assert lru.insert(b"d", 10) == [b"b"]
    assert lru.insert(b"e", 20) == [b"c", b"a"]


def test_an_object_larger_than_the_cache_disturbs_nobody() -> None:
    lru = Lru(30)
    lru.insert(b"a", 30)
    assert lru.insert(b"b", 31) == [b"b"]
    assert b"a" in lru


@given(st.lists(STEPS))
def test_the_books_are_exact_and_never_over_the_size(steps: list[tuple[str, bytes, int]]) -> None:
    lru, model = Lru(100), dict[bytes, int]()
    for step, key, size in steps:
        if step == "insert":
            model[key] = size
            for gone in lru.insert(key, size):
                del model[gone]
        elif step == "record" and key in model:
            lru.record(key)
        elif step == "remove":
            lru.remove(key)
            model.pop(key, None)
        assert lru.used_bytes == sum(model.values()) <= 100
        assert len(lru) == len(model)
        assert all(key in lru for key in model)
