from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from manycast.destination.conversion import conversion
from manycast.model.destinations import Encode
from manycast.model.media import AudioCodec, AudioConfig, VideoCodec, VideoConfig


VIDEO = VideoConfig(VideoCodec.AVC, b"", 1920, 1080, "avc1.640028", 60.0)
AAC = AudioConfig(AudioCodec.AAC, b"\x12\x10", 44100, 2, "mp4a.40.2")
OPUS = AudioConfig(AudioCodec.OPUS, b"", 48000, 2, "opus", 960)
ENCODE = Encode(height=720, video_bps=4_000_000, audio_bps=128_000)


def test_what_is_understood_already_goes_as_it_is() -> None:
    assert conversion(VIDEO, AAC, None) is None
    assert conversion(VIDEO, OPUS, None, opus=True) is None


def test_opus_becomes_aac_and_the_pictures_stay() -> None:
    made = conversion(VIDEO, OPUS, None)
    assert made is not None
    assert (made.pictures, made.sound_bps) == (None, 160_000)


def test_an_encode_is_a_ladder_of_one_rung_at_a_constant_bitrate() -> None:
    made = conversion(VIDEO, OPUS, ENCODE)
    assert made is not None
    assert made.pictures is not None
    (rung,) = made.pictures.rungs
    assert (rung.width, rung.height, rung.bitrate_bps) == (1280, 720, 4_000_000)
    assert (made.pictures.constant, made.pictures.keyframe_ms) == (True, 2000)
    assert made.sound_bps == 128_000


@pytest.mark.parametrize(
    ("source", "wanted", "rate", "every"),
    [(60.0, 0.0, 60.0, 1), (60.0, 30.0, 30.0, 2), (59.94, 60.0, 59.94, 1), (50.0, 30.0, 25.0, 2)],
)
def test_the_frame_rate_is_the_sources_or_a_whole_part_of_it(
    source: float, wanted: float, rate: float, every: int
) -> None:
    made = conversion(replace(VIDEO, frame_rate=source), AAC, replace(ENCODE, frame_rate=wanted))
    assert made is not None
    assert made.pictures is not None
    assert (made.pictures.rungs[0].frame_rate, made.pictures.rungs[0].keep_every) == (rate, every)


@given(st.integers(16, 4096), st.integers(16, 4096), st.integers(16, 4096))
def test_no_picture_grows_and_every_side_is_even(width: int, height: int, wanted: int) -> None:
    video = replace(VIDEO, width=width, height=height)
    made = conversion(video, AAC, replace(ENCODE, height=wanted))
    assert made is not None
    assert made.pictures is not None
    (rung,) = made.pictures.rungs
    assert rung.height <= min(height, wanted)
    assert rung.width <= width + 1
    assert not rung.width % 2
    assert not rung.height % 2
