from manycast.cache.freshness import Freshness
from manycast.cache.policies.lru import Lru
from manycast.edge import spooling
from manycast.edge.books import Books
from manycast.edge.commands import Answered, Ask
from manycast.edge.entry import Entry
from manycast.edge.flight import Flight
from manycast.edge.layers import Drop, Layers, Spool
from manycast.edge.lower import Lower, Request
from manycast.edge.purge import Journal, Kind, Purge
from manycast.edge.status import Why
from manycast.edge.store import Store
from manycast.edge.target import target
from manycast.settings.cache import CacheSettings
from manycast.settings.disk import DiskSettings
from manycast.settings.edge import EdgeSettings


FRESH = Freshness(storable=True, lifetime_s=100, age_s=0)
ASK = Ask("GET", b"/a", "/a", "", ())


def books() -> Books:
    disk = Layers(DiskSettings(large_seen_min=0), Lru(100_000))
    disk.opened(1)
    journal = Journal(0, 9)
    store = Store(10_000, 1, journal)
    store.lower = Lower(disk)
    return Books(EdgeSettings(), CacheSettings(), b"me", store, journal, lambda _: None)


def flight(*, length: int | None = 9, stored: bool = True) -> Flight:
    made = Flight(5, target("/a", ""), b"/a", ASK, Why.URI_MISS, 0.0)
    freshness = Freshness(storable=stored, lifetime_s=100, age_s=0)
    made.answer(Answered(200, (), length, framed=True), freshness, 0.0)
    made.keep(b"some")
    return made


def test_a_spool_begins_with_what_has_come() -> None:
    here = books()
    spooling.begin(flight(), here, stands=True)
    [order] = here.store.lower.take_orders()
    assert isinstance(order, Spool)
    assert (order.fetch, order.key, order.length, order.body) == (5, b"/a", 9, (b"some",))


def test_what_may_not_be_kept_or_has_no_length_is_not_spooled() -> None:
    here = books()
    for made, stands in [
        (flight(stored=False), True),
        (flight(length=None), True),
        (flight(), False),
    ]:
        spooling.begin(made, here, stands=stands)
        assert not made.spooled
    assert not here.store.lower.take_orders()


def test_a_spool_that_was_overtaken_is_dropped_and_a_good_one_replaces_what_memory_has() -> None:
    for stands in (True, False):
        here = books()
        made = flight()
        spooling.begin(made, here, stands=True)
        here.store.put(Entry(b"/a", 200, (), (b"old",), FRESH, 0.0))
        spooling.end(made, here, stands=stands)
        kinds = [type(order) for order in here.store.lower.take_orders()]
        assert kinds == ([Spool] if stands else [Spool, Drop])
        assert (here.store.get(b"/a", 0.0) is None) is stands


def test_memory_takes_back_what_still_stands_under_the_same_key() -> None:
    here = books()
    requests: list[Request] = [(ASK, target("/a", ""))]
    entry = Entry(b"/a", 200, (), (b"body",), FRESH, 0.0)
    assert spooling.restored(entry, requests, here, 0.0)
    assert here.store.get(b"/a", 0.0) is entry
    other = Entry(b"/a#vx", 200, (), (b"body",), FRESH, 0.0)
    assert not spooling.restored(other, requests, here, 0.0)
    here.purges.add(Purge(Kind.URL, b"/a", soft=False))
    purged = Entry(b"/a", 200, (), (b"body",), FRESH, 0.0)
    assert not spooling.restored(purged, requests, here, 0.0)
