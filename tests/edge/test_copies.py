from dataclasses import replace

from hypothesis import given, strategies as st
from tests.edge.world import FRESH, SMALL, World

from manycast.cache.freshness import Freshness
from manycast.edge.copies import Copies
from manycast.edge.engine import Engine
from manycast.edge.entry import Entry
from manycast.edge.store import Store


LONG = Freshness(storable=True, lifetime_s=600, age_s=0)


def entry(key: bytes, size: int, now: float) -> Entry:
    return Entry(key, 200, (), (bytes(size),), LONG, now)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4_000), st.floats(0, 1.5))))
def test_copies_never_take_more_than_their_part_nor_stay_longer_than_their_time(
    script: list[tuple[int, int, float]],
) -> None:
    store = Store(100_000, 8)
    copies = Copies(store, 1.0, 10_000)
    now, made = 0.0, [entry(b"/own", 100, 0.0)]
    store.put(made[0])
    for number, size, wait_s in script:
        now += wait_s
        copy = entry(b"/%d" % number, size, now)
        if copies.admit(copy, now):
            store.put(copy)
            made.append(copy)
        held = [one for one in made[1:] if store.get(one.key, now) is one]
        assert sum(one.size for one in held) <= 10_000
        assert all(one.born > now - 1.0 and one.expires <= one.born + 1.0 for one in held)
    assert store.get(b"/own", now) is made[0]


def test_only_what_is_fetched_again_soon_is_wanted() -> None:
    copies = Copies(Store(1_000, 8), 1.0, 1_000)
    assert [copies.wanted(b"/a", now) for now in (0.0, 0.9, 1.8, 2.7, 9.0, 9.1)] == [
        False, True, True, True, False, True
    ]  # fmt: skip
    assert not copies.wanted(b"/b", 9.1)


def test_an_object_of_another_worker_costs_one_request_a_second_once_it_is_popular() -> None:
    world = World(Engine(replace(SMALL, copies_share=0.5), b"me", owner=lambda _: 3))
    fetched = 0
    for turn in range(50):
        world.now = turn / 10
        viewer = world.ask("/theirs")
        if world.fetches:
            fetched += 1
            world.serve(world.only, b"body", FRESH)
        assert world.replies[viewer][1] == b"body"
    assert fetched == 6


def test_a_copy_that_has_gone_is_asked_for_whole() -> None:
    world = World(Engine(replace(SMALL, copies_share=0.5), b"me", owner=lambda _: 3))
    for world.now in (0.0, 0.1, 1.2):
        world.ask("/theirs")
        assert b"if-none-match" not in world.fetches[world.only].fields
        world.serve(world.only, b"body", FRESH, (b"etag", b'"1"'))


def test_what_its_owner_serves_stale_is_not_copied() -> None:
    """The owner renews it meanwhile, and what is newer may forbid its use."""
    world = World(Engine(replace(SMALL, copies_share=0.5), b"me", owner=lambda _: 3))
    grace = (b"cache-control", b"max-age=1, stale-while-revalidate=60")
    for world.now in (0.0, 0.2, 0.4):
        viewer = world.ask("/theirs")
        world.serve(world.only, b"%.1f" % world.now, grace, (b"age", b"2"))
        assert world.replies[viewer][1] == b"%.1f" % world.now


def test_a_range_is_not_cut_from_a_copy_that_its_owner_may_have_compressed() -> None:
    world = World(Engine(replace(SMALL, copies_share=0.5), b"me", owner=lambda _: 3))
    coded = (FRESH, (b"content-encoding", b"gzip"), (b"vary", b"accept-encoding"))
    gzip, part = (b"accept-encoding", b"gzip"), (b"range", b"bytes=0-1")
    for turn in range(3):
        world.now = turn / 10
        world.ask("/theirs", "GET", gzip)
        if world.fetches:
            world.serve(world.only, b"coded", *coded)
    assert not world.fetches
    world.ask("/theirs", "GET", gzip, part)
    assert world.fetches
