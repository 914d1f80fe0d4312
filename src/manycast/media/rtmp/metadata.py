"""What onMetaData says of a stream."""

import math
from typing import Final

from manycast.media.amf0 import EcmaArray, Value
from manycast.model.media import AudioCodec, AudioConfig, StreamInfo, VideoCodec, VideoConfig


_AVC_ID: Final = 7.0
_AAC_ID: Final = 10.0

ENCODER_CHARACTERS_MAX: Final = 200
"""Characters kept of the encoder's name: it ends up in logs and pages."""


def stream_info(values: list[Value]) -> StreamInfo | None:
    """The stream a data message describes, None when it is about something else."""
    if values[:1] == ["@setDataFrame"]:
        values = values[1:]
    if len(values) < 2 or values[0] != "onMetaData" or not isinstance(values[1], dict):
        return None
    named = values[1]
    video, audio = "videocodecid" in named, "audiocodecid" in named
    encoder = named.get("encoder")
    return StreamInfo(
        has_video=_has(named.get("hasVideo"), video, audio),
        has_audio=_has(named.get("hasAudio"), audio, video),
        frame_rate=_frame_rate(named.get("framerate")),
        encoder=encoder[:ENCODER_CHARACTERS_MAX] if isinstance(encoder, str) else "",
    )


def _has(said: Value, this: bool, other: bool) -> bool | None:
    """An encoder that names only the other track's codec has none for this one."""
    if isinstance(said, bool):
        return said
    return this if this or other else None


def _frame_rate(said: Value) -> float | None:
    try:
        rate = float(said) if isinstance(said, float | str) else 0.0
    except ValueError:
        return None
    return rate if math.isfinite(rate) and rate > 0 else None


def described(video: VideoConfig, audio: AudioConfig | None, video_bps: int) -> EcmaArray:
    """The properties of an onMetaData that says what follows, as encoders send it."""
    named: dict[str, Value] = {
        "duration": 0.0,
        "width": float(video.width),
        "height": float(video.height),
        "videocodecid": _AVC_ID if video.codec is VideoCodec.AVC else _fourcc(video.codec),
        "videodatarate": video_bps / 1000,
        "framerate": video.frame_rate or 0.0,
    }
    if audio is not None:
        named |= {
            "audiocodecid": _AAC_ID if audio.codec is AudioCodec.AAC else _fourcc(audio.codec),
            "audiosamplerate": float(audio.sample_rate),
            "audiosamplesize": 16.0,
            "audiochannels": float(audio.channels),
            "stereo": audio.channels == 2,
        }
    return EcmaArray({**named, "encoder": "manycast"})


def _fourcc(codec: str) -> float:
    """Enhanced RTMP gives the four characters as a number."""
    return float(int.from_bytes(codec.encode(), "big"))
