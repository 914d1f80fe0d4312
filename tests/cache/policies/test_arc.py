from manycast.cache.policies.arc import Arc


def test_a_scan_leaves_what_was_used_again() -> None:
    cache = Arc[int](10)
    for key in range(5):
        cache.insert(key, 1)
        cache.record(key)
    for key in range(100, 200):
        cache.insert(key, 1)
    assert all(key in cache for key in range(5))


def test_ghosts_of_the_recent_make_room_for_the_recent() -> None:
    cache = Arc[int](10)
    for key in range(5):
        cache.insert(key, 1)
        cache.record(key)
    for _ in range(3):
        for key in range(10, 17):
            if key in cache:
                cache.record(key)
            else:
                cache.insert(key, 1)
    assert all(key in cache for key in range(10, 17))
