"""Short streams of a real encoder, on the media timeline."""

from dataclasses import replace
from typing import TypeVar

from manycast.media import flv
from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame
from manycast.runtime.ffmpeg.binary import Binary, capture


EPOCH_MS = 1_763_690_000_000
PATIENCE_S = 60.0
OPUS = ("-c:a", "libopus")
AAC = ("-c:a", "aac")

Item = VideoConfig | AudioConfig | VideoFrame | AudioFrame
Kind = TypeVar("Kind", VideoConfig, AudioConfig, VideoFrame, AudioFrame)


async def clip(binary: Binary, *sound: str, seconds: float = 1.4, rate: int = 30) -> list[Item]:
    """320x180, with a keyframe each half second; no longer than an encoder's backlog."""
    words = [
        *("-v", "error", "-f", "lavfi", "-i", f"testsrc2=s=320x180:r={rate}:d={seconds}"),
        *("-f", "lavfi", "-i", f"sine=f=440:r=48000:d={seconds}", "-pix_fmt", "yuv420p"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", str(rate // 2)),
        *(*sound, "-f", "flv", "-"),
    ]
    out, _ = await capture([binary.path, *words], PATIENCE_S)
    items = flv.Demuxer().feed(out)
    return [
        replace(item, dts_ms=item.dts_ms + EPOCH_MS)
        if isinstance(item, VideoFrame | AudioFrame)
        else item
        for item in items
        if isinstance(item, VideoConfig | AudioConfig | VideoFrame | AudioFrame)
    ]


def of(kind: type[Kind], items: list[Item]) -> list[Kind]:
    return [item for item in items if isinstance(item, kind)]
