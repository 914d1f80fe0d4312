"""A still picture of a stream, for lists and link previews."""

import asyncio

from manycast.media import flv
from manycast.model.media import VideoConfig, VideoFrame
from manycast.runtime.ffmpeg.binary import Binary, FfmpegError, capture
from manycast.runtime.ffmpeg.command import QUIET


TIMEOUT_S = 5.0
"""Decoding one keyframe takes some 50 ms; a busy machine may need longer, a viewer will not wait more."""
AT_ONCE_MAX = 2
"""Many streams want theirs at the same time; the ladders come first."""
QUALITY = "5"
"""2 is best, 31 worst: about 40 kB at 640x360."""


class Snapshots:
    """Makes JPEGs of single keyframes, a few at a time."""

    def __init__(self, binary: Binary) -> None:
        self._binary = binary
        self._free = asyncio.Semaphore(AT_ONCE_MAX)

    async def take(self, config: VideoConfig, keyframe: VideoFrame, width: int = 640) -> bytes:
        """JPEG, ``width`` pixels wide or less; raises FfmpegError when the frame cannot be decoded."""
        clip = b"".join(
            (
                flv.header(audio=False),
                flv.tag(config, 0),
                flv.tag(keyframe, 0, config.codec),
            )
        )
        async with self._free:
            picture, words = await capture(_argv(self._binary.path, width), TIMEOUT_S, clip)
        if not picture:
            raise FfmpegError(
                f"no picture in the keyframe ({words.decode(errors='replace')[:200]})"
            )
        return picture


def _argv(path: str, width: int) -> list[str]:
    return [
        *(path, *QUIET, "-threads", "1", "-probesize", "32", "-analyzeduration", "0"),
        *("-f", "flv", "-i", "pipe:0", "-frames:v", "1", "-vf", f"scale='min({width},iw)':-2"),
        *("-q:v", QUALITY, "-f", "mjpeg", "pipe:1"),
    ]
