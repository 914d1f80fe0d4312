import re
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from manycast.media import avc
from manycast.media.errors import MalformedError, MediaError, UnsupportedError
from manycast.model.media import Media, VideoCodec, VideoConfig


X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-an")


def config_of(media: list[Media]) -> VideoConfig:
    return next(item for item in media if isinstance(item, VideoConfig))


@pytest.mark.parametrize(
    ("words", "picture", "size", "rate"),
    [
        (("-pix_fmt", "yuv420p"), "320x180:rate=30", (320, 180), 30.0),
        (("-pix_fmt", "yuv420p"), "90x162:rate=60000/1001", (90, 162), 59.94),
        (("-pix_fmt", "yuv422p"), "100x74:rate=25", (100, 74), 25.0),
        (("-vf", "format=yuv444p,crop=99:75:exact=1"), "100x76:rate=25", (99, 75), 25.0),
        (("-vf", "format=gray,crop=101:55:exact=1"), "102x56:rate=25", (101, 55), 25.0),
        (("-pix_fmt", "yuv420p", "-flags", "+ildct+ilme"), "128x76:rate=25", (128, 76), 25.0),
        (("-pix_fmt", "yuv420p", "-x264-params", "cqm=jvt"), "64x64:rate=25", (64, 64), 25.0),
    ],
)
def test_size_and_rate_are_those_encoded(
    record: Callable[..., list[Media]],
    words: tuple[str, ...],
    picture: str,
    size: tuple[int, int],
    rate: float,
) -> None:
    config = config_of(record(*X264, *words, picture=picture, seconds=0.2))
    assert (config.width, config.height) == size
    assert config.frame_rate == pytest.approx(rate, abs=0.01)


def test_codecs_names_profile_constraints_and_level(record: Callable[..., list[Media]]) -> None:
    words = (*X264, "-pix_fmt", "yuv420p", "-profile:v", "baseline", "-level", "3.1")
    config = config_of(record(*words))
    assert config.codec == VideoCodec.AVC
    assert config.codecs == "avc1.42c01f"


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        (b"", MalformedError, "too early"),
        (b"\x02" + bytes(20), MalformedError, "version 2"),
        (b"\x01\x64\0\x1f\xfd\xe1\0\x04" + bytes(4), UnsupportedError, "lengths of 2"),
        (b"\x01\x64\0\x1f\xff\xe0\0", MalformedError, "without a sequence"),
        (b"\x01\x64\0\x1f\xff\xe1\0\x04\x68\0\0\0", MalformedError, "broken"),
    ],
)
def test_what_is_wrong_is_named(data: bytes, kind: type[MediaError], message: str) -> None:
    with pytest.raises(kind, match=message):
        avc.config(data)


def record_of(sps: bytes) -> bytes:
    return b"\x01\x64\0\x1f\xff\xe1" + len(sps).to_bytes(2, "big") + sps


def ue(value: int) -> str:
    code = f"{value + 1:b}"
    return "0" * (len(code) - 1) + code


def payload(*fields: str) -> bytes:
    text = "".join(fields) + "1"
    text += "0" * (-len(text) % 8)
    data = int(text, 2).to_bytes(len(text) // 8, "big")
    return re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", data)


DISPLAY = ("1", f"{255:08b}", "0" * 32, "11", "1", "0000", "1", "0" * 24, "1", ue(0), ue(0))
"""Aspect ratio, overscan, signal type with colours, chroma location: all present."""

FULL_SPS = (
    *(f"{0x67:08b}", f"{244:08b}", "0" * 8, f"{40:08b}", ue(0)),
    *(ue(3), "1", ue(0), ue(0), "0"),  # 4:4:4 in three separate planes
    *("1", "1", ue(1) * 15 + ue(46), "0" * 5, "1", ue(0) * 64, "0" * 5),  # scaling matrices
    *(ue(0), ue(1), "0", ue(1), ue(2), ue(2), ue(5), ue(6)),  # picture order by a cycle of 2
    *(ue(4), "0", ue(119), ue(33), "0", "1", "1"),  # 120 x 34 macroblock pairs, fields
    *("1", ue(1), ue(0), ue(2), ue(2)),
    *("1", *DISPLAY, "1", f"{1001:032b}", f"{60000:032b}", "1"),
)


def test_a_parameter_set_with_every_optional_part_is_read_to_its_end() -> None:
    config = avc.config(record_of(payload(*FULL_SPS)))
    assert (config.width, config.height) == (1920 - 1, 1088 - 2 * 4)
    assert config.frame_rate == pytest.approx(29.97, abs=0.01)


def test_limits_are_named() -> None:
    head = (f"{0x67:08b}", f"{100:08b}", "0" * 16, ue(0))
    with pytest.raises(MalformedError, match="chroma format 4"):
        avc.config(record_of(payload(*head, ue(4))))
    order = (ue(1), ue(0), ue(0), "00", ue(0), ue(1), "0", ue(0), ue(0), ue(256))
    with pytest.raises(MalformedError, match="cycle of 256"):
        avc.config(record_of(payload(*head, *order)))


@given(st.sets(st.integers(0, 8 * len(payload(*FULL_SPS)) - 1), max_size=4))
def test_flipped_bits_raise_nothing_else(flips: set[int]) -> None:
    sps = int.from_bytes(payload(*FULL_SPS), "big")
    for flip in flips:
        sps ^= 1 << flip
    try:
        avc.config(record_of(sps.to_bytes(len(payload(*FULL_SPS)), "big")))
    except MediaError:
        return


@given(st.binary(max_size=80), st.sampled_from([66, 100]))
def test_random_parameter_sets_raise_nothing_else(noise: bytes, profile: int) -> None:
    sps = bytes((0x67, profile)) + noise
    try:
        avc.config(record_of(sps))
    except MediaError:
        return


def unit(kind: int, payload: bytes = b"payload") -> bytes:
    return (1 + len(payload)).to_bytes(4, "big") + bytes([kind]) + payload


SETS = (unit(0x67, b"sps"), unit(0x68, b"pps-1"), unit(0x68, b"pps-2"))
RECORD = b"\x01\x42\x00\x1e\xff\xe1" + SETS[0][2:] + b"\x02" + SETS[1][2:] + SETS[2][2:]


def test_a_keyframe_is_given_the_parameter_sets_after_its_delimiter() -> None:
    picture, delimiter = unit(0x65), unit(0x09, b"\x10")
    sets = b"".join(SETS)
    assert avc.restated(RECORD, picture) == sets + picture
    assert avc.restated(RECORD, delimiter + picture) == delimiter + sets + picture


@pytest.mark.parametrize("before", [b"", unit(0x09, b"\x10")])
def test_a_keyframe_that_has_parameter_sets_keeps_its_own(before: bytes) -> None:
    data = before + unit(0x67, b"own") + unit(0x65)
    assert avc.restated(RECORD, data) is data


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_restating_never_loses_a_byte_of_the_picture(record: bytes, data: bytes) -> None:
    whole = avc.restated(record, data)
    assert len(whole) >= len(data)
    assert whole.endswith(data[-1:])
