from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from manycast.media import avc
from manycast.media.annexb import AccessUnits, units
from manycast.media.errors import MediaError
from manycast.model.media import Media, VideoConfig, VideoFrame


X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", "5", "-an")


def with_start_codes(sample: bytes) -> bytes:
    found, at = [], 0
    while at < len(sample):
        size = int.from_bytes(sample[at : at + 4], "big")
        found.append(sample[at + 4 : at + 4 + size])
        at += 4 + size
    return b"".join(b"\0\0\0\1" + unit for unit in found)


@pytest.fixture
def recorded(record: Callable[..., list[Media]]) -> list[Media]:
    return record(*X264, picture="64x48:rate=25", seconds=0.5)


def sent(media: list[Media]) -> list[bytes]:
    """As a real-time sender has it: parameter sets before every keyframe."""
    config = next(item for item in media if isinstance(item, VideoConfig))
    return [
        with_start_codes(avc.restated(config.record, frame.data) if frame.key else frame.data)
        for frame in media
        if isinstance(frame, VideoFrame)
    ]


def test_what_an_encoder_made_is_read_again(recorded: list[Media]) -> None:
    reader = AccessUnits()
    found = [item for n, data in enumerate(sent(recorded)) for item in reader.read(data, 40 * n)]
    (config,) = [item for item in found if isinstance(item, VideoConfig)]
    first = next(item for item in recorded if isinstance(item, VideoConfig))
    assert (config.width, config.height, config.codecs) == (64, 48, first.codecs)
    frames = [item for item in found if isinstance(item, VideoFrame)]
    original = [item for item in recorded if isinstance(item, VideoFrame)]
    assert [frame.key for frame in frames] == [frame.key for frame in original]
    assert [frame.dts_ms for frame in frames] == [40 * n for n in range(len(frames))]
    assert frames[1].data == original[1].data


def test_frames_before_the_parameter_sets_are_left_out(recorded: list[Media]) -> None:
    reader, units_sent = AccessUnits(), sent(recorded)
    assert list(reader.read(units_sent[1], 0)) == []
    assert len(list(reader.read(units_sent[0], 40))) == 2


def test_another_picture_size_is_another_config(
    recorded: list[Media], record: Callable[..., list[Media]]
) -> None:
    reader = AccessUnits()
    other = record(*X264, picture="96x48:rate=25", seconds=0.2)
    list(reader.read(sent(recorded)[0], 0))
    config, frame = reader.read(sent(other)[0], 40)
    assert isinstance(config, VideoConfig)
    assert config.width == 96
    assert isinstance(frame, VideoFrame)


def test_start_codes_of_three_and_four_bytes_divide() -> None:
    assert list(units(b"\0\0\1ab\0\0\0\1c\0\0\1")) == [b"ab", b"c"]
    assert list(units(b"no start code")) == []


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(data: bytes) -> None:
    try:
        list(AccessUnits().read(b"\0\0\1\x67" + data + b"\0\0\1\x68\1", 0))
    except MediaError:
        return
