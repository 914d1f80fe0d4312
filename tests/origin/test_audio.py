from dataclasses import replace
from itertools import pairwise

from hypothesis import given, strategies as st

from manycast.media.silence import DEFAULT_SILENCE, silent_frame
from manycast.origin.audio import AudioTrack
from manycast.settings.origin import OriginSettings


WALL = 1_700_000_000_000
SILENT = silent_frame(DEFAULT_SILENCE)


def track(start_ms: int = WALL) -> AudioTrack:
    return AudioTrack(DEFAULT_SILENCE, start_ms, OriginSettings())


def test_rounded_timestamps_make_a_gapless_track() -> None:
    for rate in (48_000, 44_100):
        audio = AudioTrack(replace(DEFAULT_SILENCE, sample_rate=rate), WALL, OriginSettings())
        for number in range(20_000):
            audio.add(WALL + round(number * 1024_000 / rate), b"a")
        assert (audio.count, audio.inserted, audio.dropped) == (20_000, 0, 0)
        assert abs(audio.end_ms - WALL - 20_000 * 1024_000 / rate) < 2


def test_a_clock_that_drifts_costs_no_sound() -> None:
    for ppm in (-500, 500):
        audio = track()
        for number in range(20_000):
            media_ms = WALL + round(number * 1024 * (1 + ppm / 1e6) / 48)
            audio.add(media_ms, b"a")
            assert abs(audio.time_of(audio.count - 1) / 48 - media_ms) < 22
            audio.forget(number - 50)
        assert (audio.inserted, audio.dropped) == (0, 0)


def test_a_hole_is_filled_with_silence_and_sync_is_kept() -> None:
    audio = track()
    audio.add(WALL, b"a")
    audio.add(WALL + 1000, b"b")
    frames = audio.read(0, WALL + 2000)
    assert frames == [b"a", *[SILENT] * 46, b"b"]


def test_late_frames_are_dropped() -> None:
    audio = track()
    for number in range(20):
        audio.add(WALL + number * 1024 // 48, b"a")
    audio.add(WALL + 100, b"late")
    assert audio.dropped == 1
    assert audio.count == 20


def test_a_publisher_without_sound_gets_silence_as_far_as_the_video() -> None:
    audio = track()
    audio.reach(WALL + 2000)
    assert audio.end_ms >= WALL + 2000
    assert set(audio.read(0, WALL + 2000)) == {SILENT}


def test_sound_a_little_behind_is_waited_for_and_sound_that_is_gone_is_not() -> None:
    audio = track()
    audio.add(WALL, b"a")
    audio.reach(WALL + 900)
    assert audio.count == 1
    audio.reach(WALL + 1100)
    assert audio.end_ms >= WALL + 1100
    audio.reach(WALL + 1200)
    assert audio.end_ms >= WALL + 1200
    audio.add(WALL + 1210, b"back")
    audio.reach(WALL + 1900)
    assert audio.read(0, WALL + 5000)[-1] == b"back"


def test_a_publisher_who_is_gone_is_not_waited_for() -> None:
    audio = track()
    audio.add(WALL, b"a")
    audio.gone()
    audio.reach(WALL + 500)
    assert audio.end_ms >= WALL + 500


def test_readers_are_independent_and_forgotten_frames_are_freed() -> None:
    audio = track()
    for number in range(100):
        audio.add(WALL + number * 1024 // 48, bytes([number]))
    first = audio.read(0, WALL + 1000)
    assert audio.read(0, WALL + 1000) == first
    audio.forget(len(first))
    assert audio.read(len(first), WALL + 10_000)[0] == bytes([len(first)])
    assert audio.position_at(WALL) == len(first)


@given(st.lists(st.tuples(st.integers(-3000, 3000), st.booleans()), max_size=80))
def test_frames_never_overlap_and_never_leave_a_hole(steps: list[tuple[int, bool]]) -> None:
    audio = track()
    now_ms = WALL
    for delta_ms, arrives in steps:
        now_ms += max(delta_ms, 0)
        if arrives:
            audio.add(now_ms + min(delta_ms, 0), b"a")
        else:
            audio.reach(now_ms)
    starts = [audio.time_of(number) for number in range(audio.count)]
    assert all(abs(b - a - 1024) <= 1 for a, b in pairwise([*starts, audio.end_samples]))
    assert len(audio.read(0, now_ms + 10_000)) == audio.count
