from dataclasses import fields
from typing import get_args

import pytest
from hypothesis import given, strategies as st

from manycast.control.events import Event, IngestChanged, StreamLive
from manycast.control.notice import ENDS, LASTING, OF_CHANNELS, notice_of, trial
from manycast.control.wording import WORDINGS
from manycast.model.fleet import Condition
from manycast.model.notices import Kind


times = st.integers(0, 4_000_000_000_000)
events: st.SearchStrategy[Event] = st.one_of(
    *(
        st.builds(kind, **{f.name: times for f in fields(kind) if f.name.endswith("_ms")})
        for kind in get_args(Event)
    )
)


@given(events)
def test_every_event_gives_the_words_that_its_kind_promises(event: Event) -> None:
    notice = notice_of(event)
    if notice is None:
        assert isinstance(event, IngestChanged)
        return
    optional = {"link", "watch"}
    if notice.kind in {Kind.INGEST_RECOVERED, Kind.DESTINATION_RECOVERED}:
        optional.add("duration")  # known to whoever saw the beginning
    assert WORDINGS[notice.kind].words.keys() - optional <= notice.words.keys()
    assert (notice.kind in OF_CHANNELS) == bool("channel" in notice.data)


def test_what_ends_and_what_begins_are_both_to_last() -> None:
    assert {*ENDS, *ENDS.values()} == LASTING


def test_the_same_event_told_again_is_the_same() -> None:
    event = StreamLive(at_ms=5, channel="live", since_ms=3, origin="o")
    late = StreamLive(at_ms=9, channel="live", since_ms=3, origin="o")
    first, second = notice_of(event), notice_of(late)
    assert first is not None
    assert second is not None
    assert first.once == second.once


@pytest.mark.parametrize(
    ("condition", "kind"),
    [
        (Condition.GOOD, Kind.INGEST_RECOVERED),
        (Condition.UNSTEADY, None),
        (Condition.BAD, Kind.INGEST_UNHEALTHY),
    ],
)
def test_only_bad_is_trouble_and_only_good_ends_it(condition: Condition, kind: Kind | None) -> None:
    event = IngestChanged(at_ms=1, channel="live", since_ms=1, condition=condition, reasons=())
    notice = notice_of(event)
    assert (notice.kind if notice else None) == kind


def test_each_trial_is_one_of_its_own() -> None:
    assert trial("me", "a", 1).once != trial("me", "b", 1).once
