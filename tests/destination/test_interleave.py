from hypothesis import given, strategies as st

from manycast.destination.interleave import HOLD_MS, Interleave, Item
from manycast.model.media import AudioCodec, AudioConfig, AudioFrame, VideoFrame


CONFIG = AudioConfig(AudioCodec.AAC, b"\x12\x10", 44100, 2, "mp4a.40.2")


def picture(at_ms: int) -> VideoFrame:
    return VideoFrame(at_ms, 0, key=False, data=b"")


def sound(at_ms: int) -> AudioFrame:
    return AudioFrame(at_ms, b"")


def through(items: list[Item]) -> list[Item]:
    order = Interleave()
    return [out for item in items for out in order.push(item)]


@given(
    st.lists(st.integers(1, 100), max_size=30),
    st.lists(st.integers(1, 100), max_size=30),
    st.randoms(use_true_random=False),
)
def test_two_tracks_come_out_in_order_of_time_however_they_came(
    pictures: list[int], sounds: list[int], dice
) -> None:
    one = [picture(sum(pictures[: n + 1])) for n in range(len(pictures))]
    other = [sound(sum(sounds[: n + 1])) for n in range(len(sounds))]
    came: list[Item] = []
    while one or other:
        came.append((one if one and (not other or dice.random() < 0.5) else other).pop(0))
    times = [item.dts_ms for item in through(came)]  # type: ignore[union-attr]  # only frames went in
    assert times == sorted(times)


def test_a_config_goes_with_the_frame_that_follows_it() -> None:
    out = through([picture(0), CONFIG, sound(5), picture(10)])
    assert out == [picture(0), CONFIG, sound(5)]


def test_a_track_alone_is_held_for_a_while_and_then_goes() -> None:
    assert through([sound(0)]) == []
    assert through([sound(0), sound(HOLD_MS + 1)]) == [sound(0)]


def test_a_track_that_stopped_does_not_keep_the_other_back() -> None:
    out = through([picture(0), sound(0), sound(10), sound(20), sound(HOLD_MS + 11)])
    assert out == [picture(0), sound(0), sound(10)]
