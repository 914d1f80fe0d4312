from hypothesis import given, strategies as st

from manycast.edge.store import Entry, Store


def entry(key: bytes, size: int = 10, expires: float = 100.0) -> Entry:
    made = Entry(key, 200, ((b"a", b"b"),), (bytes(size),), "")
    made.expires = expires
    return made


def test_a_hit_is_a_whole_reply_whose_age_moves() -> None:
    for size in (10, 20_000):
        one = entry(b"/a", size)
        first = b"".join(one.ready(3.5))
        assert first.startswith(b"HTTP/1.1 200 OK\r\na: b\r\ncontent-length: %d\r\n" % size)
        assert b"\r\nage: 3\r\n\r\n" in first
        assert first.endswith(bytes(size))
        assert b"\r\nage: 4\r\n\r\n" in b"".join(one.ready(4.0))


def test_large_bodies_are_written_and_not_copied() -> None:
    one = entry(b"/a", 20_000)
    assert one.ready(0)[1] is one.body[0]


def test_an_entry_that_expires_is_gone_by_every_name() -> None:
    store = Store(100_000, 2)
    one = entry(b"/a")
    store.put(one)
    store.alias(one, b"/a?x")
    assert store.by_target(b"/a?x", 99.9) is one
    assert store.by_target(b"/a?x", 100) is None
    assert store.get(b"/a", 100) is None
    assert store.memory.used_bytes == len(store) == 0


def test_only_what_is_older_is_outdated_and_by_every_name() -> None:
    store = Store(100_000, 2)
    one = entry(b"/a")
    one.born = 5.0
    store.put(one)
    store.alias(one, b"/a?x")
    store.outdate(b"/a", 5.0)
    store.outdate(b"/b", 9.0)
    assert store.by_target(b"/a?x", 6.0) is one
    store.outdate(b"/a", 5.1)
    assert store.by_target(b"/a?x", 6.0) is None
    assert store.get(b"/a", 6.0) is None
    assert store.memory.used_bytes == len(store) == 0


def test_aliases_are_bounded() -> None:
    store = Store(100_000, 2)
    one = entry(b"/a")
    store.put(one)
    for n in range(10):
        store.alias(one, b"/a?%d" % n)
    assert sum(store.by_target(b"/a?%d" % n, 0) is one for n in range(10)) == 2


@given(st.lists(st.tuples(st.sampled_from([b"/a", b"/b", b"/c"]), st.integers(0, 3_000))))
def test_memory_is_never_over_its_size_and_aliases_never_dangle(
    puts: list[tuple[bytes, int]],
) -> None:
    store = Store(5_000, 2)
    for key, size in puts:
        one = entry(key, size)
        store.put(one)
        if store.get(key, 0) is one:
            store.alias(one, key)
        assert store.memory.used_bytes <= 5_000
        for name in (b"/a", b"/b", b"/c"):
            assert store.by_target(name, 0) in {None, store.get(name, 0)}
