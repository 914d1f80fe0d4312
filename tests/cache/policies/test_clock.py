from manycast.cache.policies.clock import Clock


def test_a_used_object_gets_one_more_round() -> None:
    clock = Clock[str](3)
    for key in "abc":
        clock.insert(key, 1)
    clock.record("a")
    assert clock.insert("d", 1) == ["b"]
    assert [clock.evict() for _ in range(3)] == ["c", "a", "d"]
