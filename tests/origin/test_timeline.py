from hypothesis import given, settings, strategies as st

from manycast.origin.timeline import Timeline
from manycast.settings.origin import OriginSettings


WALL = 1_700_000_000_000


def timeline(floor_ms: int = 0) -> Timeline:
    return Timeline(OriginSettings(), floor_ms)


def test_the_first_keyframe_stands_at_the_wall_clock_and_the_rest_follow() -> None:
    clock = timeline()
    assert clock.video(5, key=False, now_ms=WALL) is None
    assert clock.beside(5) is None
    assert clock.video(100, key=True, now_ms=WALL) == WALL
    assert clock.video(133, key=False, now_ms=WALL + 500) == WALL + 33
    assert clock.beside(121) == WALL + 21


def test_what_came_first_and_late_is_placed_by_what_came_in_time() -> None:
    clock = timeline()
    assert clock.video(0, key=True, now_ms=WALL + 200) == WALL + 200
    assert clock.video(33, key=False, now_ms=WALL + 203) == WALL + 233
    assert clock.settle() == -30
    assert clock.video(66, key=False, now_ms=WALL + 236) == WALL + 236
    assert clock.beside(66) == WALL + 236


def test_a_stream_that_reaches_further_than_the_wall_clock_is_not_overtaken() -> None:
    assert timeline(floor_ms=WALL + 300).video(0, key=True, now_ms=WALL) == WALL + 300


def test_time_goes_on_while_nothing_arrives() -> None:
    clock = timeline()
    clock.video(0, key=True, now_ms=WALL)
    assert clock.media_now(WALL + 1234) == WALL + 1234


def test_a_jump_is_mended_at_the_next_keyframe_by_the_time_that_passed() -> None:
    for jumped in (10_000_000, 0):
        clock = timeline()
        clock.video(5000, key=True, now_ms=WALL)
        assert clock.video(jumped, key=False, now_ms=WALL + 33) is None
        assert clock.beside(jumped) is None
        assert clock.video(jumped + 900, key=True, now_ms=WALL + 933) == WALL + 933
        assert clock.video(jumped + 933, key=False, now_ms=WALL + 966) == WALL + 966
        assert clock.beside(jumped + 940) == WALL + 973
        assert clock.jumps == 1


def test_audio_far_from_the_video_is_left_out() -> None:
    clock = timeline()
    clock.video(0, key=True, now_ms=WALL)
    assert clock.beside(60_000) is None


def test_frames_that_stay_late_are_moved_to_where_the_timeline_is() -> None:
    clock = timeline()
    clock.video(0, key=True, now_ms=WALL)
    late = clock.video(33, key=False, now_ms=WALL + 4033)
    assert late == WALL + 33
    assert clock.media_now(WALL + 4033) == WALL + 4033
    clock.catch_up(late, WALL + 4033)
    assert clock.video(66, key=False, now_ms=WALL + 4066) == WALL + 4066


@given(st.integers(-100, 100), st.integers(1, 10_000), st.integers(0, 300))
@settings(max_examples=10, deadline=None)
def test_clocks_of_different_rates_stay_together_for_six_hours(
    ppm: int, stride: int, jitter_ms: int
) -> None:
    """Media time is the wall clock, give or take what the network adds; no frame moves by more than 1 ms."""
    clock, before_ms = timeline(), None
    for dts_ms in range(0, 6 * 3600 * 1000, 1000):
        sent_ms = WALL + dts_ms - dts_ms * ppm // 1_000_000
        now_ms = sent_ms + stride * dts_ms // 1000 % (jitter_ms + 1)
        media_ms = clock.video(dts_ms, key=dts_ms % 2000 == 0, now_ms=now_ms)
        assert media_ms is not None
        assert before_ms is None or abs(media_ms - before_ms - 1000) <= 1
        assert -60 <= media_ms - sent_ms <= jitter_ms + 60
        before_ms = media_ms
    assert clock.jumps == 0


@given(
    st.lists(
        st.tuples(st.integers(-20_000, 20_000), st.booleans(), st.integers(0, 5000)), max_size=60
    )
)
def test_media_time_only_grows(steps: list[tuple[int, bool, int]]) -> None:
    clock = timeline()
    dts_ms, now_ms, placed = 0, WALL, []
    for delta_ms, key, waited_ms in steps:
        dts_ms += delta_ms
        now_ms += waited_ms
        media_ms = clock.video(dts_ms, key=key, now_ms=now_ms)
        if media_ms is not None:
            placed.append(media_ms)
    assert placed == sorted(set(placed))


def test_six_hours_of_timestamps_never_drift() -> None:
    clock = timeline()
    for number in range(0, 6 * 3600 * 30, 15):
        dts_ms = round(number * 1001 / 30)
        assert clock.video(dts_ms, key=number % 60 == 0, now_ms=WALL + dts_ms) == WALL + dts_ms
    assert clock.jumps == 0
