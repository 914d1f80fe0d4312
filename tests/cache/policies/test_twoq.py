from manycast.cache.policies.twoq import TwoQ


def test_a_second_use_after_the_first_queue_leads_to_the_second() -> None:
    cache = TwoQ[int](100)
    for key in range(11):
        cache.insert(key, 10)
    assert 0 not in cache
    cache.insert(0, 10)
    for key in range(20, 60):
        cache.insert(key, 10)
    assert 0 in cache


def test_a_scan_stays_in_the_first_queue() -> None:
    cache = TwoQ[int](100)
    for key in range(11):
        cache.insert(key, 10)
    cache.insert(0, 10)
    assert [cache.insert(key, 10) for key in range(20, 23)] == [[2], [3], [4]]
