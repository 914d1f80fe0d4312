import pytest

from manycast.model.media import AudioFrame, VideoFrame
from manycast.model.refusals import RefusedError
from manycast.origin.probe import FRAMES_MAX, Probe


def picture(dts_ms: int, *, key: bool = False) -> VideoFrame:
    return VideoFrame(dts_ms, 0, key, b"x")


def probe(*frames: VideoFrame | AudioFrame) -> Probe:
    one = Probe()
    for number, frame in enumerate(frames):
        one.add(frame, 1000 + number)
    return one


def test_the_interval_is_known_with_the_second_keyframe() -> None:
    one = probe(picture(0, key=True), picture(33))
    assert one.keyframe_interval_ms(4000) is None
    one.add(picture(2000, key=True), 3000)
    assert one.keyframe_interval_ms(4000) == 2000
    assert one.waited_ms(3000) == 2000


def test_a_second_keyframe_that_comes_too_late_is_not_waited_for() -> None:
    one = probe(picture(0, key=True), picture(4000))
    assert one.keyframe_interval_ms(4000) is None
    one.add(picture(4033), 5000)
    assert one.keyframe_interval_ms(4000) == 4033


def test_everything_is_handed_over_once_where_it_was_moved_to() -> None:
    one = probe(picture(0, key=True), AudioFrame(10, b"a"))
    one.shift(-5)
    assert one.start_ms == -5
    assert [(kept.frame.dts_ms, kept.arrived_ms) for kept in one.release()] == [
        (-5, 1000),
        (5, 1001),
    ]
    assert list(one.release()) == []
    assert one.start_ms is None


def test_a_flood_before_the_second_keyframe_is_refused() -> None:
    one = probe(*[picture(number) for number in range(FRAMES_MAX)])
    with pytest.raises(RefusedError, match="before a second keyframe"):
        one.add(picture(9999), 0)
