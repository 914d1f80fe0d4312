"""Coded media as it travels from an ingest to the packager."""

from dataclasses import dataclass
from enum import StrEnum


class VideoCodec(StrEnum):
    """Video codecs by their ISO BMFF sample entry."""

    AVC = "avc1"
    HEVC = "hvc1"
    AV1 = "av01"


class AudioCodec(StrEnum):
    """Audio codecs by their ISO BMFF sample entry."""

    AAC = "mp4a"
    OPUS = "Opus"


@dataclass(frozen=True, slots=True)
class VideoConfig:
    """How to decode the video frames that follow, until the next one of these."""

    codec: VideoCodec
    record: bytes
    """Body of the avcC, hvcC or av1C box."""
    width: int
    height: int
    codecs: str
    """RFC 6381 string, for example ``avc1.64001f``."""
    frame_rate: float | None = None
    """Frames per second as the bitstream declares them; None when it does not."""


@dataclass(frozen=True, slots=True)
class AudioConfig:
    """How to decode the audio frames that follow, until the next one of these."""

    codec: AudioCodec
    record: bytes
    """AudioSpecificConfig for AAC, the dOps box body for Opus."""
    sample_rate: int
    """Samples per second of the coded track (48000 for Opus)."""
    channels: int
    codecs: str
    """RFC 6381 string, for example ``mp4a.40.2``."""
    frame_samples: int = 1024
    """Samples in one frame at ``sample_rate``."""


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """One access unit in sample format (4-byte NAL lengths for AVC and HEVC, OBUs for AV1)."""

    dts_ms: int
    cts_ms: int
    """Presentation minus decoding time; never negative here."""
    key: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """One raw audio frame (no ADTS header)."""

    dts_ms: int
    data: bytes


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a publisher says of its stream beforehand (onMetaData); None where it says nothing."""

    has_video: bool | None = None
    has_audio: bool | None = None
    frame_rate: float | None = None
    encoder: str = ""


@dataclass(frozen=True, slots=True)
class Unplayable:
    """A track that cannot be carried, in a sentence that says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class TrackMedia:
    """Of a further video track (E-RTMP multitrack): the same programme in another size. What belongs to
    track 0, the default one, comes bare."""

    track: int
    """1 to 255, as its publisher numbers it."""
    item: VideoConfig | VideoFrame | Unplayable


Media = StreamInfo | VideoConfig | AudioConfig | VideoFrame | AudioFrame | TrackMedia
