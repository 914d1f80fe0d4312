"""What has to be encoded for one place, beyond the rendition that it gets."""

import math
from dataclasses import dataclass
from typing import Final

from manycast.media.ladder import FRAME_RATE_ASSUMED, FRAME_RATE_SLACK, LadderPlan, Rung
from manycast.model.destinations import Encode
from manycast.model.media import AudioCodec, AudioConfig, VideoConfig


NAME: Final = "own"
"""What an encode of a destination's own is called among renditions."""
PRESET: Final = "veryfast"
"""Of x264: what broadcasters use, at a core for 1080p60."""
AUDIO_BPS: Final = 160_000
"""Of AAC made from another codec where nobody says more: what all platforms take."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What is done to a stream on its way to one place."""

    pictures: LadderPlan | None
    """A ladder of one rung; None passes them through."""
    sound_bps: int | None
    """Of AAC; None passes the sound through."""


def conversion(
    video: VideoConfig, audio: AudioConfig, encode: Encode | None, *, opus: bool = False
) -> Conversion | None:
    """None when the stream goes as it is; ``opus`` where the place takes that as well as AAC."""
    pictures = None if encode is None else _ladder(video, encode)
    bps = AUDIO_BPS if encode is None else encode.audio_bps
    sound_bps = None if audio.codec == AudioCodec.AAC or opus else bps
    if pictures is None and sound_bps is None:
        return None
    return Conversion(pictures, sound_bps)


def _ladder(video: VideoConfig, encode: Encode) -> LadderPlan:
    rate, keep_every = _frame_rate(video, encode)
    width, height = _size(video, encode)
    rung = Rung(NAME, width, height, encode.video_bps, rate, keep_every)
    return LadderPlan(
        rungs=(rung,),
        left_out=(),
        encoder="libx264",
        preset=PRESET,
        cores=0.0,
        passthrough=False,
        keyframe_ms=encode.keyframe_ms,
        constant=True,
    )


def _size(video: VideoConfig, encode: Encode) -> tuple[int, int]:
    """Never larger than the source; even, as 4:2:0 wants it."""
    height = min(encode.height, video.height) // 2 * 2
    return round(video.width * height / video.height / 2) * 2, height


def _frame_rate(video: VideoConfig, encode: Encode) -> tuple[float, int]:
    """Every n-th frame: others would have to be made up."""
    source = video.frame_rate or FRAME_RATE_ASSUMED
    if not encode.frame_rate:
        return source, 1
    keep_every = max(1, math.ceil(source / (encode.frame_rate * FRAME_RATE_SLACK)))
    return source / keep_every, keep_every
