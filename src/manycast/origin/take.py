"""One publishing connection of a stream."""

from dataclasses import dataclass, field

from manycast.model.media import AudioConfig, StreamInfo, VideoConfig
from manycast.origin.timeline import Timeline
from manycast.origin.tracks import Tracks


@dataclass(slots=True)
class Take:
    """What a connection has said so far, and whether it has begun to count."""

    number: int
    timeline: Timeline
    fresh_ms: int
    """Since when a keyframe is awaited that begins something else than what came before."""
    heard_ms: int
    """When anything arrived last."""
    info: StreamInfo = field(default_factory=StreamInfo)
    video: VideoConfig | None = None
    audio: AudioConfig | None = None
    tracks: Tracks = field(default_factory=Tracks)
    left_out: set[int] = field(default_factory=set)
    """Numbers of the tracks that somebody was told of."""
    fresh: bool = True
    late_since_ms: int | None = None
    """Since when its keyframes come after the slate has passed them."""

    @property
    def awaits_audio(self) -> bool:
        """Whether a sound track may still be announced."""
        return self.audio is None and self.info.has_audio is not False

    def start_afresh(self, now_ms: int) -> None:
        if not self.fresh:
            self.fresh, self.fresh_ms = True, now_ms
