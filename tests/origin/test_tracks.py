from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from manycast.model.media import VideoFrame
from manycast.origin.grid import TOLERANCE_MS
from manycast.origin.tracks import (
    HELD_BYTES_MAX,
    HELD_FRAMES_MAX,
    JUDGED,
    MISSES_MAX,
    Track,
    Tracks,
    alike,
    rendition_name,
)
from tests.origin.publisher import AVC, SMALL


def frame(dts_ms: int, cts_ms: int = 0, *, key: bool = False) -> VideoFrame:
    return VideoFrame(dts_ms, cts_ms, key, b"x")


def tracks() -> Tracks:
    one = Tracks()
    one.announce(1, SMALL, AVC)
    return one


def led(one: Tracks, shown: VideoFrame) -> list[VideoFrame]:
    return [freed for _, frames in one.follow(shown) for freed in frames]


def only(one: Tracks) -> Track:
    (track,) = one
    return track


def test_a_frame_goes_out_at_once_when_the_leader_was_there() -> None:
    one = tracks()
    assert led(one, frame(1000, key=True)) == []
    assert one.take(1, frame(1000, key=True)) == [frame(1000, key=True)]
    assert one.take(1, frame(1033)) == [frame(1033)]


def test_a_track_that_is_ahead_waits_for_the_leader_at_each_keyframe() -> None:
    one = tracks()
    assert one.take(1, frame(1001, key=True)) == []
    assert one.take(1, frame(1034)) == []
    assert led(one, frame(1000, key=True)) == [frame(1000, 1, key=True), frame(1033, 1)]
    assert one.take(1, frame(1067)) == [frame(1066, 1)]


def test_nothing_goes_out_before_a_keyframe_of_both() -> None:
    one = tracks()
    led(one, frame(1000, key=True))
    assert one.take(1, frame(1000)) == []
    assert one.take(1, frame(1500, key=True)) == []
    assert led(one, frame(1500 + TOLERANCE_MS)) == []
    assert led(one, frame(1501 + TOLERANCE_MS)) == []
    assert one.take(1, frame(1600)) == []


def test_after_a_frame_that_is_missing_a_keyframe_is_awaited() -> None:
    one = tracks()
    led(one, frame(1000, key=True))
    assert one.take(1, frame(1000, key=True)) == [frame(1000, key=True)]
    one.miss(1)
    one.miss(7)
    assert one.take(1, frame(1066)) == []
    led(one, frame(1500, key=True))
    assert one.take(1, frame(1500, key=True)) == [frame(1500, key=True)]


def test_a_keyframe_where_the_leader_has_none_is_a_picture_like_the_others() -> None:
    one = tracks()
    led(one, frame(0, key=True))
    one.take(1, frame(0, key=True))
    led(one, frame(2000))
    assert one.take(1, frame(1000, key=True)) == [frame(1000)]


def test_frames_are_shown_when_the_leaders_are() -> None:
    """With B-frames on one of the two only, their decoding times differ by the delay of these."""
    one = tracks()
    led(one, frame(1000, 66, key=True))
    assert one.take(1, frame(1066, key=True)) == [frame(1000, 66, key=True)]
    assert one.take(1, frame(1099)) == [frame(1033, 66)]


def test_what_would_be_decoded_after_it_is_shown_is_shown_later() -> None:
    one = tracks()
    assert one.take(1, frame(1000, 66, key=True)) == []
    assert led(one, frame(1066, key=True)) == [frame(1066, 66, key=True)]
    assert one.take(1, frame(1033, 0)) == [frame(1099, 0)]


@pytest.mark.parametrize(
    ("count", "size"), [(HELD_FRAMES_MAX + 1, 1), (4, HELD_BYTES_MAX // 3)], ids=["frames", "bytes"]
)
def test_what_waits_is_bounded(count: int, size: int) -> None:
    one = tracks()
    for number in range(count):
        one.take(1, VideoFrame(number, 0, number == 0, bytes(size)))
    assert led(one, frame(0, key=True)) == []


def test_a_track_is_judged_by_the_beginnings_of_segments() -> None:
    one = tracks()
    unfit: list[int] = []
    for at_ms in range(0, 2000 * (MISSES_MAX + JUDGED + 3), 2000):
        key = frame(at_ms, key=True)
        unfit += [track.number for track in one.begin(at_ms)]
        led(one, key)
        if at_ms == 0 or at_ms > 2000 * MISSES_MAX:
            one.take(1, key)
    assert unfit == [1]
    assert only(one).fit
    assert only(one).proved


def test_one_that_was_announced_later_is_not_judged_by_what_was_before() -> None:
    one = Tracks()
    for at_ms in range(0, 10_000, 2000):
        one.begin(at_ms)
        led(one, frame(at_ms, key=True))
    one.announce(1, SMALL, AVC)
    assert one.begin(10_000) == []
    assert not only(one).proved


def test_silence_and_keyframes_elsewhere_are_told_apart() -> None:
    one = tracks()
    one.begin(0)
    one.take(1, frame(100))
    assert not one.silent(only(one))
    one.begin(2000)
    assert one.silent(only(one))


def test_a_track_keeps_its_name_when_its_size_changes() -> None:
    one = tracks()
    one.announce(1, AVC, AVC)
    assert (only(one).name, only(one).video) == ("360p", AVC)
    assert one.named("360p") is only(one)
    assert one.of(1) is only(one)
    assert one.count == 1


def test_names_are_given_once() -> None:
    one = tracks()
    one.announce(7, replace(SMALL, frame_rate=60.0), AVC)
    assert [track.name for track in one] == ["360p", "360p-2"]


@pytest.mark.parametrize(
    ("size", "name"),
    [
        ((1920, 1080), "1080p"),
        ((1080, 1920), "1080p-portrait"),
        ((720, 720), "720p-square"),
    ],
)
def test_what_is_cut_for_another_screen_says_so(size: tuple[int, int], name: str) -> None:
    video = replace(AVC, width=size[0], height=size[1])
    assert rendition_name(video, AVC) == name
    assert alike(video, AVC) == ("-" not in name)
    assert rendition_name(video, None) == name.partition("-")[0]


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 3000), st.integers(0, 100), st.booleans()),
        max_size=60,
    )
)
def test_whatever_comes_keyframes_go_out_only_where_the_leader_has_one(
    frames: list[tuple[bool, int, int, bool]],
) -> None:
    one, keys = tracks(), set()
    for leads, dts_ms, cts_ms, key in frames:
        item = frame(dts_ms, cts_ms, key=key)
        freed = led(one, item) if leads else one.take(1, item)
        if leads and key:
            keys.add(dts_ms)
        assert all(got.dts_ms in keys for got in freed if got.key)
        assert all(got.cts_ms >= 0 for got in freed)
