from hypothesis import given, strategies as st

from manycast.media.rtp_clock import NTP_SECOND, WRAP, Lips, RtpTrack


def ntp(seconds: float) -> int:
    return int(seconds * NTP_SECOND)


def test_frames_are_placed_by_their_arrival_at_first() -> None:
    lips = Lips()
    assert lips.place(lips.video, 900_000, 1000) == 1000
    assert lips.place(lips.video, 903_000, 1090) == 1033
    assert lips.place(lips.audio, 480_000, 1060) == 1060
    assert lips.place(lips.audio, 480_960, 1060) == 1080


def test_reports_of_both_move_the_sound_to_its_picture() -> None:
    lips = Lips()
    lips.place(lips.video, 90_000, 1100)  # a keyframe that took 100 ms longer on its way
    lips.place(lips.audio, 48_000, 1000)
    lips.report(lips.video, ntp(5000), 90_000)
    assert lips.place(lips.audio, 48_960, 1020) == 1020, "one report is not enough"
    lips.report(lips.audio, ntp(5000.02), 48_960)
    assert lips.place(lips.audio, 48_960, 1020) == 1120
    assert lips.place(lips.video, 93_000, 1140) == 1133, "the picture stays"


def test_a_report_before_the_first_frame_is_left_out() -> None:
    lips = Lips()
    lips.report(lips.video, ntp(1), 5)
    assert lips.place(lips.video, WRAP - 10, 1000) == 1000


@given(st.integers(0, WRAP - 1), st.lists(st.integers(-(10**6), 10**7), max_size=20))
def test_time_goes_on_over_every_wrap(first: int, steps: list[int]) -> None:
    track, sent = RtpTrack(90_000), first
    began = track.ms(first)
    for step in steps:
        sent += step
        assert abs(track.ms(sent % WRAP) - began - (sent - first) / 90) < 0.01
