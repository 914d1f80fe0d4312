from dataclasses import replace

from hypothesis import given, strategies as st
from tests.control.test_destinations import TWITCH

from manycast.control.events import DestinationFailing, DestinationFine
from manycast.control.places import Judged, Places
from manycast.model.destinations import Verdict


def judged(verdict: Verdict, since_ms: int = 1) -> Judged:
    return Judged(destination=TWITCH, since_ms=since_ms, verdict=verdict, text="why")


@given(st.lists(st.sampled_from(Verdict)))
def test_troubles_and_their_ends_take_turns(verdicts: list[Verdict]) -> None:
    places = Places()
    told = [
        type(event)
        for now_ms, verdict in enumerate(verdicts)
        for event in places.look([judged(verdict)], now_ms)
    ]
    fine = [number for number, kind in enumerate(told) if kind is DestinationFine]
    assert all(told[number - 1] is DestinationFailing for number in fine)
    assert not fine or fine[0] > 0


def test_a_trouble_is_told_with_its_reason_and_ends_when_it_is_sent_again() -> None:
    places = Places()
    (failing,) = places.look([judged(Verdict.RETRYING)], 5)
    assert isinstance(failing, DestinationFailing)
    assert (failing.trouble, failing.name) == ("why", "mine")
    assert places.look([judged(Verdict.CONNECTING)], 6) == []
    (fine,) = places.look([judged(Verdict.LIVE)], 7)
    assert isinstance(fine, DestinationFine)


def test_nobody_hears_of_one_that_was_switched_off_or_of_an_earlier_broadcast() -> None:
    places = Places()
    places.look([judged(Verdict.FAILED)], 5)
    assert places.look([judged(Verdict.OFF)], 6) == []
    assert places.look([judged(Verdict.LIVE)], 7) == []
    places.look([judged(Verdict.FAILED)], 8)
    assert places.look([judged(Verdict.LIVE, since_ms=2)], 9) == []
    assert places.look([replace(judged(Verdict.FAILED), since_ms=2)], 10)
