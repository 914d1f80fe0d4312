from dataclasses import replace

from hypothesis import given, strategies as st
from tests.control.reports import EDGE, INGEST, ORIGIN, RECORDING, STREAM, ended

from manycast.control.broadcasts import Broadcast
from manycast.control.events import (
    Event,
    IngestChanged,
    RecordingFailed,
    RecordingReady,
    StreamEnded,
    StreamLive,
)
from manycast.control.fleet import Fleet
from manycast.control.live import NOBODY_PUBLISHES, RETURN_MS, Live
from manycast.model.fleet import Condition, NodeReport, StreamState
from manycast.settings.control import ControlSettings


SETTINGS = ControlSettings(silent_ms=3000, forget_ms=60_000)


def carrying(*streams: object, **changes: object) -> NodeReport:
    return replace(ORIGIN, streams=streams, **changes)  # type: ignore[arg-type]  # fields by name


def kinds(events: object) -> list[str]:
    assert isinstance(events, list)
    return [type(event).__name__ for event in events]


def test_a_stream_is_there_while_its_origin_speaks_of_it() -> None:
    live = Live(SETTINGS, 0)
    assert kinds(live.report(ORIGIN, 1500)) == ["StreamLive"]
    assert live.streams["live"].origin == "origin@a"
    assert kinds(live.report(carrying(ended(STREAM, 1900)), 2000)) == ["StreamEnded"]
    assert live.streams["live"].report.state is StreamState.ENDED
    assert live.report(carrying(), 9000) == []
    assert not live.streams


def test_how_the_publisher_does_is_told_when_it_changes() -> None:
    live = Live(SETTINGS, 0)
    live.report(ORIGIN, 0)
    late = replace(INGEST, condition=Condition.BAD, reasons=("The network is too slow.",))
    said = live.report(carrying(replace(STREAM, ingest=late)), 1)
    assert said == [
        IngestChanged(
            at_ms=1, channel="live", since_ms=1000, condition=Condition.BAD, reasons=late.reasons
        )
    ]
    assert live.report(carrying(replace(STREAM, ingest=late)), 2) == []
    away = replace(STREAM, ingest=None, state=StreamState.RECONNECTING)
    assert live.report(carrying(away), 3) == []
    assert kinds(live.report(ORIGIN, 4)) == ["IngestChanged"]
    (lost,) = live.report(carrying(away), 5)
    assert isinstance(lost, IngestChanged)
    assert lost.reasons == (NOBODY_PUBLISHES,)
    assert live.report(carrying(replace(STREAM, ingest=None)), 6) == []


def test_each_broadcast_begins_in_good_condition() -> None:
    live = Live(SETTINGS, 0)
    away = replace(STREAM, ingest=None, state=StreamState.RECONNECTING)
    live.report(carrying(away), 1)
    live.report(carrying(ended(away, 2)), 2)
    again = live.report(carrying(replace(away, since_ms=3000)), 3)
    assert kinds(again) == ["StreamLive", "IngestChanged"]


def test_the_origin_that_began_last_has_the_stream() -> None:
    live = Live(SETTINGS, 0)
    live.report(ORIGIN, 1500)
    moved = replace(STREAM, since_ms=2000)
    other = carrying(moved, node="origin@b")
    assert kinds(live.report(other, 2500)) == ["StreamEnded", "StreamLive"]
    assert live.report(ORIGIN, 2600) == []
    assert live.streams["live"].origin == "origin@b"
    assert live.report(carrying(), 2700) == []
    assert "live" in live.streams


def test_what_two_origins_have_ended_is_over_once() -> None:
    live = Live(SETTINGS, 0)
    live.report(ORIGIN, 1500)
    first, moved = ended(STREAM, 1900), replace(STREAM, since_ms=2000)
    live.report(carrying(first), 1900)
    live.report(carrying(moved, node="origin@b"), 2500)
    live.report(carrying(ended(moved, 2600), node="origin@b"), 2600)
    assert live.report(carrying(first), 2700) == []
    assert live.report(carrying(ended(moved, 2600), node="origin@b"), 2700) == []
    assert live.streams["live"].origin == "origin@b"


def test_a_stream_that_outlives_the_one_beside_it_goes_on() -> None:
    live = Live(SETTINGS, 0)
    live.report(ORIGIN, 1500)
    other = replace(STREAM, since_ms=2000)
    live.report(carrying(other, node="origin@b"), 2500)
    over = carrying(ended(other, 2600), node="origin@b")
    live.report(over, 2600)
    assert kinds(live.report(ORIGIN, 2700)) == ["StreamLive"]
    assert live.report(over, 2800) == []
    assert kinds(live.report(carrying(ended(STREAM, 2900)), 2900)) == ["StreamEnded"]
    assert live.report(over, 3000) == []


def test_a_silent_origin_makes_figures_stale_and_a_forgotten_one_ends_the_broadcast() -> None:
    live, fleet = Live(SETTINGS, 0), Fleet(SETTINGS)
    fleet.report(ORIGIN, 1500)
    live.report(ORIGIN, 1500)
    fleet.look(5000)
    assert live.look(fleet, 5000) == []
    assert live.streams["live"].stale
    fleet.look(62_000)
    (gone,) = live.look(fleet, 62_000)
    assert kinds([gone]) == ["StreamEnded"]
    assert gone.ended_ms == 1500  # type: ignore[union-attr]  # it is
    assert not live.streams


def test_after_a_restart_origins_have_time_to_report() -> None:
    open_one = next(iter(_after(ORIGIN)._broadcasts.last.values()))
    live = Live(SETTINGS, 100_000, [open_one])
    assert live.look(Fleet(SETTINGS), 160_000) == []
    assert kinds(live.look(Fleet(SETTINGS), 160_001)) == ["StreamEnded"]


def test_after_a_restart_what_was_on_the_air_is_awaited_for_a_while() -> None:
    open_one = next(iter(_after(ORIGIN)._broadcasts.last.values()))
    live = Live(SETTINGS, 100_000, [open_one])
    assert live.expects_more(100_100)
    assert not live.expects_more(100_000 + RETURN_MS)
    live.report(ORIGIN, 100_200)
    assert not live.expects_more(100_200)
    assert not Live(SETTINGS, 100_000).expects_more(100_000)


def _after(report: NodeReport) -> Live:
    live = Live(SETTINGS, 0)
    live.report(report, 1500)
    return live


def test_viewers_are_those_of_the_edges() -> None:
    live, fleet = _after(ORIGIN), Fleet(SETTINGS)
    fleet.report(ORIGIN, 1500)
    fleet.report(replace(EDGE, viewers={"live": 5}), 1500)
    live.look(fleet, 1600)
    assert live.streams["live"].viewers == 5
    live.report(ORIGIN, 1700)
    assert live.streams["live"].viewers == 5
    (over,) = live.report(carrying(ended(STREAM, 1800)), 1800)
    assert over.viewers_peak == 5  # type: ignore[union-attr]  # StreamEnded


def test_a_recording_that_was_seen_in_the_making_is_ready_once() -> None:
    live = Live(SETTINGS, 0)
    live.report(carrying(replace(STREAM, recording=RECORDING)), 1)
    done = replace(RECORDING, complete=True, duration_ms=9000)
    old = replace(done, take="20250102T030405.678901Z")
    report = carrying(STREAM, recordings=(old, done))
    ready = RecordingReady(at_ms=2, channel="live", take=RECORDING.take, duration_ms=9000)
    assert live.report(report, 2) == [ready]
    assert live.report(report, 3) == []
    live.report(carrying(STREAM, recordings=(RECORDING,)), 4)
    assert kinds(live.report(report, 5)) == ["RecordingReady"]
    restored = Live(SETTINGS, 0, writing=[("live", RECORDING.take)])
    assert "RecordingReady" in kinds(restored.report(report, 6))


def test_a_recording_that_fails_is_told_once() -> None:
    live = _after(ORIGIN)
    full = replace(STREAM, recording_trouble="the disk is full")
    said = live.report(carrying(full), 1)
    assert said == [
        RecordingFailed(at_ms=1, channel="live", since_ms=1000, trouble="the disk is full")
    ]
    assert live.report(carrying(full), 2) == []


class Books:
    """As the database keeps them: a row for each beginning, and its end."""

    def __init__(self) -> None:
        self.rows: dict[int, int | None] = {}

    def enter(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, StreamLive):
                self.rows[event.since_ms] = None
            elif isinstance(event, StreamEnded):
                self.rows[event.since_ms] = event.ended_ms

    def last(self) -> list[Broadcast]:
        return [
            Broadcast(
                channel="live", since_ms=since, origin="origin@a", open=self.rows[since] is None
            )
            for since in sorted(self.rows, key=lambda since: (self.rows[since] is None, since))
        ]


STEP = st.tuples(
    st.one_of(st.none(), st.tuples(st.integers(1, 3), st.sampled_from(StreamState))),
    st.booleans(),
)


@given(st.lists(STEP))
def test_the_books_are_the_same_however_often_the_control_role_is_killed(
    steps: list[tuple[tuple[int, StreamState] | None, bool]],
) -> None:
    steady, killed = Books(), Books()
    one, other = Live(SETTINGS, 0), Live(SETTINGS, 0)
    for now_ms, (reported, kill) in enumerate(steps, 10):
        streams = [replace(STREAM, since_ms=reported[0], state=reported[1])] if reported else []
        report = carrying(*streams, since_ms=0)
        steady.enter(one.report(report, now_ms))
        if kill:
            other = Live(SETTINGS, now_ms, killed.last())
        killed.enter(other.report(report, now_ms))
        opened = [since for since, ended_ms in killed.rows.items() if ended_ms is None]
        assert len(opened) <= 1
        assert killed.rows.keys() == steady.rows.keys()
        assert opened == [since for since, ended_ms in steady.rows.items() if ended_ms is None]
