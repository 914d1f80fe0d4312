from dataclasses import replace

from hypothesis import given, strategies as st
from tests.control.reports import ORIGIN, STREAM, ended

from manycast.control.broadcasts import Broadcast, Broadcasts
from manycast.control.events import Event, StreamEnded, StreamLive
from manycast.model.fleet import StreamReport, StreamState


LIVE = StreamLive(at_ms=1500, channel="live", since_ms=1000, origin="origin@a")


def end(at_ms: int, ended_ms: int, peak: int = 0) -> StreamEnded:
    return StreamEnded(
        at_ms=at_ms, channel="live", since_ms=1000, ended_ms=ended_ms, viewers_peak=peak
    )


def test_a_broadcast_begins_and_ends_once_however_often_it_is_reported() -> None:
    known = Broadcasts()
    assert known.stream("origin@a", STREAM, 1500) == [LIVE]
    assert known.stream("origin@a", STREAM, 2000) == []
    away = replace(STREAM, state=StreamState.RECONNECTING)
    assert known.stream("origin@a", away, 2500) == []
    known.watched("live", 7)
    known.watched("live", 3)
    assert known.stream("origin@a", ended(STREAM, 2900), 3000) == [end(3000, 2900, peak=7)]
    assert known.stream("origin@a", ended(STREAM, 2900), 3500) == []
    assert known.missing(replace(ORIGIN, streams=()), 9000) == []


def test_what_never_was_on_air_is_no_broadcast() -> None:
    known = Broadcasts()
    starting = replace(STREAM, state=StreamState.STARTING, renditions=())
    assert known.stream("origin@a", starting, 1) == []
    assert known.stream("origin@a", ended(starting, 2), 2) == []
    assert known.missing(replace(ORIGIN, streams=()), 3) == []


def test_one_that_came_and_went_unseen_is_told_whole() -> None:
    assert Broadcasts().stream("origin@a", ended(STREAM, 1200), 1500) == [LIVE, end(1500, 1200)]


def test_after_a_restart_the_books_say_what_was_told() -> None:
    last = Broadcast(channel="live", since_ms=1000, origin="origin@a")
    assert Broadcasts([last]).stream("origin@a", STREAM, 1500) == []
    assert Broadcasts([last]).stream("origin@a", ended(STREAM, 1200), 1500) == [end(1500, 1200)]
    over = replace(last, open=False)
    assert Broadcasts([over]).stream("origin@a", ended(STREAM, 1200), 1500) == []
    assert Broadcasts([over]).stream("origin@a", STREAM, 1500) == [LIVE]


def test_an_end_that_nobody_saw_is_set_to_the_first_thing_after_it() -> None:
    last = Broadcast(channel="live", since_ms=1000, origin="origin@a")
    restarted = replace(ORIGIN, since_ms=4000, streams=())
    assert Broadcasts([last]).missing(restarted, 9000) == [end(9000, 4000)]
    assert Broadcasts([last]).missing(replace(ORIGIN, streams=()), 9000) == [end(9000, 9000)]
    assert Broadcasts([last]).missing(replace(restarted, node="origin@b"), 9000) == []
    assert Broadcasts([last]).lost("origin@a", 9000) == [end(9000, 9000)]
    heard = Broadcasts()
    heard.stream("origin@a", STREAM, 1500)
    assert heard.lost("origin@b", 8000) == []
    assert heard.missing(restarted, 9000) == [end(9000, 1500)]


def test_the_next_broadcast_ends_the_one_before() -> None:
    known = Broadcasts()
    known.stream("origin@a", STREAM, 1500)
    again = known.stream("origin@a", replace(STREAM, since_ms=5000), 6000)
    begun = StreamLive(at_ms=6000, channel="live", since_ms=5000, origin="origin@a")
    assert again == [end(6000, 1500), begun]


STATES = st.sampled_from(StreamState)
REPORTED = st.builds(
    lambda since, state: replace(STREAM, since_ms=since, state=state),
    st.integers(1, 3),
    STATES,
)


@given(st.lists(st.one_of(st.none(), REPORTED)))
def test_ends_and_beginnings_alternate(reported: list[StreamReport | None]) -> None:
    known = Broadcasts()
    events: list[Event] = []
    for now_ms, stream in enumerate(reported, 10):
        streams = () if stream is None else (stream,)
        if stream is not None:
            events += known.stream("origin@a", stream, now_ms)
        events += known.missing(replace(ORIGIN, since_ms=2, streams=streams), now_ms)
    assert all(isinstance(event, StreamLive) for event in events[::2])
    for before, after in zip(events[::2], events[1::2], strict=False):
        assert isinstance(before, StreamLive)
        assert isinstance(after, StreamEnded)
        assert before.since_ms == after.since_ms <= after.ended_ms
