from hypothesis import given, strategies as st

from manycast.model.media import AudioFrame, VideoFrame
from manycast.origin.ingest import IngestFigures, IngestMeter
from tests.origin.publisher import START_MS, pictures, sounds


class Link:
    """Carries what a publisher makes to a meter, as fast as it can."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.meter = IngestMeter(self.now_ms)
        self.media_ms = 0

    def play(
        self,
        ms: int,
        *,
        speed: float = 1.0,
        fps: float = 30.0,
        every: int = 1,
        size: int = 1000,
        gop: int = 60,
    ) -> IngestFigures:
        """So much media at ``speed`` times its own pace; of the pictures every n-th is left out for n > 1."""
        began_ms = self.now_ms
        for number in range(round(ms * fps / 1000)):
            at_ms = round(number * 1000 / fps)
            if every > 1 and number % every == every - 1:
                continue
            self.now_ms = began_ms + round(at_ms / speed)
            frame = VideoFrame(self.media_ms + at_ms, 0, number % gop == 0, b"x" * size)
            self.meter.see(frame, self.now_ms)
        self.media_ms += ms
        self.now_ms = began_ms + round(ms / speed)
        return self.meter.figures(self.now_ms)

    def wait(self, ms: int) -> IngestFigures:
        self.now_ms += ms
        return self.meter.figures(self.now_ms)


def test_rates_are_those_of_the_last_two_seconds() -> None:
    link = Link()
    link.play(5000, size=5000)
    found = link.play(3000)
    assert abs(found.video_bps - 30 * 1000 * 8) < 15_000
    assert abs(found.frame_rate - 30) <= 1.5
    assert found.stated_rate is not None
    assert abs(found.stated_rate - 30) < 0.5
    assert found.keyframe_interval_ms == 2000
    assert link.wait(2000).video_bps == 0


def test_sound_is_counted_apart() -> None:
    meter = IngestMeter(0)
    for number in range(100):
        meter.see(AudioFrame(number * 20, b"x" * 100), number * 20)
    found = meter.figures(2000)
    assert (found.video_bps, found.frame_rate) == (0, 0)
    assert abs(found.audio_bps - 40_000) < 3000


def test_who_sends_at_half_the_speed_falls_behind_by_half_the_time() -> None:
    link = Link()
    link.play(4000)
    found = link.play(4000, speed=0.5)
    assert abs(found.behind_ms - 4000) < 150
    assert abs(found.frame_rate - 15) < 1.5
    assert found.slipped_ms > 3500
    assert found.dropped_frames == 0


def test_who_catches_up_is_no_longer_behind() -> None:
    link = Link()
    link.play(4000)
    link.play(2000, speed=0.5)
    found = link.play(4000, speed=2.0)
    assert found.behind_ms < 150


def test_a_pause_is_time_lost_while_it_lasts() -> None:
    link = Link()
    link.play(4000)
    found = link.wait(3000)
    assert abs(found.behind_ms - 3000) < 100
    assert abs(found.silent_ms - 3000) < 100


@given(st.integers(4, 20), st.sampled_from([24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0]))
def test_every_picture_left_out_is_counted_and_none_besides(every: int, fps: float) -> None:
    link = Link()
    link.play(3000, fps=fps)
    assert link.meter.figures(link.now_ms).dropped_frames == 0
    found = link.play(6000, fps=fps, every=every)
    missing = round(6000 * fps / 1000) // every
    assert abs(found.dropped_frames - missing) <= 1
    assert found.behind_ms < 100


def test_a_rate_that_varies_by_nature_is_no_loss() -> None:
    meter, now_ms = IngestMeter(0), 0
    for frame in pictures(30, uneven=True, count=400):
        now_ms = frame.dts_ms
        meter.see(frame, now_ms)
    assert meter.figures(now_ms).dropped_frames == 0


@given(st.sampled_from([-3_600_000, -5000, 3_600_000, 90_000]))
def test_a_jump_of_the_publishers_clock_is_no_delay_and_no_loss(jump_ms: int) -> None:
    link = Link()
    link.play(3000)
    link.media_ms += jump_ms
    found = link.play(3000)
    assert found.behind_ms < 100
    assert found.dropped_frames == 0


def test_clocks_that_drift_apart_for_a_day_are_no_delay() -> None:
    meter, now_ms = IngestMeter(0), 0
    for second in range(86_400):
        now_ms = round(second * 1000 * 1.0001)
        meter.see(VideoFrame(second * 1000, 0, True, b""), now_ms)
    assert meter.figures(now_ms).behind_ms < 100


@given(
    st.lists(
        st.tuples(st.integers(-10_000, 100_000), st.integers(0, 100_000), st.booleans()),
        max_size=80,
    )
)
def test_no_publisher_makes_figures_that_make_no_sense(steps: list[tuple[int, int, bool]]) -> None:
    meter, dts_ms, now_ms = IngestMeter(0), 0, 0
    for step_ms, passed_ms, key in steps:
        dts_ms, now_ms = dts_ms + step_ms, now_ms + passed_ms
        meter.see(VideoFrame(dts_ms, 0, key, b"x"), now_ms)
        found = meter.figures(now_ms)
        assert min(found.video_bps, found.behind_ms, found.slipped_ms, found.dropped_frames) >= 0
        assert 0 <= found.dropped_share <= 1
        assert found.stated_rate is None or found.stated_rate > 0


def test_sound_and_picture_together_are_as_each_alone() -> None:
    meter, now_ms = IngestMeter(0), 0
    tracks = sorted([*pictures(count=300), *sounds(count=400)], key=lambda frame: frame.dts_ms)
    for frame in tracks:
        now_ms = frame.dts_ms
        meter.see(frame, now_ms)
    assert meter.figures(now_ms).dropped_frames == 0
