from dataclasses import replace

from hypothesis import given, strategies as st

from manycast.model.destinations import DestinationGrant, DestinationReport, SendingState
from manycast.model.fleet import ChannelGrant
from manycast.origin.sending import Ledger, Wanted, seated, wanted


HERE = DestinationGrant(id="dst_1", name="Here", url="rtmp://here/app")
THERE = DestinationGrant(id="dst_2", name="There", url="rtmp://there/app")
SENDING = DestinationReport(
    id="dst_1",
    state=SendingState.SENDING,
    since_ms=5,
    sent_bytes=1000,
    dropped_frames=2,
    reconnects=1,
)
IDS = st.lists(st.sampled_from("abcdefgh"), unique=True)


def channel(name: str, *destinations: DestinationGrant) -> ChannelGrant:
    return ChannelGrant(channel=name, keys=(), recording=False, kicks=0, destinations=destinations)


def test_destinations_of_streams_on_the_air_are_wanted() -> None:
    channels = (channel("one", HERE), channel("two", THERE), channel("three"))
    assert wanted(channels, {"one", "three", "gone"}) == {"dst_1": Wanted("one", HERE)}
    assert list(wanted(channels, {"two", "one"})) == ["dst_1", "dst_2"]


@given(IDS, IDS, st.integers(0, 9))
def test_nobody_who_runs_is_sent_away_and_the_limit_holds_for_the_others(
    asked: list[str], running: list[str], limit: int
) -> None:
    seats = seated(asked, running, limit)
    assert set(running) <= seats <= set(running) | set(asked)
    assert len(seats) <= max(limit, len(running))
    left = [one for one in asked if one not in seats]
    assert not left or len(seats) >= limit, "a seat was left empty"


def test_what_processes_counted_adds_up() -> None:
    ledger = Ledger("dst_1", 0)
    ledger.heard(SENDING)
    ledger.lost("It broke.", 10)
    lost = ledger.report
    assert (lost.state, lost.reason, lost.since_ms) == (SendingState.RETRYING, "It broke.", 10)
    assert lost.reconnects == 2, "the next process connects once more"
    ledger.heard(replace(SENDING, sent_bytes=500, dropped_frames=0, reconnects=0, since_ms=12))
    now = ledger.report
    assert (now.sent_bytes, now.dropped_frames, now.reconnects) == (1500, 2, 2)
    assert now.since_ms == 12
    ledger.heard(replace(SENDING, sent_bytes=600, dropped_frames=0, reconnects=0))
    assert ledger.report.sent_bytes == 1600


def test_a_process_that_never_connected_leaves_no_connection_behind() -> None:
    ledger = Ledger("dst_1", 0)
    ledger.heard(DestinationReport(id="dst_1", state=SendingState.CONNECTING, since_ms=1))
    ledger.lost("It broke.", 10)
    ledger.lost("It broke again.", 20)
    assert ledger.report.reconnects == 0


def test_people_wait_for_states_and_not_for_figures() -> None:
    ledger = Ledger("dst_1", 0)
    assert ledger.heard(SENDING)
    assert not ledger.heard(replace(SENDING, sent_bytes=2000))
    assert ledger.heard(replace(SENDING, slate=True))
    assert ledger.heard(replace(SENDING, state=SendingState.RETRYING, reason="It is full."))


def test_a_report_is_filed_under_its_destination_whatever_it_says() -> None:
    ledger = Ledger("dst_1", 0)
    ledger.heard(replace(SENDING, id="another"))
    assert ledger.report.id == "dst_1"


def test_what_was_stopped_keeps_its_figures_and_begins_again() -> None:
    ledger = Ledger("dst_1", 0)
    ledger.heard(SENDING)
    ledger.stopped(20)
    assert ledger.report.state is SendingState.STOPPED
    assert (ledger.report.sent_bytes, ledger.report.reconnects) == (1000, 1)
    assert ledger.report.video_bps == 0
    ledger.begun(30)
    assert ledger.report.state is SendingState.WAITING


def test_a_failure_is_dated_once() -> None:
    ledger = Ledger("dst_1", 0)
    ledger.failed("No room.", 5)
    ledger.failed("No room.", 9)
    assert ledger.report.since_ms == 5
