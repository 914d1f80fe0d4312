from dataclasses import replace

from manycast.platforms.values import Listing
from manycast.platforms.youtube.broadcasts import Broadcast
from manycast.runtime.platforms.youtube_known import Known


def broadcast(broadcast_id: str) -> Broadcast:
    return Broadcast(id=broadcast_id, title="T", life="live", privacy="public")


def test_what_was_noted_of_one_broadcast_does_not_stick_to_the_next() -> None:
    known = Known(listing=Listing(title="T"))
    known.meet(broadcast("one"))
    known.described = known.listing
    known.nudges, known.away, known.note, known.active_ms = 2, True, "no tags", 5
    known.meet(broadcast("one"))
    assert (known.nudges, known.away, known.note) == (2, True, "no tags")
    known.meet(broadcast("two"))
    assert (known.nudges, known.away, known.note, known.active_ms) == (0, False, "", 0)
    assert (known.listing, known.described) == (Listing(title="T"), None)


def test_what_was_ended_there_is_over_until_we_part_with_it() -> None:
    known = Known()
    assert not known.over
    known.meet(broadcast("one"))
    assert not known.over
    known.meet(replace(broadcast("one"), life="complete"))
    assert known.over
    known.part()
    assert not known.over


def test_whoever_waits_for_a_broadcast_waits_while_there_is_none() -> None:
    known = Known()
    assert not known.met.is_set()
    known.meet(broadcast("one"))
    assert known.met.is_set()
    known.part()
    assert not known.met.is_set()
    assert known.broadcast is None
