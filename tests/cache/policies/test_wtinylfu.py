from manycast.cache.policies.wtinylfu import WTinyLfu


def test_a_scan_does_not_push_out_what_is_asked_for_more_often() -> None:
    cache = WTinyLfu[int](1000)
    for key in range(100):
        cache.insert(key, 10)
    for _ in range(2):
        for key in range(100):
            if key in cache:
                cache.record(key)
    for key in range(1000, 1500):
        cache.insert(key, 10)
    assert sum(key in cache for key in range(100)) > 90


def test_what_is_larger_than_the_window_is_not_taken() -> None:
    assert WTinyLfu[str](1000).insert("a", 11) == ["a"]
    assert WTinyLfu[str](1000, window_share=0.1).insert("a", 11) == []
