"""What nodes report to the control role, and what it asks of them in reply."""

from dataclasses import dataclass, field
from enum import StrEnum

from manycast.model.destinations import DestinationGrant, DestinationReport


class NodeRole(StrEnum):
    ORIGIN = "origin"
    EDGE = "edge"
    CONTROL = "control"


class Condition(StrEnum):
    """How well something goes, in words a person takes in at a glance."""

    GOOD = "good"
    UNSTEADY = "unsteady"
    BAD = "bad"


class Health(StrEnum):
    """How a node is, as far as the control role can tell."""

    WELL = "well"
    TROUBLED = "troubled"
    """It reports, and says itself what is wrong."""
    SILENT = "silent"
    """No report came for ``control.silent_ms``: it may be gone, or only unable to reach the control role."""


class StreamState(StrEnum):
    """As ``origin.session.State``, for those above and beside the origin."""

    OFFLINE = "offline"
    STARTING = "starting"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestHealth:
    """What one publisher sent in the last few seconds."""

    condition: Condition
    reasons: tuple[str, ...] = ()
    """In sentences, worst first; each says what the broadcaster can do."""
    protocol: str
    """``rtmp``, ``rtmps`` or ``srt``."""
    peer: str
    """``host:port`` of the publisher."""
    video_bps: int
    audio_bps: int
    frame_rate: float
    keyframe_interval_ms: int | None
    """Between the last two; None before the second."""
    behind_ms: int
    """How much less media than time has passed since the publisher came: it grows when the network or the
    encoder is too slow."""
    dropped_frames: int
    """Left out by the publisher, told from gaps in its timestamps, since it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenditionReport:
    name: str
    width: int
    height: int
    frame_rate: float
    bandwidth_bps: int
    codecs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingReport:
    """One recording on an origin's disk."""

    channel: str
    take: str
    """The folder's name: when it began, as ``20260102T030405.678901Z``."""
    started_ms: int
    duration_ms: int
    size_bytes: int
    files: tuple[str, ...] = ()
    """Media files in order; one unless the format changed on the way."""
    complete: bool
    """False while it is being written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamReport:
    """One stream on an origin, on the air or just ended."""

    stream: str
    state: StreamState
    since_ms: int
    """When it began; with the stream's name it is the broadcast's identity."""
    ended_ms: int | None = None
    part_ms: int | None = None
    ingest: IngestHealth | None = None
    """None while nobody publishes."""
    renditions: tuple[RenditionReport, ...] = ()
    notes: tuple[str, ...] = ()
    """What the ladder left out and why, and the like."""
    recording: RecordingReport | None = None
    """The one being written."""
    recording_trouble: str = ""
    """Why it should be recorded and is not; empty when all is well."""
    destinations: tuple[DestinationReport, ...] = ()
    """Of each that the stream is sent on to, or was until it was stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReport:
    """What a role says of itself, every ``Assignment.report_ms``."""

    node: str
    """Stable over restarts: role and place, such as ``edge@host:8000``; a worker adds ``/2``."""
    role: NodeRole
    version: str
    url: str
    """Where the control role reaches its HTTP."""
    since_ms: int
    """When this process began."""
    sequence: int
    """Counts the reports of this process, so that a late one is known as such."""
    problems: tuple[str, ...] = ()
    """In sentences; empty when it is well."""
    numbers: dict[str, float] = field(default_factory=dict)
    """Named as in /metrics, without ``manycast_``: ``cpu_seconds_total``, ``memory_bytes``, ``requests_total``, …"""
    streams: tuple[StreamReport, ...] = ()
    """Of an origin."""
    recordings: tuple[RecordingReport, ...] | None = None
    """Of an origin, all that are on its disk; None when nothing changed since the control role last took note."""
    viewers: dict[str, int] = field(default_factory=dict)
    """Of an edge: people watching, by stream."""
    refused_keys: int = 0
    """Of an origin: publishers turned away for an unknown key since the process began."""
    revision: str = ""
    """Of the grants it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGrant:
    id: str
    digest: str
    """SHA-256 of the stream key, in hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelGrant:
    """What an origin must know of a channel."""

    channel: str
    keys: tuple[KeyGrant, ...]
    recording: bool
    kicks: int
    """Grows when whoever publishes must be disconnected; a connection is good for the number it found."""
    srt_passphrase: str = field(default="", repr=False)
    """Empty: no SRT for this channel."""
    srt_slot: int | None = None
    """How far beyond ``network.srt`` the port of its SRT listener is; None with no SRT."""
    destinations: tuple[DestinationGrant, ...] = ()
    """Those that are switched on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The control role's answer to a report."""

    report_ms: int
    """Until the next report."""
    revision: str
    channels: tuple[ChannelGrant, ...] | None = None
    """All of them; None when the node holds this revision already, or is no origin."""
    recordings_noted: bool = False
    """The recordings of this report are in the books: they need not be sent again until they change."""
