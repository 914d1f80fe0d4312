import asyncio
import struct
from collections.abc import Awaitable, Callable

import pytest

from manycast.model.media import Media, VideoConfig, VideoFrame
from manycast.runtime.ffmpeg.binary import Binary, FfmpegError
from manycast.runtime.ffmpeg.snapshot import Snapshots


Record = Callable[..., Awaitable[list[Media]]]
CODECS = {
    "avc": ("libx264", "-preset", "ultrafast"),
    "hevc": ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"),
    "av1": ("libsvtav1", "-preset", "12"),
}


def size_of(jpeg: bytes) -> tuple[int, int]:
    at = jpeg.index(b"\xff\xc0")
    height, width = struct.unpack_from(">HH", jpeg, at + 5)
    return width, height


async def first(media: list[Media]) -> tuple[VideoConfig, VideoFrame]:
    config = next(item for item in media if isinstance(item, VideoConfig))
    return config, next(item for item in media if isinstance(item, VideoFrame) and item.key)


@pytest.mark.parametrize("codec", CODECS)
async def test_a_keyframe_of_every_codec_becomes_a_jpeg(
    binary: Binary, record: Record, codec: str
) -> None:
    config, keyframe = await first(await record("-c:v", *CODECS[codec], seconds=0.2))
    assert size_of(await Snapshots(binary).take(config, keyframe, 160)) == (160, 90)


async def test_a_small_picture_is_not_enlarged(each_binary: Binary, record: Record) -> None:
    config, keyframe = await first(await record("-c:v", *CODECS["avc"], seconds=0.2))
    assert size_of(await Snapshots(each_binary).take(config, keyframe)) == (320, 180)


async def test_a_frame_that_does_not_decode_is_an_error(binary: Binary, record: Record) -> None:
    config, _ = await first(await record("-c:v", *CODECS["avc"], seconds=0.2))
    with pytest.raises(FfmpegError):
        await Snapshots(binary).take(config, VideoFrame(0, 0, True, b"\0\0\0\4oops"))


async def test_more_than_a_few_wait_their_turn(binary: Binary, record: Record) -> None:
    config, keyframe = await first(await record("-c:v", *CODECS["avc"], seconds=0.2))
    snapshots = Snapshots(binary)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(snapshots.take(config, keyframe)) for _ in range(5)]
    assert len({task.result() for task in tasks}) == 1
