from manycast.cache.policies.gdsf import Gdsf


def test_the_larger_of_two_equally_used_leaves() -> None:
    cache = Gdsf[str](100)
    cache.insert("small", 10)
    cache.insert("large", 80)
    assert cache.insert("new", 30) == ["large"]


def test_use_makes_up_for_size() -> None:
    cache = Gdsf[str](100)
    cache.insert("large", 60)
    for _ in range(6):
        cache.record("large")
    cache.insert("small", 40)
    assert cache.insert("new", 40) == ["small"]


def test_the_newcomer_may_be_the_one_that_leaves() -> None:
    cache = Gdsf[str](100)
    cache.insert("a", 10)
    assert cache.insert("b", 95) == ["b"]


def test_what_is_no_longer_used_ages_out() -> None:
    cache = Gdsf[int](100)
    cache.insert(0, 10)
    for _ in range(5):
        cache.record(0)
    for key in range(1, 100):
        cache.insert(key, 10)
    assert 0 not in cache
