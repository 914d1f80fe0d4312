from collections.abc import Callable

import pytest

from manycast.media import aac, cmaf, opus
from manycast.media.silence import DEFAULT_SILENCE, silent_frame
from manycast.model.media import AudioCodec, AudioConfig, VideoCodec, VideoConfig


Run = Callable[..., bytes]
VIDEO = VideoConfig(VideoCodec.AVC, b"\x01\x42\xc0\x0a\xff\xe0\0", 16, 16, "avc1.42c00a")
LAYOUTS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 8: 7}


def aac_config(rate_index: int, channels: int, short: bool = False) -> AudioConfig:
    fields = f"{2:05b}{rate_index:04b}{LAYOUTS[channels]:04b}{short:b}00"
    return aac.config(int(fields, 2).to_bytes(2, "big"))


def opus_config(channels: int) -> AudioConfig:
    head = bytes((0, channels)) + b"\0\0\0\0\xbb\x80\0\0"
    tables = {3: b"\x01\x02\x01\0\x02\x01", 6: b"\x01\x04\x02\0\x04\x01\x02\x03\x05"}
    return opus.config(head + tables.get(channels, b"\0"))


def decoded(ffmpeg: Run, config: AudioConfig, frames: int) -> bytes:
    data = [silent_frame(config)] * frames
    fragment = cmaf.fragment(1, [], 0, data, 0, config.frame_samples)
    stream = cmaf.init_segment(VIDEO, config) + b"".join(fragment)
    return ffmpeg("-i", "-", "-map", "0:a", "-f", "s16le", "-", stdin=stream)


@pytest.mark.parametrize("channels", LAYOUTS)
def test_aac_silence_decodes_to_zeros_on_every_channel(ffmpeg: Run, channels: int) -> None:
    sound = decoded(ffmpeg, aac_config(3, channels), frames=5)
    assert sound == bytes(5 * 1024 * channels * 2)


@pytest.mark.parametrize("rate_index", range(12))
def test_aac_silence_serves_every_sample_rate(ffmpeg: Run, rate_index: int) -> None:
    assert decoded(ffmpeg, aac_config(rate_index, 2), frames=3) == bytes(3 * 1024 * 4)


def test_aac_silence_serves_short_frames(ffmpeg: Run) -> None:
    assert decoded(ffmpeg, aac_config(3, 2, short=True), frames=3) == bytes(3 * 960 * 4)


@pytest.mark.parametrize("record", ["2b118800", "131056e598", "eb098800"])
def test_aac_silence_serves_cores_whose_rate_is_doubled(ffmpeg: Run, record: str) -> None:
    config = aac.config(bytes.fromhex(record))
    assert (config.sample_rate, config.frame_samples) == (24_000, 1024)
    assert decoded(ffmpeg, config, frames=3) == bytes(3 * 2048 * 4)


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
@pytest.mark.parametrize("samples", [120, 480, 960, 1920, 2880])
def test_opus_silence_decodes_to_zeros(ffmpeg: Run, channels: int, samples: int) -> None:
    config = opus_config(channels)
    config = AudioConfig(
        AudioCodec.OPUS, config.record, config.sample_rate, channels, config.codecs, samples
    )
    assert opus.packet_samples(silent_frame(config)) == samples
    sound = decoded(ffmpeg, config, frames=4)
    assert len(sound) == 4 * samples * channels * 2
    assert not any(sound)


def test_the_default_is_stereo_aac_at_48_khz() -> None:
    default = DEFAULT_SILENCE
    assert (default.codecs, default.sample_rate, default.channels) == ("mp4a.40.2", 48_000, 2)
