from manycast.destination.meter import WINDOW_MS, Meter
from manycast.model.media import AudioFrame, VideoFrame


def test_rates_are_those_of_the_last_seconds() -> None:
    meter = Meter()
    assert meter.rates(0) == (0, 0, 0.0)
    for time_ms in range(0, 20_000, 40):
        meter.add(VideoFrame(time_ms, 0, False, bytes(1000)), time_ms)
        meter.add(AudioFrame(time_ms, bytes(100)), time_ms)
    video_bps, audio_bps, frame_rate = meter.rates(20_000)
    assert abs(video_bps - 200_000) < 4000
    assert abs(audio_bps - 20_000) < 400
    assert abs(frame_rate - 25) < 0.5
    assert meter.rates(20_000 + 2 * WINDOW_MS) == (0, 0, 0.0)


def test_cleared_it_knows_nothing() -> None:
    meter = Meter()
    meter.add(AudioFrame(0, b"x"), 0)
    meter.clear()
    assert meter.rates(1) == (0, 0, 0.0)
