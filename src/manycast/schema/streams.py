"""Streams as the API shows them: what is on the air, and how well it goes."""

from datetime import datetime

from pydantic import Field

from manycast.model.fleet import Condition, StreamState
from manycast.schema.destinations import DestinationLive
from manycast.schema.values import Value


class Ingest(Value):
    """What the publisher sent in the last few seconds."""

    condition: Condition
    reasons: list[str] = Field(description="Worst first; each says what the broadcaster can do.")
    protocol: str = Field(description="`rtmp`, `rtmps` or `srt`.")
    peer: str = Field(
        description="Address of the publisher; empty for those who do not work with the channel."
    )
    video_bps: int
    audio_bps: int
    frame_rate: float
    keyframe_interval_ms: int | None
    behind_ms: int = Field(description="How much less media than time has passed.")
    dropped_frames: int = Field(description="Left out by the publisher since it came.")


class Rendition(Value):
    name: str
    width: int
    height: int
    frame_rate: float
    bandwidth_bps: int
    codecs: str


class RecordingNow(Value):
    """The recording being written."""

    take: str
    started_at: datetime
    duration_ms: int
    size_bytes: int


class Stream(Value):
    """One channel's stream, on the air or just ended."""

    channel: str = Field(description="The channel's name.")
    state: StreamState
    since: datetime = Field(description="When it began.")
    ended_at: datetime | None
    heard_at: datetime = Field(description="When its origin spoke of it last.")
    stale: bool = Field(
        description="The origin is silent: the stream may well go on, but these figures are old."
    )
    origin: str = Field(
        description="The node that carries it; empty for those who may not see the fleet."
    )
    part_ms: int | None = Field(description="Length of a part, which decides the delay.")
    viewers: int
    ingest: Ingest | None = Field(description="Null while nobody publishes.")
    renditions: list[Rendition]
    notes: list[str] = Field(description="What the ladder left out and why, and the like.")
    recording: RecordingNow | None
    recording_trouble: str = Field(
        description="Why it should be recorded and is not; empty when all is well."
    )
    destinations: list[DestinationLive] = Field(
        description="Where it is sent on to, also what is switched off; empty for those who may not see it."
    )


class Streams(Value):
    """All that are on the air or just ended, by name."""

    items: list[Stream]
    viewers: int = Field(description="Of all streams.")
    at: datetime = Field(description="The control role's clock when this was put together.")


class StreamsChange(Value):
    """`event: streams`: the streams that differ from what was sent before."""

    changed: list[Stream]
    gone: list[str]
    viewers: int
    at: datetime
