from hypothesis import given, strategies as st

from manycast.model.media import VideoCodec, VideoConfig, VideoFrame
from manycast.runtime.ffmpeg.backlog import KEYLESS_SPAN_MS_MAX, SPAN_MS_MAX, Backlog


CONFIG = VideoConfig(VideoCodec.AVC, b"", 640, 360, "avc1.64001e")


def frame(at_ms: int, *, key: bool = False, size: int = 10) -> VideoFrame:
    return VideoFrame(at_ms, 0, key, bytes(size))


def drain(backlog: Backlog) -> list[VideoConfig | VideoFrame]:
    items = []
    while (item := backlog.pop()) is not None:
        items.append(item)
    return items


def test_nothing_is_given_out_before_a_keyframe() -> None:
    backlog = Backlog()
    for item in (frame(0), frame(33), frame(66, key=True), frame(100)):
        backlog.push(item)
    assert drain(backlog) == [frame(66, key=True), frame(100)]
    assert backlog.dropped == 2


def test_a_backlog_too_long_drops_to_the_next_keyframe() -> None:
    backlog = Backlog()
    backlog.push(frame(0, key=True))
    for at_ms in (SPAN_MS_MAX, SPAN_MS_MAX + 1, SPAN_MS_MAX + 2):
        backlog.push(frame(at_ms))
    backlog.push(frame(SPAN_MS_MAX + 3, key=True))
    assert drain(backlog) == [frame(SPAN_MS_MAX + 3, key=True)]
    assert backlog.dropped == 4


def test_one_without_a_newer_keyframe_is_kept_longer() -> None:
    backlog = Backlog()
    backlog.push(frame(0, key=True))
    for at_ms in (SPAN_MS_MAX + 1, KEYLESS_SPAN_MS_MAX):
        backlog.push(frame(at_ms))
    assert backlog.dropped == 0
    backlog.push(frame(KEYLESS_SPAN_MS_MAX + 1))
    assert backlog.dropped == 4
    assert backlog.pop() is None


def test_a_config_survives_the_drop() -> None:
    backlog = Backlog()
    for item in (CONFIG, frame(0, key=True), frame(SPAN_MS_MAX + 1, key=True)):
        backlog.push(item)
    assert drain(backlog) == [CONFIG, frame(SPAN_MS_MAX + 1, key=True)]


def test_a_restart_begins_at_a_keyframe_that_is_waiting() -> None:
    backlog = Backlog()
    backlog.push(frame(0, key=True))
    backlog.pop()
    for item in (frame(33), frame(66, key=True)):
        backlog.push(item)
    backlog.restart()
    assert drain(backlog) == [frame(66, key=True)]


def test_a_restart_waits_for_the_keyframe_to_come() -> None:
    backlog = Backlog()
    backlog.push(frame(0, key=True))
    backlog.restart()
    backlog.pop()
    backlog.restart()
    backlog.push(frame(33))
    assert backlog.pop() is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 400), st.integers(0, 6_000_000))))
def test_what_comes_out_decodes_and_what_does_not_is_counted(
    steps: list[tuple[bool, int, int]],
) -> None:
    backlog = Backlog()
    at_ms, out, pushed = 0, [], 0
    for key, step, size in steps:
        at_ms += step
        backlog.push(frame(at_ms, key=key, size=size))
        pushed += 1
        if step % 3 == 0 and (item := backlog.pop()) is not None:
            out.append(item)
    out += drain(backlog)
    assert pushed == len(out) + backlog.dropped
    assert not out or (isinstance(out[0], VideoFrame) and out[0].key)
