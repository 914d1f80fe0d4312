from manycast.cache.freshness import Freshness
from manycast.edge.commands import Answered
from manycast.edge.flight import Flight
from manycast.edge.target import target


FRESH = Freshness(storable=True, lifetime_s=10, age_s=2)


def answered(path: str = "/a", query: str = "", *, framed: bool = True) -> Flight:
    flight = Flight(1, target(path, query), alone=False, now=100)
    flight.answer(Answered(200, (), 3, framed), FRESH, 101)
    return flight


def test_age_counts_from_the_request_but_not_a_held_wait() -> None:
    assert answered("/a").born == 98
    assert answered("/live/a/index.m3u8").born == 98
    assert answered("/live/a/index.m3u8", "_HLS_msn=1").born == 99
    assert answered("/live/a/r/p1.m4s").expires == 109


def test_only_a_complete_framed_body_is_whole_and_storable() -> None:
    flight = answered()
    flight.keep(b"ab")
    assert not flight.whole
    flight.keep(b"c")
    assert flight.whole
    assert flight.storable
    flight.release()
    assert not flight.whole
    assert not answered(framed=False).storable


def test_a_reply_may_be_joined_until_it_is_stale_or_let_go() -> None:
    flight = answered()
    assert flight.joinable(107.9)
    assert not flight.joinable(108)
    flight.release()
    assert not flight.joinable(102)
    assert Flight(1, target("/a", ""), alone=False, now=0).joinable(10_000)
