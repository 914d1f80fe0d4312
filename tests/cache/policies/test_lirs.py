from manycast.cache.policies.lirs import Lirs


def test_a_loop_larger_than_the_cache_still_hits() -> None:
    cache = Lirs[int](100)
    hits = 0
    for _ in range(10):
        for key in range(120):
            if key in cache:
                cache.record(key)
                hits += 1
            else:
                cache.insert(key, 1)
    assert hits > 800


def test_what_is_larger_than_the_cold_queue_is_not_taken() -> None:
    cache = Lirs[str](1000)
    assert cache.insert("a", 11) == ["a"]
    assert cache.insert("b", 10) == []
