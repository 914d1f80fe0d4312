"""What an event is to people: a notice, with words for them and data for programs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from manycast.control.events import (
    DeviceSignedIn,
    DiskFine,
    DiskLow,
    Event,
    IngestChanged,
    KeysRefused,
    NodeBack,
    NodeSilent,
    RecordingFailed,
    RecordingReady,
    StreamEnded,
    StreamLive,
)
from manycast.control.wording import moment, span, timestamp
from manycast.model.fleet import Condition
from manycast.model.notices import Kind
from manycast.std.sizes import show_bytes


ENDS = {
    Kind.INGEST_RECOVERED: Kind.INGEST_UNHEALTHY,
    Kind.NODE_BACK: Kind.NODE_SILENT,
    Kind.DISK_FINE: Kind.DISK_LOW,
}
"""The end of a trouble, and its beginning."""
LASTING = frozenset({*ENDS, *ENDS.values()})
"""What must last before it is told."""
OF_CHANNELS = frozenset(
    {
        Kind.STREAM_LIVE,
        Kind.STREAM_ENDED,
        Kind.INGEST_UNHEALTHY,
        Kind.INGEST_RECOVERED,
        Kind.RECORDING_READY,
        Kind.RECORDING_FAILED,
    }
)
"""Which concern one channel; a rule for certain channels is silent about the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    kind: Kind
    subject: str
    """The channel, node or person: what a cool-down goes by."""
    once: str
    """The same for everything that tells of the same."""
    channel: str = ""
    at_ms: int
    words: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)


def notice_of(event: Event) -> Notice | None:
    """None for what is neither good nor bad."""
    match event:
        case StreamLive() | StreamEnded() | IngestChanged() | RecordingReady() | RecordingFailed():
            return _of_channel(event)
        case KeysRefused() | NodeSilent() | NodeBack() | DiskLow() | DiskFine():
            return _of_node(event)
        case DeviceSignedIn():
            facts = {"user": event.user, "agent": event.agent, "address": event.address}
            data = {"user_id": event.user_id, "session_id": event.session, **facts}
            return _notice(Kind.ACCOUNT_DEVICE, event.user, event.session, event.at_ms, facts, data)


def trial(by: str, once: str, at_ms: int) -> Notice:
    """What the test button sends."""
    return _notice(Kind.TEST, once, once, at_ms, {}, {"asked_by": by})


_OfChannel = StreamLive | StreamEnded | IngestChanged | RecordingReady | RecordingFailed
_OfNode = KeysRefused | NodeSilent | NodeBack | DiskLow | DiskFine
_Facts = tuple[Kind, str, dict[str, str], dict[str, Any]]
"""The kind, which of them it is, the words and the data that are its own."""


def _of_channel(event: _OfChannel) -> Notice | None:
    if isinstance(event, IngestChanged) and event.condition is Condition.UNSTEADY:
        return None
    kind, which, words, data = _facts_of_channel(event)
    words["channel"] = words["title"] = data["channel"] = event.channel
    return _notice(kind, event.channel, which, event.at_ms, words, data, channel=event.channel)


def _facts_of_channel(event: _OfChannel) -> _Facts:
    match event:
        case StreamLive():
            data: dict[str, Any] = {"started_at": timestamp(event.since_ms)}
            return Kind.STREAM_LIVE, str(event.since_ms), {}, data
        case StreamEnded():
            lasted = span(event.ended_ms - event.since_ms)
            words = {"duration": lasted, "viewers": str(event.viewers_peak)}
            data = {
                "started_at": timestamp(event.since_ms),
                "ended_at": timestamp(event.ended_ms),
                "viewers_peak": event.viewers_peak,
            }
            return Kind.STREAM_ENDED, str(event.since_ms), words, data
        case IngestChanged():
            bad = event.condition is Condition.BAD
            kind = Kind.INGEST_UNHEALTHY if bad else Kind.INGEST_RECOVERED
            data = {"started_at": timestamp(event.since_ms), "reasons": list(event.reasons)}
            which = f"{event.since_ms}@{event.at_ms}"
            return kind, which, {"reasons": " ".join(event.reasons)}, data
        case RecordingReady():
            data = {"take": event.take, "duration_ms": event.duration_ms}
            return Kind.RECORDING_READY, event.take, {"duration": span(event.duration_ms)}, data
        case RecordingFailed():
            data = {"started_at": timestamp(event.since_ms), "reasons": [event.trouble]}
            which = f"{event.since_ms} {event.trouble}"
            return Kind.RECORDING_FAILED, which, {"reasons": event.trouble}, data


def _of_node(event: _OfNode) -> Notice:
    kind, which, words, data = _facts_of_node(event)
    words["node"] = data["node"] = event.node
    return _notice(kind, event.node, which, event.at_ms, words, data)


def _facts_of_node(event: _OfNode) -> _Facts:
    which = str(event.at_ms)
    match event:
        case KeysRefused():
            return Kind.KEY_REFUSED, which, {"count": str(event.count)}, {"count": event.count}
        case NodeSilent():
            return Kind.NODE_SILENT, which, {}, {"role": event.role.value}
        case NodeBack():
            data = {"role": event.role.value, "away_ms": event.away_ms}
            return Kind.NODE_BACK, which, {"duration": span(event.away_ms)}, data
        case DiskLow() | DiskFine():
            kind = Kind.DISK_LOW if isinstance(event, DiskLow) else Kind.DISK_FINE
            words = {"free": show_bytes(event.free_bytes)}
            return kind, which, words, {"free_bytes": event.free_bytes}


def _notice(  # noqa: PLR0913  a shorthand of this file
    kind: Kind,
    subject: str,
    which: str,
    at_ms: int,
    words: Mapping[str, str],
    data: Mapping[str, Any],
    *,
    channel: str = "",
) -> Notice:
    return Notice(
        kind=kind,
        subject=subject,
        once=f"{kind}:{subject}:{which}",
        channel=channel,
        at_ms=at_ms,
        words={**words, "time": moment(at_ms)},
        data=data,
    )
