from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from manycast.control.destinations import (
    SHOWN_WITHIN_MS,
    UNADDRESSED,
    Destination,
    same_server,
    verdict,
)
from manycast.model.destinations import (
    DestinationReport,
    Platform,
    PlatformState,
    SendingState,
    Verdict,
)
from manycast.platforms.values import OnAir


TWITCH = Destination(
    id="dst_1",
    channel="live",
    name="mine",
    platform=Platform.TWITCH,
    enabled=True,
    addressed=True,
    connected=True,
)
SENDING = DestinationReport(id="dst_1", state=SendingState.SENDING, since_ms=1000)
LATER = 1000 + SHOWN_WITHIN_MS

reports = st.none() | st.builds(
    DestinationReport,
    id=st.just("dst_1"),
    state=st.sampled_from(SendingState),
    since_ms=st.integers(0, 10**6),
    reason=st.sampled_from(["", "refused"]),
)
shown = st.none() | st.builds(OnAir, state=st.sampled_from(PlatformState))


@given(st.booleans(), st.booleans(), reports, shown, st.sampled_from(["", "away"]), st.integers(0))
def test_it_is_green_only_while_it_is_sent_and_its_platform_says_that_it_shows_it(
    enabled: bool,
    connected: bool,
    report: DestinationReport | None,
    on_air: OnAir | None,
    trouble: str,
    now_ms: int,
) -> None:
    one = replace(TWITCH, enabled=enabled, connected=connected)
    decided, _ = verdict(one, report, on_air, trouble, now_ms)
    sent = report is not None and report.state is SendingState.SENDING
    said = connected and on_air is not None and on_air.state is PlatformState.LIVE
    assert (decided is Verdict.LIVE) == (enabled and sent and said)


@given(reports, shown, st.sampled_from(["", "away"]), st.integers(0, 10**7))
def test_what_is_not_well_says_why(
    report: DestinationReport | None, on_air: OnAir | None, trouble: str, now_ms: int
) -> None:
    decided, text = verdict(TWITCH, report, on_air, trouble, now_ms)
    if decided is Verdict.NOT_LIVE:
        assert "Twitch" in text or text in {"away", "refused"}


@pytest.mark.parametrize("state", [PlatformState.NOT_LIVE, PlatformState.ENDED])
def test_a_platform_has_a_while_to_show_what_it_takes(state: PlatformState) -> None:
    on_air = OnAir(state=state)
    assert verdict(TWITCH, SENDING, on_air, "", LATER - 1)[0] is Verdict.STARTING
    assert verdict(TWITCH, SENDING, on_air, "", LATER)[0] is Verdict.NOT_LIVE


def test_nothing_is_expected_of_a_server_that_cannot_be_asked() -> None:
    custom = replace(TWITCH, platform=Platform.CUSTOM, connected=False)
    assert verdict(custom, SENDING, None, "", LATER) == (Verdict.SENDING, "")


def test_a_platform_that_does_not_answer_turns_nothing_green_and_nothing_red() -> None:
    decided, text = verdict(TWITCH, SENDING, None, "Twitch does not answer.", LATER)
    assert (decided, text) == (Verdict.SENDING, "Twitch does not answer.")


def test_one_that_knows_no_server_yet_says_so() -> None:
    nowhere = replace(TWITCH, addressed=False, connected=False)
    assert verdict(nowhere, None, None, "", 0) == (Verdict.WAITING, UNADDRESSED)


@pytest.mark.parametrize(
    "other",
    [
        "rtmp://a/app",
        "rtmps://b/app",
        "rtmps://a:444/app",
        "rtmps://a.b/app",
        "rtmps://a@b/app",
        "",
    ],
)
def test_a_server_is_another_by_its_name_its_port_or_the_way_to_it(other: str) -> None:
    assert not same_server("rtmps://a/app", other)
    assert same_server("rtmps://a/app", "rtmps://A/other?x=1")
