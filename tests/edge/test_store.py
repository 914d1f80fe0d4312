from hypothesis import given, strategies as st

from manycast.cache.freshness import Freshness
from manycast.edge.entry import Entry
from manycast.edge.lower import Lower
from manycast.edge.store import Store


PROFILE = b"gzip"


def entry(key: bytes, size: int = 10, born: float = 0.0) -> Entry:
    freshness = Freshness(storable=True, lifetime_s=100.0, age_s=0.0)
    return Entry(key, 200, ((b"a", b"b"),), (bytes(size),), freshness, born)


def test_an_entry_that_is_dropped_is_gone_by_every_name() -> None:
    store = Store(100_000, 2)
    one = entry(b"/a")
    store.put(one)
    store.alias(one, b"/a?x", PROFILE)
    assert store.by_target(b"/a?x", PROFILE, 99.9) is one
    assert store.by_target(b"/a?x", b"br", 99.9) is None
    assert store.by_target(b"/a?x", PROFILE, 100) is None
    assert store.get(b"/a", 100) is one
    store.drop(b"/a")
    assert store.get(b"/a", 100) is None
    assert store.memory.used_bytes == len(store) == 0


def test_only_what_is_older_is_outdated_and_by_every_name() -> None:
    store = Store(100_000, 2)
    one = entry(b"/a", born=5.0)
    store.put(one)
    store.alias(one, b"/a?x", PROFILE)
    store.outdate(b"/a", 5.0)
    store.outdate(b"/b", 9.0)
    assert store.by_target(b"/a?x", PROFILE, 6.0) is one
    store.outdate(b"/a", 5.1)
    assert store.by_target(b"/a?x", PROFILE, 6.0) is None
    assert store.get(b"/a", 6.0) is None
    assert store.memory.used_bytes == len(store) == 0


def test_aliases_are_bounded() -> None:
    store = Store(100_000, 2)
    one = entry(b"/a")
    store.put(one)
    for n in range(10):
        store.alias(one, b"/a?%d" % n, PROFILE)
    assert sum(store.by_target(b"/a?%d" % n, PROFILE, 0) is one for n in range(10)) == 2


def test_variants_are_told_apart_and_bounded() -> None:
    store = Store(100_000, 2, variants_max=3)
    store.put(entry(b"/a"))
    assert store.choose(b"/a", (b"accept-language",))
    assert store.get(b"/a", 0) is None
    keys = [store.key(b"/a", ((b"accept-language", b"l%d" % n),)) for n in range(5)]
    for key in keys:
        store.put(entry(key))
    assert [store.get(key, 0) is not None for key in keys] == [False, False, True, True, True]
    store.drop(b"/a")
    assert store.memory.used_bytes == len(store) == 0
    assert not store.varies(b"/a")


def test_a_reply_that_depends_on_too_much_is_not_stored() -> None:
    store = Store(100_000, 2)
    assert store.choose(b"/a", tuple(b"x%d" % n for n in range(8)))
    assert not store.choose(b"/a", (b"x8",))


def test_only_variants_by_coding_take_the_fast_path() -> None:
    for name, taken in ((b"accept-encoding", True), (b"accept-language", False)):
        store = Store(100_000, 2)
        assert store.choose(b"/a", (name,))
        one = entry(store.key(b"/a", ((b"accept-encoding", b"gzip"),)))
        store.put(one)
        store.alias(one, b"/a", PROFILE)
        assert (store.by_target(b"/a", PROFILE, 0) is one) == taken


def test_slices_leave_with_their_object() -> None:
    store = Store(100_000, 2)
    for key in (b"/a#o", b"/a#s0", b"/a#s7", b"/a"):
        store.put(entry(key))
    store.drop(b"/a")
    assert store.memory.used_bytes == len(store) == 0


def test_who_asks_is_told_of_what_leaves_for_lack_of_room() -> None:
    store = Store(3_000, 2)
    left: list[bytes] = []

    class Below(Lower):
        def evicted(self, entry: Entry) -> None:
            left.append(entry.key)

    store.lower = Below()
    for key in (b"/a", b"/b", b"/c"):
        store.put(entry(key, 500))
    assert left == [b"/a", b"/b"][: len(left)]
    assert left


@given(st.lists(st.tuples(st.sampled_from([b"/a", b"/b", b"/c#s1"]), st.integers(0, 3_000))))
def test_memory_is_never_over_its_size_and_aliases_never_dangle(
    puts: list[tuple[bytes, int]],
) -> None:
    store = Store(5_000, 2)
    for key, size in puts:
        one = entry(key, size)
        store.put(one)
        if store.get(key, 0) is one:
            store.alias(one, key, PROFILE)
        assert store.memory.used_bytes <= 5_000
        for name in (b"/a", b"/b", b"/c#s1"):
            assert store.by_target(name, PROFILE, 0) in {None, store.get(name, 0)}
