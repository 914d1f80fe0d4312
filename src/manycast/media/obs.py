"""What OBS is told so that it sends a stream in several sizes at once ("multitrack video", OBS 31 and later).

The JSON goes into *Config Override* of OBS's stream settings. Its names are those that OBS reads
(``GoLiveApi::Config`` of its sources, where all that is left out here has a default); server and stream key stand
in the fields above it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from manycast.media import ladder
from manycast.media.ladder import Rung
from manycast.model.media import VideoCodec, VideoConfig
from manycast.settings.ladder import LadderSettings


KEYFRAME_S = 2
"""What the platforms ask for, and one segment."""
SHARED_BPS_MAX = 6_000_000
"""Of a size up to 1080p: more than that Twitch does not promise to take, and the same track goes to all."""
SHARED_SHORT_SIDE = 1080
AUDIO_KBPS = 160
TRACKS_MAX = 10
"""Video encoders that one output of OBS has."""


class Encoder(StrEnum):
    """H.264 encoders by their ids in OBS: every browser and platform plays what they make."""

    X264 = "obs_x264"
    NVENC = "obs_nvenc_h264_tex"
    AMD = "h264_texture_amf"
    QUICK_SYNC = "obs_qsv11_v2"


_SETTINGS: Mapping[Encoder, Mapping[str, str | int | bool]] = {
    Encoder.X264: {"preset": "veryfast", "tune": "zerolatency"},
    Encoder.NVENC: {"preset": "p4", "tune": "ll", "multipass": "disabled", "bf": 0},
    Encoder.AMD: {"preset": "balanced", "bf": 0},
    Encoder.QUICK_SYNC: {"target_usage": "TU4", "latency": "ultra-low", "bframes": 0},
}
"""No B-frames: each delays what viewers see, and tracks with different numbers of them do not meet."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """What OBS composes."""

    width: int
    height: int
    frame_rate: float


@dataclass(frozen=True, slots=True)
class Multitrack:
    """A configuration and what it comes to."""

    tracks: tuple[Rung, ...]
    """Track 0, of the canvas's own size, first."""
    total_bps: int
    """Video and sound together: an upload link needs a third more than that."""
    override: dict[str, Any]
    """For *Config Override*."""


def multitrack(
    canvas: Canvas, encoder: Encoder, count: int, settings: LadderSettings
) -> Multitrack:
    """Up to ``count`` sizes (1 to 10) of one canvas, the largest first."""
    source = VideoConfig(
        VideoCodec.AVC, b"", canvas.width, canvas.height, "avc1", canvas.frame_rate
    )
    wanted = ladder.sizes(source, settings)[: max(1, min(count, TRACKS_MAX))]
    tracks = tuple(map(_shared, wanted))
    video = [_video(rung, encoder) for rung in tracks]
    total_kbps = sum(one["settings"]["bitrate"] for one in video) + AUDIO_KBPS
    return Multitrack(
        tracks,
        total_kbps * 1000,
        {"encoder_configurations": video, "audio_configurations": {"live": [_SOUND]}},
    )


_SOUND = {
    "codec": "ffmpeg_aac",
    "track_id": 1,
    "channels": 2,
    "settings": {"bitrate": AUDIO_KBPS},
}


def _shared(rung: Rung) -> Rung:
    if min(rung.width, rung.height) > SHARED_SHORT_SIDE:
        return rung
    return replace(rung, bitrate_bps=min(rung.bitrate_bps, SHARED_BPS_MAX))


def _video(rung: Rung, encoder: Encoder) -> dict[str, Any]:
    rate = _fraction(rung.frame_rate)
    return {
        "type": encoder.value,
        "width": rung.width,
        "height": rung.height,
        "framerate": {"numerator": rate.numerator, "denominator": rate.denominator},
        "gpu_scale_type": "OBS_SCALE_BICUBIC",
        "canvas_index": 0,
        "settings": {
            "rate_control": "CBR",
            "bitrate": rung.bitrate_bps // 1000,
            "keyint_sec": KEYFRAME_S,
            "profile": "high",
            **_SETTINGS[encoder],
        },
    }


def _fraction(frame_rate: float) -> Fraction:
    """As OBS counts frames: 29.97 are 30000 in 1001 seconds."""
    whole = round(frame_rate)
    ntsc = Fraction(whole * 1000, 1001)
    return ntsc if abs(frame_rate - ntsc) < abs(frame_rate - whole) else Fraction(whole)
