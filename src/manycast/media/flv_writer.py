"""Values to FLV, to feed ffmpeg: legacy tags for AVC and AAC, enhanced ones for the rest."""

from manycast.media import opus
from manycast.model.media import (
    AudioCodec,
    AudioConfig,
    AudioFrame,
    VideoCodec,
    VideoConfig,
    VideoFrame,
)


AUDIO_TAG = 8
VIDEO_TAG = 9
TAG_HEADER_BYTES = 11
TIMESTAMP_MASK = 0xFFFFFFFF
"""FLV time wraps after 49 days (ffmpeg writes 31 bits: 24 days)."""

Taggable = VideoConfig | VideoFrame | AudioConfig | AudioFrame


def header(*, video: bool = True, audio: bool = True) -> bytes:
    """Announce only what will come: ffmpeg probes until it has seen every announced kind."""
    return b"FLV\x01" + bytes((audio << 2 | video, 0, 0, 0, 9, 0, 0, 0, 0))


def tag(item: Taggable, timestamp_ms: int, codec: VideoCodec | AudioCodec | None = None) -> bytes:
    """One tag with its PreviousTagSize; `codec` is that of a frame, None for AVC and AAC."""
    kind, prefix, payload = body(item, codec)
    size = len(prefix) + len(payload)
    time = timestamp_ms & TIMESTAMP_MASK
    head = (kind << 24 | size).to_bytes(4, "big") + (time & 0xFFFFFF).to_bytes(3, "big")
    end = (TAG_HEADER_BYTES + size).to_bytes(4, "big")
    return b"".join((head, bytes((time >> 24, 0, 0, 0)), prefix, payload, end))


def body(item: Taggable, codec: VideoCodec | AudioCodec | None = None) -> tuple[int, bytes, bytes]:
    """The kind of tag, and what is in it in two pieces; RTMP sends the same without the tag around it."""
    if isinstance(item, VideoConfig | VideoFrame):
        return VIDEO_TAG, *_video(item, codec)
    return AUDIO_TAG, *_audio(item, codec)


def _video(
    item: VideoConfig | VideoFrame, codec: VideoCodec | AudioCodec | None
) -> tuple[bytes, bytes]:
    if isinstance(item, VideoConfig):
        if item.codec == VideoCodec.AVC:
            return b"\x17\0\0\0\0", item.record
        return b"\x90" + item.codec.encode(), item.record
    cts = item.cts_ms.to_bytes(3, "big", signed=True)
    frame_type = 0x10 if item.key else 0x20
    if codec in {None, VideoCodec.AVC}:
        return bytes((frame_type | 7, 1)) + cts, item.data
    if codec == VideoCodec.HEVC:
        return bytes((0x80 | frame_type | 1,)) + b"hvc1" + cts, item.data
    return bytes((0x80 | frame_type | 1,)) + b"av01", item.data


def _audio(
    item: AudioConfig | AudioFrame, codec: VideoCodec | AudioCodec | None
) -> tuple[bytes, bytes]:
    if isinstance(item, AudioConfig):
        if item.codec == AudioCodec.AAC:
            return b"\xaf\0", item.record
        return b"\x90Opus", opus.header(item)
    return (b"\x91Opus" if codec == AudioCodec.OPUS else b"\xaf\x01"), item.data
