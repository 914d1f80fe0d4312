from manycast.cache.policies.lru import Lru


def test_the_least_recently_used_leaves_first() -> None:
    lru = Lru[bytes](30)
    assert [lru.insert(key, 10) for key in (b"a", b"b", b"c")] == [[], [], []]
    lru.record(b"a")
    assert lru.insert(b"d", 10) == [b"b"]
    assert lru.insert(b"e", 20) == [b"c", b"a"]


def test_an_object_larger_than_the_cache_disturbs_nobody() -> None:
    lru = Lru[bytes](30)
    lru.insert(b"a", 30)
    assert lru.insert(b"b", 31) == [b"b"]
    assert b"a" in lru
