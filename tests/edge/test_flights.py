from manycast.edge.commands import Ask
from manycast.edge.flights import Flights
from manycast.edge.status import Why
from manycast.edge.target import target


ASK = Ask("GET", b"/a", "/a", "", ())


def test_a_flight_that_is_forgotten_leaves_nothing_behind() -> None:
    flights = Flights()
    named = target("/live/s/r/p1.m4s", "")
    flight = flights.take_off(named, named.key, ASK, Why.URI_MISS, 0)
    flights.by_key[flight.key] = flight
    flights.board(flight, {1: ASK, 2: ASK})
    flights.gathering[flight.number] = 1.0
    assert flights.of(named.key) == [flight]
    assert flights.held == 1
    flights.forget(flight)
    left = (flights.by_number, flights.by_key, flights.waiting, flights.gathering)
    assert left == ({}, {}, {}, {})
    assert flights.held == 0
    assert flights.of(named.key) == []


def test_a_more_precise_key_does_not_take_another_flights_place() -> None:
    flights = Flights()
    named = target("/a", "")
    first, second = (flights.take_off(named, named.key, ASK, Why.URI_MISS, 0) for _ in range(2))
    flights.enlist(first, b"/a#v1")
    flights.enlist(second, b"/a#v1")
    assert flights.by_key == {b"/a#v1": first}
    flights.unlist(second)
    assert flights.by_key == {b"/a#v1": first}
    flights.unlist(first)
    assert not flights.by_key


def test_a_leader_that_left_leads_no_more() -> None:
    flights = Flights()
    named = target("/a", "")
    flight = flights.take_off(named, named.key, ASK, Why.URI_MISS, 0)
    flight.leader = 1
    flights.board(flight, {1: ASK, 2: ASK})
    flights.leave(flight, 1)
    assert flight.leader is None
    assert flight.waiters == {2: ASK}
