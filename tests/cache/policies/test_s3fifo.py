from manycast.cache.policies.s3fifo import S3Fifo


def test_a_scan_leaves_what_was_used_twice() -> None:
    cache = S3Fifo[int](100)
    cache.insert(0, 5)
    cache.record(0)
    cache.record(0)
    for key in range(1, 200):
        cache.insert(key, 5)
    assert 0 in cache


def test_what_is_asked_for_again_soon_after_it_left_goes_to_the_main_queue() -> None:
    cache = S3Fifo[int](100)
    for key in range(21):
        cache.insert(key, 5)
    assert 0 not in cache
    cache.insert(0, 5)
    for key in range(100, 130):
        cache.insert(key, 5)
    assert 0 in cache


def test_what_would_fill_the_small_queue_is_not_taken() -> None:
    cache = S3Fifo[str](100)
    assert cache.insert("a", 10) == ["a"]
    assert cache.insert("b", 9) == []
