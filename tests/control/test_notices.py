from dataclasses import replace
from datetime import time
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from manycast.control import notices as module
from manycast.control.events import (
    DestinationFailing,
    DestinationFine,
    Event,
    IngestChanged,
    KeysRefused,
    NodeBack,
    NodeSilent,
    RecordingReady,
    StreamEnded,
    StreamLive,
)
from manycast.control.notices import Notices, Rule, Telling, Told
from manycast.control.quiet import Quiet
from manycast.model.fleet import Condition, NodeRole
from manycast.model.notices import Kind, Quietly


HEALTH = Rule(
    id="health",
    kinds=frozenset({Kind.INGEST_UNHEALTHY, Kind.INGEST_RECOVERED}),
    lasting_ms=15_000,
    cooldown_ms=300_000,
)
LIVE = Rule(id="live", kinds=frozenset({Kind.STREAM_LIVE, Kind.STREAM_ENDED}), cooldown_ms=300_000)


def ingest(at_ms: int, condition: Condition, *reasons: str, since_ms: int = 0) -> IngestChanged:
    return IngestChanged(
        at_ms=at_ms, channel="live", since_ms=since_ms, condition=condition, reasons=reasons
    )


def live(at_ms: int, since_ms: int = 0, channel: str = "live") -> StreamLive:
    return StreamLive(at_ms=at_ms, channel=channel, since_ms=since_ms, origin="o")


def ended(at_ms: int, since_ms: int = 0) -> StreamEnded:
    return StreamEnded(
        at_ms=at_ms, channel="live", since_ms=since_ms, ended_ms=at_ms, viewers_peak=0
    )


def kinds(tellings: list[Telling]) -> list[Kind]:
    return [telling.notice.kind for telling in tellings]


def test_a_stream_that_is_live_is_told_once_however_often_it_is_said() -> None:
    engine = Notices([LIVE])
    assert kinds(engine.handle(live(0), 0)) == [Kind.STREAM_LIVE]
    assert engine.handle(live(400_000), 400_000) == []
    assert kinds(engine.handle(live(400_001, since_ms=400_000), 400_001)) == [Kind.STREAM_LIVE]


def test_a_stream_that_comes_and_goes_is_told_once_in_a_cool_down() -> None:
    engine = Notices([LIVE])
    told = [
        kind
        for second in range(0, 300, 10)
        for event in (
            live(second * 1000, second * 1000),
            ended(second * 1000 + 5000, second * 1000),
        )
        for kind in kinds(engine.handle(event, event.at_ms))
    ]
    assert told == [Kind.STREAM_LIVE, Kind.STREAM_ENDED]


def test_a_rule_hears_of_its_channels_only() -> None:
    engine = Notices([replace(LIVE, channels=frozenset({"mine"}))])
    assert engine.handle(live(0), 0) == []
    assert kinds(engine.handle(live(0, channel="mine"), 0)) == [Kind.STREAM_LIVE]


def test_a_trouble_is_told_when_it_has_lasted() -> None:
    engine = Notices([HEALTH])
    assert engine.handle(ingest(0, Condition.BAD, "Too slow."), 0) == []
    assert engine.next_deadline() == 15_000
    assert engine.handle_timer(14_999) == []
    (told,) = engine.handle_timer(15_000)
    assert told.notice.words["reasons"] == "Too slow."
    assert engine.next_deadline() is None


def test_a_trouble_that_passes_is_not_told_and_neither_is_its_end() -> None:
    engine = Notices([HEALTH])
    engine.handle(ingest(0, Condition.BAD), 0)
    assert engine.handle(ingest(9000, Condition.GOOD), 9000) == []
    assert engine.next_deadline() is None


def test_the_end_of_a_told_trouble_is_told_with_how_long_it_was() -> None:
    engine = Notices([HEALTH])
    engine.handle(ingest(0, Condition.BAD), 0)
    engine.handle_timer(15_000)
    engine.handle(ingest(60_000, Condition.GOOD), 60_000)
    (told,) = engine.handle_timer(75_000)
    assert told.notice.kind is Kind.INGEST_RECOVERED
    assert told.notice.words["duration"] == "1 min"


def test_a_trouble_that_flaps_is_one_trouble() -> None:
    engine = Notices([HEALTH])
    engine.handle(ingest(0, Condition.BAD), 0)
    told = kinds(engine.handle_timer(15_000))
    for second in range(20, 200, 10):
        condition = Condition.GOOD if second % 20 == 0 else Condition.BAD
        told += kinds(engine.handle(ingest(second * 1000, condition), second * 1000))
    assert told == [Kind.INGEST_UNHEALTHY]


def test_reasons_that_change_meanwhile_are_told_as_they_are_now() -> None:
    engine = Notices([HEALTH])
    engine.handle(ingest(0, Condition.BAD, "Old."), 0)
    engine.handle(ingest(5000, Condition.BAD, "New."), 5000)
    (told,) = engine.handle_timer(15_000)
    assert told.notice.words["reasons"] == "New."


def test_a_broadcast_that_ends_takes_its_troubles_along() -> None:
    engine = Notices([HEALTH])
    engine.handle(ingest(0, Condition.BAD), 0)
    engine.handle_timer(15_000)
    assert engine.handle(ended(20_000), 20_000) == []
    assert engine.handle(ingest(30_000, Condition.GOOD, since_ms=30_000), 30_000) == []
    assert engine.next_deadline() is None


def test_the_next_trouble_waits_for_the_cool_down() -> None:
    engine = Notices([HEALTH])
    engine.handle(ingest(0, Condition.BAD), 0)
    engine.handle_timer(15_000)
    engine.handle(ingest(20_000, Condition.GOOD), 20_000)
    engine.handle_timer(35_000)
    engine.handle(ingest(40_000, Condition.BAD), 40_000)
    assert engine.next_deadline() == 315_000
    assert kinds(engine.handle_timer(315_000)) == [Kind.INGEST_UNHEALTHY]


def test_keys_refused_in_a_cool_down_are_counted_and_told_after_it() -> None:
    engine = Notices([Rule(id="r", kinds=frozenset({Kind.KEY_REFUSED}), cooldown_ms=60_000)])
    assert len(engine.handle(KeysRefused(at_ms=0, node="o", count=1), 0)) == 1
    for second in (10, 20, 30):
        at_ms = second * 1000
        assert engine.handle(KeysRefused(at_ms=at_ms, node="o", count=second), at_ms) == []
    (told,) = engine.handle_timer(60_000)
    assert told.notice.words["count"] == "60"


def test_each_recording_is_told_of_however_soon() -> None:
    engine = Notices([Rule(id="r", kinds=frozenset({Kind.RECORDING_READY}), cooldown_ms=60_000)])
    for take in ("a", "b"):
        event = RecordingReady(at_ms=1, channel="live", take=take, duration_ms=1)
        assert len(engine.handle(event, 1)) == 1
        assert engine.handle(event, 2) == []


@pytest.mark.parametrize(("instead", "due"), [(Quietly.HOLD, [7 * 3_600_000]), (Quietly.DROP, [])])
def test_quiet_hours_hold_or_drop(instead: Quietly, due: list[int]) -> None:
    night = Quiet(zone="UTC", begins=time(22), ends=time(7), instead=instead)
    engine = Notices([replace(LIVE, quiet=night)])
    assert [telling.due_ms for telling in engine.handle(live(0), 0)] == due


def test_what_was_told_before_a_restart_is_not_told_again_in_the_cool_down() -> None:
    before = Told(kind=Kind.INGEST_UNHEALTHY, once="x", at_ms=0, past=True)
    engine = Notices([HEALTH], {("health", Kind.INGEST_UNHEALTHY, "live"): before})
    engine.handle(ingest(10_000, Condition.BAD), 10_000)
    assert engine.handle_timer(299_999) == []
    engine.handle(ingest(299_999, Condition.GOOD), 299_999)
    assert engine.next_deadline() is None


def test_a_trouble_that_was_told_before_a_restart_may_end_after_it() -> None:
    before = Told(kind=Kind.INGEST_UNHEALTHY, once="x", at_ms=0, past=True)
    engine = Notices([HEALTH], {("health", Kind.INGEST_UNHEALTHY, "live"): before})
    engine.handle(ingest(60_000, Condition.GOOD), 60_000)
    (told,) = engine.handle_timer(75_000)
    assert told.notice.words["duration"] == "1 min"


def test_a_node_that_is_silent_again_after_a_restart_is_told_again() -> None:
    rule = Rule(id="r", kinds=frozenset({Kind.NODE_SILENT}), cooldown_ms=1000)
    before = Told(kind=Kind.NODE_SILENT, once="x", at_ms=0, past=True)
    engine = Notices([rule], {("r", Kind.NODE_SILENT, "e"): before})
    silent = NodeSilent(at_ms=5000, node="e", role=NodeRole.EDGE)
    assert kinds(engine.handle(silent, 5000)) == [Kind.NODE_SILENT]


def test_a_rule_that_goes_takes_what_waits_along() -> None:
    engine = Notices([HEALTH])
    engine.handle(ingest(0, Condition.BAD), 0)
    engine.use([LIVE])
    assert engine.next_deadline() is None


def test_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED_MAX", 10)
    engine = Notices([LIVE])
    for number in range(100):
        engine.handle(live(0, channel=f"c{number}"), 0)
    assert len(engine._told) == 10


conditions = st.sampled_from(Condition)
steps = st.lists(
    st.tuples(
        st.integers(0, 40_000),
        st.one_of(
            st.builds(lambda c: ("ingest", c), conditions),
            st.sampled_from([("silent", None), ("back", None), ("live", None), ("ended", None)]),
            st.just(("nothing", None)),
        ),
    ),
    max_size=60,
)
rules = st.builds(
    Rule,
    id=st.sampled_from(["a", "b"]),
    kinds=st.frozensets(st.sampled_from(Kind), min_size=1),
    lasting_ms=st.sampled_from([0, 1000, 15_000]),
    cooldown_ms=st.sampled_from([0, 1000, 60_000]),
)


def event_of(what: str, condition: Condition | None, at_ms: int) -> Event | None:
    node = {"at_ms": at_ms, "node": "e", "role": NodeRole.EDGE}
    match what:
        case "ingest":
            return ingest(at_ms, condition or Condition.GOOD)
        case "silent":
            return NodeSilent(at_ms=at_ms, node="e", role=NodeRole.EDGE)
        case "back":
            return NodeBack(**node, away_ms=1)  # type: ignore[arg-type]  # as the fields are named
        case "live":
            return live(at_ms, since_ms=at_ms)
        case "ended":
            return ended(at_ms)
        case _:
            return None


def run(
    engine: Notices, story: list[tuple[int, tuple[str, Condition | None]]]
) -> list[tuple[int, Telling]]:
    now_ms, told = 0, []
    for passed_ms, (what, condition) in story:
        until_ms = now_ms + passed_ms
        while (due := engine.next_deadline()) is not None and due <= until_ms:
            told += [(due, telling) for telling in engine.handle_timer(due)]
        now_ms = until_ms
        event = event_of(what, condition, now_ms)
        if event is not None:
            told += [(now_ms, telling) for telling in engine.handle(event, now_ms)]
    return told


@given(st.lists(rules, max_size=2, unique_by=lambda rule: rule.id), steps)
def test_nothing_is_told_twice_by_one_rule(
    in_force: list[Rule], story: list[tuple[int, tuple[str, Condition | None]]]
) -> None:
    told = [(t.rule_id, t.notice.once) for _, t in run(Notices(in_force), story)]
    assert len(told) == len(set(told))


@given(rules, steps)
def test_a_cool_down_lies_between_two_tellings_of_the_same(
    rule: Rule, story: list[tuple[int, tuple[str, Condition | None]]]
) -> None:
    told = run(Notices([rule]), story)
    for kind in (Kind.INGEST_UNHEALTHY, Kind.NODE_SILENT, Kind.STREAM_LIVE, Kind.STREAM_ENDED):
        times = [at_ms for at_ms, telling in told if telling.notice.kind is kind]
        assert all(later - earlier >= rule.cooldown_ms for earlier, later in pairwise(times))


@given(rules, steps)
def test_ends_are_told_of_told_troubles_only(
    rule: Rule, story: list[tuple[int, tuple[str, Condition | None]]]
) -> None:
    rule = replace(rule, kinds=frozenset(Kind))
    told = kinds([telling for _, telling in run(Notices([rule]), story)])
    for trouble, end in module.ENDED_BY.items():
        of_it = [kind for kind in told if kind in {trouble, end}]
        assert all(of_it[i - 1 : i] == [trouble] for i, kind in enumerate(of_it) if kind is end)


@given(rules, steps)
def test_a_rule_tells_what_it_asks_for_and_nothing_else(
    rule: Rule, story: list[tuple[int, tuple[str, Condition | None]]]
) -> None:
    assert all(telling.notice.kind in rule.kinds for _, telling in run(Notices([rule]), story))


PLACES = Rule(
    id="places",
    kinds=frozenset({Kind.DESTINATION_FAILING, Kind.DESTINATION_RECOVERED}),
    lasting_ms=15_000,
    cooldown_ms=300_000,
)


def failing(at_ms: int, destination: str = "dst_1") -> DestinationFailing:
    return DestinationFailing(
        at_ms=at_ms,
        channel="live",
        since_ms=0,
        destination=destination,
        name="mine",
        trouble="The key was refused.",
    )


def fine(at_ms: int, destination: str = "dst_1") -> DestinationFine:
    return DestinationFine(
        at_ms=at_ms, channel="live", since_ms=0, destination=destination, name="mine"
    )


def test_each_destination_has_troubles_of_its_own() -> None:
    engine = Notices([PLACES])
    engine.handle(failing(0), 0)
    engine.handle(failing(0, "dst_2"), 0)
    engine.handle(fine(5000, "dst_2"), 5000)
    (told,) = engine.handle_timer(15_000)
    assert told.notice.subject == "dst_1"
    assert told.notice.words["reasons"] == "The key was refused."
    engine.handle(fine(60_000), 60_000)
    (end,) = engine.handle_timer(75_000)
    assert end.notice.words["duration"] == "1 min"


def test_a_broadcast_that_ends_takes_the_troubles_of_its_destinations_along() -> None:
    engine = Notices([PLACES])
    engine.handle(failing(0), 0)
    engine.handle(ended(5000), 5000)
    assert engine.next_deadline() is None
    engine.handle(failing(400_000), 400_000)
    assert kinds(engine.handle_timer(415_000)) == [Kind.DESTINATION_FAILING]
