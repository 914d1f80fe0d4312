from dataclasses import replace

from hypothesis import given, strategies as st

from manycast.cache.policies.lru import Lru
from manycast.edge.layers import Drop, Found, Layers, Order, occupied
from manycast.settings.disk import DiskSettings


SETTINGS = DiskSettings(seen_min=2, remembered_max=10)
CAPACITY = 40_960


def layers(settings: DiskSettings = SETTINGS, capacity: int = CAPACITY) -> Layers:
    made = Layers(settings, Lru(capacity))
    made.opened(1)
    return made


def keep(on: Layers, key: bytes, length: int = 1_000, born: float = 0.0) -> int:
    number, _ = on.place(key, 100, length, born, 10.0)
    on.saved(number)
    return number


def dropped(orders: list[Order]) -> list[int]:
    return [number for order in orders if isinstance(order, Drop) for number in order.numbers]


def test_what_was_asked_for_once_does_not_go_to_the_disk() -> None:
    on = layers()
    on.asked(b"a")
    assert not on.wants(b"a", 1_000, 0.0, 60.0, used=False)
    assert on.wants(b"a", 1_000, 0.0, 60.0, used=True)
    on.asked(b"a")
    assert on.wants(b"a", 1_000, 0.0, 60.0, used=False)
    assert on.counters.refused == 1


def test_what_is_stale_soon_is_not_worth_writing() -> None:
    on = layers()
    on.asked(b"a")
    on.asked(b"a")
    assert not on.wants(b"a", 1_000, 0.0, 9.9, used=False)
    assert on.wants(b"a", 1_000, 0.0, 10.0, used=False)


def test_only_the_keys_asked_for_lately_are_remembered() -> None:
    on = layers()
    on.asked(b"a")
    for other in range(20):
        on.asked(b"%d" % other)
    on.asked(b"a")
    assert not on.wants(b"a", 1_000, 0.0, 60.0, used=False)


def test_size_and_state_of_the_folder_bound_what_goes_to_the_disk() -> None:
    on = Layers(replace(SETTINGS, object_bytes_max=5), Lru(CAPACITY))
    for _ in range(2):
        on.asked(b"a")
    assert not on.wants(b"a", 5, 0.0, 60.0, used=True)
    assert not on.wants_spool(b"a", 5)
    on.opened(1)
    assert on.wants(b"a", 5, 0.0, 60.0, used=True)
    assert on.wants_spool(b"a", 5)
    assert not on.wants(b"a", 6, 0.0, 60.0, used=True)
    assert not on.wants_spool(b"a", 6)
    assert not on.wants_spool(b"a", None)


def test_what_is_on_the_disk_already_is_not_written_again() -> None:
    on = layers()
    keep(on, b"a", born=5.0)
    assert not on.wants(b"a", 1_000, 5.0, 60.0, used=True)
    on.asked(b"a")
    assert on.wants(b"a", 1_000, 6.0, 60.0, used=True)


def test_an_object_is_found_once_it_is_written_whole() -> None:
    on = layers()
    number, orders = on.place(b"a", 100, 1_000, 1.0, 10.0)
    assert (number, orders) == (1, [])
    assert on.find(b"a") is None
    on.saved(number)
    place = on.find(b"a")
    assert place is not None
    assert (place.number, place.length, place.born, place.expires) == (1, 1_000, 1.0, 10.0)
    assert (on.counters.misses, on.counters.saved) == (1, 1)


def test_a_file_that_failed_is_removed_and_forgotten() -> None:
    on = layers()
    number = keep(on, b"a")
    assert dropped(on.failed(number)) == [number]
    assert on.find(b"a") is None
    assert on.failed(number) == []
    assert on.used_bytes == 0


def test_the_newer_object_of_a_key_replaces_the_older() -> None:
    on = layers()
    first = keep(on, b"a", born=1.0)
    second, orders = on.place(b"a", 100, 1_000, 2.0, 10.0)
    assert dropped(orders) == [first]
    on.saved(first)
    assert on.find(b"a") is None
    on.saved(second)
    assert on.outdated(b"a", 2.0) == []
    assert dropped(on.outdated(b"a", 3.0)) == [second]


def test_a_purge_reaches_what_is_still_being_written() -> None:
    on = layers()
    number, _ = on.place(b"a", 100, 1_000, 1.0, 10.0)
    assert dropped(on.drop(b"a")) == [number]
    on.saved(number)
    assert on.find(b"a") is None
    assert not len(on)


def test_a_url_is_dropped_with_all_its_variants_and_no_others() -> None:
    on = layers()
    kept = [keep(on, key) for key in (b"/a", b"/a#vx", b"/a#vy", b"/ab")]
    assert sorted(dropped(on.drop_url(b"/a"))) == kept[:3]
    assert set(on) == {b"/ab"}
    assert on.drop_url(b"/a") == []
    assert not on._variants


def test_an_object_that_does_not_fit_is_not_written() -> None:
    on = layers(capacity=8_192)
    number, orders = on.place(b"a", 100, 9_000, 1.0, 10.0)
    assert number == 0
    assert not len(on)
    assert dropped(orders) == [1]


def test_of_two_files_of_an_earlier_process_the_later_one_counts() -> None:
    on = layers()
    files = [Found(number, b"a", 10, 10, 1.0, 10.0) for number in (4, 9, 6)]
    assert dropped(on.found(files)) == [4, 6]
    place = on.find(b"a")
    assert place is not None
    assert place.number == 9


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["place", "saved", "failed", "drop", "find", "found", "outdated"]),
        st.integers(0, 8),
        st.integers(0, 20_000),
    ),
    max_size=60,
)


def act(on: Layers, name: str, key: bytes, size: int, last: int) -> tuple[int, list[Order]]:
    """One operation; the number that it placed, and its orders."""
    match name:
        case "place":
            return on.place(key, 100, size, float(last), 10.0)
        case "saved":
            on.saved(last)
        case "failed":
            return 0, on.failed(last)
        case "drop":
            return 0, on.drop(key)
        case "outdated":
            return 0, on.outdated(key, float(size))
        case _:
            on.find(key)
    return 0, []


@given(OPERATIONS)
def test_the_disk_holds_what_the_index_says_and_never_more_than_its_size(
    operations: list[tuple[str, int, int]],
) -> None:
    """The files are played by a dict; every order is carried out at once."""
    on = layers(replace(SETTINGS, block_bytes=4_096))
    files: dict[int, int] = {}
    last = 0
    for step, (name, which, size) in enumerate(operations):
        key = b"%d" % which
        if name == "found":
            placed = 1_000 + step
            files[placed] = occupied(size, 101, 4_096)
            orders = on.found([Found(placed, key, size, 100, 1.0, 10.0)])
        else:
            placed, orders = act(on, name, key, size, last)
            if placed:
                last = placed
                files[placed] = occupied(size, 101, 4_096)
        for number in dropped(orders):
            files.pop(number, None)
        assert sum(files.values()) == on.used_bytes <= CAPACITY
        assert set(files) == {place.number for place in on._places.values()}
        assert len(files) == len(on) == len(list(on))
