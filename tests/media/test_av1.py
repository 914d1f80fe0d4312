from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from manycast.media import av1
from manycast.media.errors import MalformedError, MediaError, UnsupportedError
from manycast.model.media import Media, VideoCodec, VideoConfig


def bits(*fields: tuple[int, int]) -> bytes:
    text = "".join(f"{value:0{width}b}" for value, width in fields)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


SIZE = ((10, 4), (10, 4), (1919, 11), (1079, 11))
PLAIN = ((0, 3), (0, 1), (0, 1))
UNTIMED = ((0, 1), (0, 1), (0, 5), (0, 12), (8, 5), (0, 1))


def record_of(*fields: tuple[int, int], depth_bits: int = 0, before: bytes = b"") -> bytes:
    payload = bits(*fields)
    head = bytes((0x81, 0x08, 0x0C | depth_bits, 0))
    return head + before + bytes((0x0A, len(payload))) + payload


def test_size_and_codecs_come_from_the_record() -> None:
    config = av1.config(record_of(*PLAIN, *UNTIMED, *SIZE))
    assert (config.codec, config.width, config.height) == (VideoCodec.AV1, 1920, 1080)
    assert config.codecs == "av01.0.08M.08"
    assert config.frame_rate is None


@pytest.mark.parametrize(
    ("depth_bits", "codecs"),
    [(0x40, "av01.0.08M.10"), (0x60, "av01.0.08M.12"), (0xC0, "av01.0.08H.10")],
)
def test_codecs_names_tier_and_depth(depth_bits: int, codecs: str) -> None:
    assert av1.config(record_of(*PLAIN, *UNTIMED, *SIZE, depth_bits=depth_bits)).codecs == codecs


def test_a_declared_rate_is_read_past_the_decoder_model() -> None:
    timing = ((1, 1), (1001, 32), (30_000, 32), (1, 1), (1, 1))
    model = ((1, 1), (15, 5), (0, 32), (0, 5), (0, 5))
    point = ((1, 1), (0, 5), (0, 12), (5, 5), (1, 1), (0, 16), (0, 16), (0, 1), (1, 1), (9, 4))
    config = av1.config(record_of(*PLAIN, *timing, *model, *point, *SIZE))
    assert config.frame_rate == pytest.approx(29.97, abs=0.01)
    assert (config.width, config.height) == (1920, 1080)


def test_a_still_picture_has_a_size_too() -> None:
    config = av1.config(record_of((0, 3), (1, 1), (1, 1), (8, 5), *SIZE))
    assert (config.width, config.height) == (1920, 1080)


def test_other_units_before_the_sequence_header_are_passed() -> None:
    padding = bytes((0x7E, 0, 0x82, 0)) + bytes(2)  # extended, with a size of two bytes
    assert av1.config(record_of(*PLAIN, *UNTIMED, *SIZE, before=padding)).width == 1920


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x01\0\0\0", "begins with"),
        (b"\x81\0\0\0\x0a\xff\xff\xff\xff\x01", "28 bits"),
    ],
)
def test_what_is_wrong_is_named(data: bytes, message: str) -> None:
    with pytest.raises(MalformedError, match=message):
        av1.config(data)


def test_a_record_without_a_sequence_header_names_the_encoders_that_write_one() -> None:
    with pytest.raises(UnsupportedError, match="choose SVT-AV1"):
        av1.config(b"\x81\x1f\x0c\0")


ENCODERS = {
    "libaom": ("-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime"),
    "svt": ("-c:v", "libsvtav1", "-preset", "11"),
}


@pytest.mark.parametrize("words", ENCODERS.values(), ids=ENCODERS)
def test_size_and_depth_are_those_encoded(
    record: Callable[..., list[Media]], words: tuple[str, ...]
) -> None:
    media = record(*words, "-pix_fmt", "yuv420p10le", "-an", picture="322x182:rate=30", seconds=0.2)
    config = next(item for item in media if isinstance(item, VideoConfig))
    assert (config.width, config.height) == (322, 182)
    assert config.codecs == "av01.0.00M.10"


@given(st.binary(max_size=80))
def test_random_units_raise_nothing_else(noise: bytes) -> None:
    try:
        av1.config(b"\x81\x08\x0c\0\x0a" + bytes((len(noise),)) + noise)
    except MediaError:
        return
