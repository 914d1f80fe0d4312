from manycast.cache.admission import Guarded, SizeMax, UsesMin
from manycast.cache.policies.lru import Lru


def test_nothing_larger_is_taken_and_nobody_leaves_for_it() -> None:
    cache = Guarded(Lru[str](100), [SizeMax(10)])
    assert cache.insert("a", 10) == []
    assert cache.insert("b", 11) == ["b"]
    assert "a" in cache


def test_what_has_grown_too_large_leaves() -> None:
    cache = Guarded(Lru[str](100), [SizeMax(10)])
    cache.insert("a", 10)
    assert cache.insert("a", 11) == ["a"]
    assert cache.used_bytes == len(cache) == 0


def test_an_object_is_taken_when_it_was_asked_for_often_enough() -> None:
    cache = Guarded(Lru[str](100), [UsesMin(2)])
    assert cache.insert("a", 1) == ["a"]
    assert cache.insert("b", 1) == ["b"]
    assert cache.insert("a", 1) == []


def test_what_one_refuses_the_other_still_counts() -> None:
    cache = Guarded(Lru[str](100), [SizeMax(10), UsesMin(2)])
    assert cache.insert("a", 11) == ["a"]
    assert cache.insert("a", 10) == []
