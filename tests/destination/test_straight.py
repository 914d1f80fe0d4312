from dataclasses import replace
from itertools import pairwise

from hypothesis import given, strategies as st
from tests.destination.frames import EPOCH_MS, FRAME_MS, KEY, REFERENCE, picture, sound, stream

from manycast.destination.straight import LOOK_MS, Straight
from manycast.model.media import VideoFrame


def decoded(groups: list[int], spare: int = 0) -> list[VideoFrame]:
    """In the order of decoding: each reference is followed by so many B-frames that are shown before it."""
    shown = [0]
    for between in groups:
        start = max(shown) + 1
        shown += [start + between, *range(start, start + between)]
    delay = spare + max(number - at for number, at in enumerate(shown))
    return [
        replace(
            picture(EPOCH_MS + number * FRAME_MS, REFERENCE if number else KEY),
            cts_ms=(at + delay - number) * FRAME_MS,
        )
        for number, at in enumerate(shown)
    ]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(0, 2))
def test_no_picture_passes_that_is_shown_before_one_that_passed(
    groups: list[int], spare: int
) -> None:
    straight = Straight()
    frames = decoded(groups, spare)
    passed = [
        item
        for frame in frames
        for item in straight.take([frame, sound(frame.dts_ms)])
        if isinstance(item, VideoFrame)
    ]
    shown = [frame.dts_ms + frame.cts_ms for frame in passed]
    assert all(a < b for a, b in pairwise(shown))
    assert straight.b_frames == any(groups)
    if any(groups[: LOOK_MS // FRAME_MS // 5]):
        assert not passed, "seen before anything was sent"


@given(st.integers(0, 5))
def test_pictures_that_are_all_equally_late_pass_whole_and_in_order(later: int) -> None:
    items = [
        replace(item, cts_ms=later * FRAME_MS) if isinstance(item, VideoFrame) else item
        for item in stream([KEY] + [REFERENCE] * (LOOK_MS // FRAME_MS + 1))
    ]
    straight = Straight()
    assert [one for item in items for one in straight.take([item])] == items


def test_what_is_shown_at_once_passes_at_once() -> None:
    assert Straight().take([picture(EPOCH_MS, KEY)]) == [picture(EPOCH_MS, KEY)]


def test_a_publisher_that_returns_with_less_delay_has_no_b_frames_for_that() -> None:
    straight = Straight()
    straight.take([replace(picture(EPOCH_MS, KEY), cts_ms=400)])
    straight.take([replace(picture(EPOCH_MS + FRAME_MS, KEY), cts_ms=40)])
    assert not straight.b_frames
