from manycast.cache.freshness import Freshness
from manycast.edge.commands import Answered
from manycast.edge.flight import Flight
from manycast.edge.status import Why
from manycast.edge.target import target


FRESH = Freshness(storable=True, lifetime_s=10, age_s=2)


def flight(path: str = "/a", query: str = "") -> Flight:
    named = target(path, query)
    return Flight(1, named, named.key, None, Why.URI_MISS, 100)


def answered(path: str = "/a", query: str = "", *, framed: bool = True) -> Flight:
    made = flight(path, query)
    made.answer(Answered(200, (), 3, framed), FRESH, 101)
    return made


def test_age_counts_from_the_request_for_a_playlist_but_not_for_a_held_wait() -> None:
    assert answered("/a").born == 99
    assert answered("/live/a/index.m3u8").born == 98
    assert answered("/live/a/index.m3u8", "_HLS_msn=1").born == 99
    assert answered("/live/a/r/p1.m4s").expires == 109


def test_only_a_complete_framed_body_is_whole_and_storable() -> None:
    one = answered()
    one.keep(b"ab")
    assert not one.whole
    one.keep(b"c")
    assert one.whole
    assert one.storable
    one.release()
    assert not one.whole
    assert not answered(framed=False).storable


def test_a_reply_may_be_joined_until_it_is_stale_or_let_go() -> None:
    one = answered()
    assert one.joinable(108.9)
    assert not one.joinable(109)
    one.release()
    assert not one.joinable(102)
    assert flight().joinable(10_000)


def test_what_was_changed_meanwhile_is_neither_joined_nor_kept() -> None:
    one = answered()
    one.outdated = True
    assert not one.joinable(101)
    assert not one.kept


def test_another_workers_object_is_kept_there_unless_it_is_live_media() -> None:
    for path, kept in (("/a", False), ("/live/s/r/p1.m4s", True)):
        one = answered(path)
        one.peer = 3
        assert one.kept == kept
