"""What happens in the network that somebody may want to be told of, or that goes into the books."""

from dataclasses import dataclass

from manycast.model.destinations import Platform
from manycast.model.fleet import Condition, NodeRole


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    at_ms: int
    """By the control role's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLive(_Event):
    """A broadcast began; ``channel`` and ``since_ms`` are its identity, also after a restart of the control role."""

    channel: str
    since_ms: int
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEnded(_Event):
    channel: str
    since_ms: int
    ended_ms: int
    viewers_peak: int
    """As far as this process has seen it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestChanged(_Event):
    """How well the publisher does, when it changes; not before the stream is live, and not after its end."""

    channel: str
    since_ms: int
    condition: Condition
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingReady(_Event):
    """A recording that was being written is complete."""

    channel: str
    take: str
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFailed(_Event):
    """A stream should be recorded and is not."""

    channel: str
    since_ms: int
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysRefused(_Event):
    """Publishers were turned away for unknown keys since the last report of this origin."""

    node: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSilent(_Event):
    node: str
    role: NodeRole


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeBack(_Event):
    node: str
    role: NodeRole
    away_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskLow(_Event):
    node: str
    free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskFine(_Event):
    """There is room again after ``DiskLow``."""

    node: str
    free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSignedIn(_Event):
    """Somebody logged in with a browser that this account had not used before."""

    user_id: str
    user: str
    """The name that people know."""
    session: str
    """The session's id."""
    address: str
    agent: str
    """As the browser names itself, shortened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationFailing(_Event):
    """It is not sent to a place that it should be sent to, or not shown there."""

    channel: str
    since_ms: int
    """When the broadcast began."""
    destination: str
    """Its id."""
    name: str
    """What people call it."""
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationFine(_Event):
    """After ``DestinationFailing``."""

    channel: str
    since_ms: int
    destination: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLost(_Event):
    """A platform does not let us in any more with an account that somebody connected."""

    channel: str
    account: str
    """Its id."""
    name: str
    """As people there see it."""
    platform: Platform
    trouble: str


Event = (
    StreamLive
    | StreamEnded
    | IngestChanged
    | RecordingReady
    | RecordingFailed
    | KeysRefused
    | NodeSilent
    | NodeBack
    | DiskLow
    | DiskFine
    | DeviceSignedIn
    | DestinationFailing
    | DestinationFine
    | AccountLost
)
