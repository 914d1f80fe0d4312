from collections.abc import Callable

import pytest

from manycast.media import flv_writer
from manycast.model.media import (
    AudioCodec,
    AudioConfig,
    AudioFrame,
    Media,
    VideoCodec,
    VideoConfig,
    VideoFrame,
)


def test_the_header_announces_what_will_come() -> None:
    assert flv_writer.header()[4] == 5
    assert flv_writer.header(audio=False) == b"FLV\x01\x01\0\0\0\x09\0\0\0\0"


def test_times_beyond_24_bits_use_the_extension_byte() -> None:
    tag = flv_writer.tag(AudioFrame(0, b"raw"), 0x1234567)
    assert tag == b"\x08\0\0\5\x23\x45\x67\x01\0\0\0\xaf\x01raw\0\0\0\x10"


def written(media: list[Media]) -> bytes:
    codecs: dict[bool, VideoCodec | AudioCodec] = {}
    pieces = [flv_writer.header()]
    for item in media:
        assert isinstance(item, VideoConfig | VideoFrame | AudioConfig | AudioFrame)
        is_video = isinstance(item, VideoConfig | VideoFrame)
        time = 0
        if isinstance(item, VideoConfig | AudioConfig):
            codecs[is_video] = item.codec
        else:
            time = item.dts_ms
        pieces.append(flv_writer.tag(item, time, codecs[is_video]))
    return b"".join(pieces)


@pytest.mark.parametrize(
    "words",
    [
        ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
        (
            *("-c:v", "libx265", "-preset", "ultrafast", "-bf", "2"),
            *("-x265-params", "log-level=none", "-pix_fmt", "yuv420p", "-c:a", "libopus"),
        ),
        ("-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-c:a", "aac"),
    ],
    ids=["avc-aac", "hevc-opus", "av1-aac"],
)
def test_ffmpeg_reads_back_every_picture_and_frame(
    record: Callable[..., list[Media]], ffmpeg: Callable[..., bytes], words: tuple[str, ...]
) -> None:
    media = record(*words, "-g", "15")
    listing = ffmpeg(
        "-i", "-", "-map", "0", "-c", "copy", "-f", "framemd5", "-", stdin=written(media)
    )
    lines = listing.decode().splitlines()
    sizes: dict[str, list[int]] = {"0": [], "1": []}
    for line in lines:
        if not line.startswith("#"):
            fields = line.split(",")
            sizes[fields[0]].append(int(fields[4]))
    pictures = [len(item.data) for item in media if isinstance(item, VideoFrame)]
    sounds = [len(item.data) for item in media if isinstance(item, AudioFrame)]
    assert sorted(sizes.values()) == sorted([pictures, sounds])
    shown = ffmpeg("-i", "-", "-map", "0:v", "-f", "framemd5", "-", stdin=written(media))
    assert sum(line[0] != "#" for line in shown.decode().splitlines()) == len(pictures)
