from manycast.api.destination_views import live
from manycast.control.destinations import Destination
from manycast.model.destinations import DestinationReport, Platform, PlatformState, SendingState
from manycast.platforms.values import OnAir
from manycast.runtime.platforms.attendant import Shown


ONE = Destination(
    id="dst_1",
    channel="live",
    name="mine",
    platform=Platform.TWITCH,
    enabled=True,
    addressed=True,
    connected=True,
)


def test_before_anybody_has_spoken_of_it() -> None:
    seen = live(ONE, None, None, 5)
    assert (seen.verdict, seen.report) == ("waiting", None)
    assert seen.on_platform is not None
    assert seen.on_platform.checked_at is None


def test_both_words_stand_beside_the_verdict() -> None:
    report = DestinationReport(id="dst_1", state=SendingState.SENDING, since_ms=0, video_bps=9)
    shown = Shown(on_air=OnAir(state=PlatformState.LIVE, viewers=7), checked_ms=5)
    seen = live(ONE, report, shown, 5)
    assert seen.verdict == "live"
    assert seen.report is not None
    assert seen.report.video_bps == 9
    assert seen.on_platform is not None
    assert seen.on_platform.viewers == 7
