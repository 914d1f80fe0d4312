from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from manycast.control import fleet
from manycast.control.events import DiskFine, DiskLow, KeysRefused, NodeBack, NodeSilent
from manycast.control.fleet import Fleet, ReportRefusedError
from manycast.model.fleet import Health, NodeReport, NodeRole
from manycast.settings.control import ControlSettings


SETTINGS = ControlSettings(silent_ms=3000, forget_ms=60_000)
FIRST = NodeReport(
    node="origin@here",
    role=NodeRole.ORIGIN,
    version="1",
    url="http://here",
    since_ms=50,
    sequence=1,
)


def following(report: NodeReport, **changes: object) -> NodeReport:
    return replace(report, sequence=report.sequence + 1, **changes)  # type: ignore[arg-type]  # fields by name


def test_a_node_is_well_troubled_silent_and_forgotten() -> None:
    known = Fleet(SETTINGS)
    assert known.report(FIRST, 1000) == []
    assert known.nodes[FIRST.node].health is Health.WELL
    known.report(following(FIRST, problems=("the disk is slow",)), 1500)
    assert known.nodes[FIRST.node].health is Health.TROUBLED
    assert known.look(4500) == []
    assert known.look(4501) == [NodeSilent(at_ms=4501, node=FIRST.node, role=NodeRole.ORIGIN)]
    assert known.look(4600) == []
    assert known.nodes[FIRST.node].health is Health.SILENT
    assert known.look(61_501) == []
    assert not known.nodes


def test_a_silent_node_comes_back_once() -> None:
    known = Fleet(SETTINGS)
    known.report(FIRST, 0)
    known.look(5000)
    second = following(FIRST)
    back = NodeBack(at_ms=6000, node=FIRST.node, role=NodeRole.ORIGIN, away_ms=6000)
    assert known.report(second, 6000) == [back]
    assert known.report(following(second), 6500) == []


def test_a_late_or_repeated_report_is_refused() -> None:
    known = Fleet(SETTINGS)
    known.report(replace(FIRST, sequence=7), 0)
    for late in (6, 7):
        with pytest.raises(ReportRefusedError, match="came after report 7"):
            known.report(replace(FIRST, sequence=late), 10)
    assert known.nodes[FIRST.node].heard_ms == 0


def test_a_restarted_node_begins_to_count_anew() -> None:
    known = Fleet(SETTINGS)
    known.report(replace(FIRST, sequence=7), 0)
    assert known.report(replace(FIRST, since_ms=90), 500) == []


def test_two_processes_of_one_name_do_not_take_turns() -> None:
    known = Fleet(SETTINGS)
    known.report(replace(FIRST, since_ms=90), 0)
    with pytest.raises(ReportRefusedError, match="a name of its own"):
        known.report(FIRST, 500)


def test_a_node_whose_clock_was_set_back_is_believed_after_a_silence() -> None:
    known = Fleet(SETTINGS)
    known.report(replace(FIRST, since_ms=90), 0)
    known.report(FIRST, 3001)
    assert known.nodes[FIRST.node].report == FIRST


def test_there_is_a_limit_of_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "NODES_MAX", 1)
    known = Fleet(SETTINGS)
    known.report(FIRST, 0)
    with pytest.raises(ReportRefusedError, match="1 nodes"):
        known.report(replace(FIRST, node="another"), 0)


def test_only_edges_that_are_heard_have_viewers() -> None:
    known = Fleet(SETTINGS)
    edge = replace(FIRST, node="edge@a", role=NodeRole.EDGE, viewers={"live": 3, "demo": 1})
    known.report(edge, 0)
    known.report(replace(edge, node="edge@b", viewers={"live": 4}), 2000)
    assert (known.viewers("live"), known.viewers("demo")) == (7, 1)
    known.look(3500)
    assert (known.viewers("live"), known.viewers("demo")) == (4, 0)
    assert known.nodes["edge@a"].watching == 0


def test_refused_keys_are_counted_from_report_to_report() -> None:
    known = Fleet(SETTINGS)
    assert known.report(replace(FIRST, refused_keys=5), 0) == []
    more = following(FIRST, refused_keys=7)
    assert known.report(more, 1) == [KeysRefused(at_ms=1, node=FIRST.node, count=2)]
    again = replace(FIRST, since_ms=90, refused_keys=1)
    assert known.report(again, 2) == [KeysRefused(at_ms=2, node=FIRST.node, count=1)]


def test_a_full_disk_is_told_once_until_there_is_room_again() -> None:
    known = Fleet(SETTINGS)
    report, said = FIRST, []
    for free in (9e9, 4.9e9, 5.5e9, 4e9, 7e9, 8e9):
        said += known.report(report, 0)
        report = following(report, numbers={fleet.DISK_FREE: free})
    said += known.report(report, 0)
    low = DiskLow(at_ms=0, node=FIRST.node, free_bytes=4_900_000_000)
    assert said == [low, DiskFine(at_ms=0, node=FIRST.node, free_bytes=7_000_000_000)]


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 9), st.integers(0, 4000))
    )
)
def test_silence_and_return_alternate_and_what_is_known_only_grows(
    steps: list[tuple[int, int, int, int]],
) -> None:
    known, now_ms = Fleet(SETTINGS), 0
    silent: dict[str, bool] = {}
    for node, since_ms, sequence, wait_ms in steps:
        now_ms += wait_ms
        before = dict(known.nodes)
        events = known.look(now_ms)
        report = replace(FIRST, node=str(node), since_ms=since_ms, sequence=sequence)
        try:
            events += known.report(report, now_ms)
        except ReportRefusedError:
            assert known.nodes[str(node)].report == before[str(node)].report
        for event in events:
            assert isinstance(event, NodeSilent | NodeBack)
            assert silent.get(event.node, False) is isinstance(event, NodeBack)
            silent[event.node] = isinstance(event, NodeSilent)
        silent = {name: now for name, now in silent.items() if name in known.nodes}
