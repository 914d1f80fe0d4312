import re
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from manycast.media import hevc
from manycast.media.errors import MalformedError, MediaError, UnsupportedError
from manycast.model.media import Media, VideoCodec, VideoConfig


X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-an")
QUIET = "log-level=none"


def config_of(media: list[Media]) -> VideoConfig:
    return next(item for item in media if isinstance(item, VideoConfig))


@pytest.mark.parametrize(
    ("words", "picture", "size", "rate"),
    [
        (("-pix_fmt", "yuv420p"), "320x182:rate=30", (320, 182), 30.0),
        (("-pix_fmt", "yuv422p"), "102x170:rate=60000/1001", (102, 170), 59.94),
        (("-vf", "format=yuv444p10le,crop=99:75:exact=1"), "100x76:rate=50", (99, 75), 50.0),
    ],
)
def test_size_and_rate_are_those_encoded(
    record: Callable[..., list[Media]],
    words: tuple[str, ...],
    picture: str,
    size: tuple[int, int],
    rate: float,
) -> None:
    options = (*X265, *words, "-x265-params", QUIET)
    config = config_of(record(*options, picture=picture, seconds=0.2))
    assert (config.width, config.height) == size
    assert config.frame_rate == pytest.approx(rate, abs=0.01)


@pytest.mark.parametrize(
    "params",
    [
        "scaling-list=default",
        "temporal-layers=3",
        "sar=2:overscan=show:videoformat=pal:range=full:colorprim=bt709:chromaloc=2",
        "aud=1",
    ],
)
def test_optional_parts_of_a_parameter_set_are_passed(
    record: Callable[..., list[Media]], params: str
) -> None:
    words = (*X265, "-pix_fmt", "yuv420p", "-x265-params", f"{QUIET}:{params}")
    config = config_of(record(*words, seconds=0.2))
    assert (config.width, config.height, config.frame_rate) == (128, 72, 25.0)


def test_codecs_names_profile_compatibility_level_and_constraints(
    record: Callable[..., list[Media]],
) -> None:
    words = (*X265, "-pix_fmt", "yuv420p10le", "-x265-params", f"{QUIET}:level-idc=4.1")
    config = config_of(record(*words, seconds=0.2))
    assert config.codec == VideoCodec.HEVC
    assert config.codecs == "hvc1.2.4.H123.90"


def record_of(sps: bytes, length_bytes: int = 4) -> bytes:
    head = b"\x01\x01\x60\0\0\0\x90\0\0\0\0\0\x5d\xf0\0\xfc\xfd\xf8\xf8\0\0"
    sizes = bytes((0x0C | length_bytes - 1, 1, 0x21, 0, 1)) + len(sps).to_bytes(2, "big")
    return head + sizes + sps


def test_nal_lengths_other_than_ours_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="lengths of 2"):
        hevc.config(record_of(b"", length_bytes=2))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\2" + bytes(30), "version 2"),
        (record_of(b"")[:22] + b"\0", "without a sequence"),
        (record_of(b"\x42\x01"), "too early"),
    ],
)
def test_what_is_wrong_is_named(data: bytes, message: str) -> None:
    with pytest.raises(MalformedError, match=message):
        hevc.config(data)


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

SCALING_LISTS = "".join(
    # each predicted, or all of its coefficients (with a DC one for the two large sizes)
    ("0" + ue(0)) if matrix else "1" + ue(2) * ((size > 1) + min(64, 16 << 2 * size))
    for size, matrices in enumerate((6, 6, 6, 2))
    for matrix in range(matrices)
)
REFERENCE_SETS = (
    *(ue(3), ue(2), ue(1), (ue(0) + "1") * 3),  # listed: 3 pictures
    *("1", "0", ue(0), "1", "01", "00", "1"),  # predicted from 3, of which 3 stay
    *("1", "1", ue(0), "1" * 4),  # predicted from those 3
)
PICTURE_SIZE = (
    *("0100001000000001", "0000", "010", "1"),  # NAL header, 3 temporal layers
    *("0" * 88, f"{93:08b}", "11", "01", "00" * 6, "0" * 96, "0" * 8),  # profiles and levels
    *(ue(0), ue(1), ue(1920), ue(1088), "1", ue(0), ue(2), ue(1), ue(3)),
)
CODING_TOOLS = (
    *(ue(2), ue(2), ue(4), "1", ue(4) * 9, ue(0) * 6),  # depths, 8-bit order, three layers
    *("1", "1", SCALING_LISTS, "11"),
    *("1", "0" * 8, ue(0), ue(0), "1"),  # PCM
)
AFTER_SETS = (
    *("1", ue(2), "0" * 18, "11"),  # two long-term pictures of 8 + 1 bits
    *("1", *DISPLAY, "000", "1", ue(1) * 4, "1", f"{1001:032b}", f"{60000:032b}"),
)
FULL_SPS = (*PICTURE_SIZE, *CODING_TOOLS, *REFERENCE_SETS, *AFTER_SETS)


def test_a_parameter_set_with_every_optional_part_is_read_to_its_end() -> None:
    config = hevc.config(record_of(payload(*FULL_SPS)))
    assert (config.width, config.height) == (1920 - 2 * 2, 1088 - 2 * 4)
    assert config.frame_rate == pytest.approx(59.94, abs=0.01)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ((ue(2), ue(2), ue(13)), "order counts of 17 bits"),
        ((*CODING_TOOLS, ue(65)), "65 reference picture sets"),
        ((*CODING_TOOLS, ue(1), ue(9), ue(8)), "17 reference pictures"),
        ((*CODING_TOOLS, ue(0), "1", ue(33)), "33 long-term pictures"),
    ],
)
def test_counts_have_limits(fields: tuple[str, ...], message: str) -> None:
    with pytest.raises(MalformedError, match=message):
        hevc.config(record_of(payload(*PICTURE_SIZE, *fields)))


@given(st.sets(st.integers(0, 8 * len(payload(*FULL_SPS)) - 1), max_size=4))
def test_flipped_bits_raise_nothing_else(flips: set[int]) -> None:
    sps = int.from_bytes(payload(*FULL_SPS), "big")
    for flip in flips:
        sps ^= 1 << flip
    try:
        hevc.config(record_of(sps.to_bytes(len(payload(*FULL_SPS)), "big")))
    except MediaError:
        return


@given(st.binary(max_size=120), st.integers(0, 7))
def test_random_parameter_sets_raise_nothing_else(noise: bytes, sub_layers: int) -> None:
    try:
        hevc.config(record_of(bytes((0x42, 1, sub_layers << 1 | 1)) + noise))
    except MediaError:
        return
