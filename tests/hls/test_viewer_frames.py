import pytest

from manycast.hls import multivariant
from manycast.hls.multivariant import Variant
from manycast.hls.viewer_frames import MEDIA, PLAYLIST, FramesViewer
from manycast.hls.viewer_lane import Command, Drop, Get
from manycast.hls.viewer_swarm import Swarm
from manycast.media.cmaf import VideoSample, fragment
from manycast.settings.load import LoadSettings


T0 = 1_800_000_000.0
FRAME_S = 0.04
URL = "http://edge/live/demo/index.m3u8"
FRAMES_URL = "http://edge/live/demo/source/frames.mp4"
TEXT = multivariant.text([Variant("source/index.m3u8", 1, 1, ("avc1.64001f",), 1280, 720)]).encode()


class Session:
    """A viewer that is connected at T0, one second after the newest keyframe."""

    def __init__(self) -> None:
        self.swarm = Swarm(URL, LoadSettings(), rendition=None, hint=False)
        self.viewer = FramesViewer(self.swarm)
        assert self.viewer.start(T0) == [Get(PLAYLIST, URL)]
        assert self.viewer.received(PLAYLIST, 200, TEXT, 0, T0) == [Get(MEDIA, FRAMES_URL)]

    def frame(self, time_s: float, now: float) -> None:
        sample = VideoSample(round(FRAME_S * 1000), 0, False, b"x" * 100)
        for piece in fragment(1, [sample], round(time_s * 1000), [], 0, 1024):
            self.viewer.data(memoryview(piece), now)

    def burst(self, count: int = 25) -> None:
        for number in range(count):
            self.frame(T0 - FRAME_S * (count - number), T0)

    def live(self, start_s: float, count: int, delay_s: float = 0.01) -> None:
        for number in range(count):
            self.frame(start_s + FRAME_S * number, start_s + FRAME_S * (number + 1) + delay_s)

    def close(self) -> None:
        self.swarm.tally.close_row(1.0)


def test_the_burst_since_the_keyframe_joins_but_is_not_measured() -> None:
    session = Session()
    session.burst()
    assert session.swarm.tally.joined == 1
    session.close()
    assert session.swarm.tally.delay.count == 0


def test_live_fragments_are_measured_from_their_decoding_time() -> None:
    session = Session()
    session.burst()
    session.live(T0, 50)
    session.close()
    tally = session.swarm.tally
    assert tally.delay.count == 50
    assert tally.delay.quantile(0.5) == pytest.approx(FRAME_S + 0.01, abs=0.001)
    behind = tally.behind.quantile(0.5)
    assert behind is not None
    assert FRAME_S + 0.01 < behind < 0.3
    assert tally.stalls == 0


def test_a_silence_longer_than_the_buffer_is_one_stall() -> None:
    session = Session()
    session.burst()
    session.live(T0, 50)
    session.live(T0 + 50 * FRAME_S, 1, delay_s=1.0)
    session.live(T0 + 51 * FRAME_S + 1.0, 50)
    session.close()
    assert session.swarm.tally.stalls == 1
    assert session.swarm.tally.stalled_s == pytest.approx(0.85, abs=0.15)


def test_a_silence_at_the_end_is_a_stall_too() -> None:
    session = Session()
    session.burst()
    session.live(T0, 5)
    session.viewer.finish(T0 + 3.0)
    session.viewer.finish(T0 - 3.0)
    assert session.swarm.tally.stalls == 1


def test_the_playhead_skips_ahead_when_fragments_bunch() -> None:
    session = Session()
    session.burst()
    session.live(T0, 5)
    for number in range(100):
        session.frame(T0 + (5 + number) * FRAME_S, T0 + 0.3)
    session.live(T0 + 105 * FRAME_S, 5)
    session.close()
    behind = session.swarm.tally.behind.quantile(1.0)
    assert behind is not None
    assert behind < 0.8


def test_a_reply_that_ends_is_asked_for_again_at_once() -> None:
    session = Session()
    session.burst()
    assert session.viewer.received(MEDIA, 200, b"", 0, T0 + 1) == [Get(MEDIA, FRAMES_URL)]
    assert session.swarm.tally.rejoins == 1
    assert not session.swarm.tally.errors


def test_a_reply_without_pictures_is_an_error_and_waits() -> None:
    session = Session()
    assert session.viewer.received(MEDIA, 200, b"", 0, T0 + 1) == []
    assert session.viewer.next_deadline() == T0 + 4
    assert session.viewer.handle_timer(T0 + 4) == [Get(MEDIA, FRAMES_URL)]


def test_silence_is_given_up_and_tried_again() -> None:
    session = Session()
    session.burst()
    due = session.viewer.next_deadline()
    assert session.viewer.handle_timer(due) == [Drop(MEDIA)]
    assert session.swarm.tally.errors == {"media silent": 1}
    assert session.viewer.handle_timer(due + 3) == [Get(MEDIA, FRAMES_URL)]


@pytest.mark.parametrize("status", [404, 503])
def test_a_stream_that_is_not_there_is_asked_for_again(status: int) -> None:
    swarm = Swarm(URL, LoadSettings(), rendition=None, hint=False)
    viewer = FramesViewer(swarm)
    commands: list[Command] = viewer.start(T0)
    for attempt in range(3):
        assert commands == [Get(PLAYLIST, URL)]
        assert viewer.received(PLAYLIST, status, b"", 0, T0 + 3 * attempt) == []
        commands = viewer.handle_timer(T0 + 3 * attempt + 3)
    assert swarm.tally.errors[f"playlist status {status}"] == 3


def test_a_playlist_that_is_none_is_an_error() -> None:
    swarm = Swarm(URL, LoadSettings(), rendition=None, hint=False)
    viewer = FramesViewer(swarm)
    viewer.start(T0)
    assert viewer.received(PLAYLIST, 200, b"<html>", 0, T0) == []
    assert next(iter(swarm.tally.errors)).startswith("playlist malformed")
    assert viewer.failed(PLAYLIST, "connection closed", T0) == []


def test_a_multivariant_playlist_that_never_comes_times_out() -> None:
    swarm = Swarm(URL, LoadSettings(), rendition=None, hint=False)
    viewer = FramesViewer(swarm)
    viewer.start(T0)
    assert viewer.handle_timer(T0 + 1) == []
    assert viewer.handle_timer(T0 + 20) == [Drop(PLAYLIST)]
    assert viewer.handle_timer(T0 + 23) == [Get(PLAYLIST, URL)]
