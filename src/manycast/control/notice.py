"""What an event is to people: a notice, with words for them and data for programs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from manycast.control.events import (
    AccountLost,
    DestinationFailing,
    DestinationFine,
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
from manycast.platforms.failures import LABELS
from manycast.std.sizes import show_bytes


ENDS = {
    Kind.INGEST_RECOVERED: Kind.INGEST_UNHEALTHY,
    Kind.DESTINATION_RECOVERED: Kind.DESTINATION_FAILING,
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
        Kind.DESTINATION_FAILING,
        Kind.DESTINATION_RECOVERED,
        Kind.PLATFORM_DISCONNECTED,
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
        case DestinationFailing() | DestinationFine() | AccountLost():
            return _of_place(event)
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
_OfPlace = DestinationFailing | DestinationFine | AccountLost
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


def _of_place(event: _OfPlace) -> Notice:
    """Each place has cool-downs of its own, whatever becomes of the others."""
    kind, which, words, data = _facts_of_place(event)
    words |= {"channel": event.channel, "title": event.channel, "destination": event.name}
    data |= {"channel": event.channel, "name": event.name}
    subject = event.account if isinstance(event, AccountLost) else event.destination
    return _notice(kind, subject, which, event.at_ms, words, data, channel=event.channel)


def _facts_of_place(event: _OfPlace) -> _Facts:
    which = str(event.at_ms)
    match event:
        case DestinationFailing():
            data: dict[str, Any] = {"destination": event.destination, "reasons": [event.trouble]}
            return Kind.DESTINATION_FAILING, which, {"reasons": event.trouble}, data
        case DestinationFine():
            return Kind.DESTINATION_RECOVERED, which, {}, {"destination": event.destination}
        case AccountLost():
            data = {"account": event.account, "platform": event.platform.value}
            words = {"platform": LABELS[event.platform], "reasons": event.trouble}
            return Kind.PLATFORM_DISCONNECTED, which, words, data


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
