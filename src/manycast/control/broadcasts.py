"""When broadcasts begin and end: each once, though reports repeat, come late or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from manycast.control.events import Event, StreamEnded, StreamLive
from manycast.model.fleet import NodeReport, StreamReport, StreamState


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """The last one of a channel; ``since_ms`` is by its origin's clock."""

    channel: str
    since_ms: int
    origin: str
    open: bool = True
    heard_ms: int | None = None
    """When its origin spoke of it last; None for one that is only known from the books."""
    viewers_peak: int = 0


class Broadcasts:
    """The engine; begins with what the books hold: the last broadcast of each channel."""

    def __init__(self, last: Iterable[Broadcast] = ()) -> None:
        self.last: dict[str, Broadcast] = {one.channel: one for one in last}

    def stream(self, origin: str, stream: StreamReport, now_ms: int) -> list[Event]:
        """What a report about the channel's stream means; the caller knows that this origin carries it."""
        last = self.last.get(stream.stream)
        same = last is not None and (last.since_ms, last.origin) == (stream.since_ms, origin)
        events: list[Event] = []
        if last is not None and last.open and not same:
            events += self._end(last, _at_latest(last, stream.since_ms), now_ms)
        if not (same and last is not None and (last.open or _over(stream))) and _was_on_air(stream):
            events.append(self._begin(origin, stream, now_ms))
        current = self.last.get(stream.stream)
        if current is None or not current.open or current.since_ms != stream.since_ms:
            return events
        heard = self.last[current.channel] = replace(current, heard_ms=now_ms)
        if _over(stream):
            events += self._end(heard, stream.ended_ms or now_ms, now_ms)
        return events

    def missing(self, report: NodeReport, now_ms: int) -> list[Event]:
        """End what this origin no longer carries: it was started anew, or the end went by unseen."""
        named = {stream.stream for stream in report.streams}
        return [
            event
            for last in list(self.last.values())
            if last.open and last.origin == report.node and last.channel not in named
            for event in self._end(last, _at_latest(last, report.since_ms, now_ms), now_ms)
        ]

    def lost(self, origin: str, now_ms: int) -> list[Event]:
        """End what was carried by an origin that is not waited for any longer."""
        return [
            event
            for last in list(self.last.values())
            if last.open and last.origin == origin
            for event in self._end(last, _at_latest(last, now_ms), now_ms)
        ]

    def watched(self, channel: str, viewers: int) -> None:
        last = self.last.get(channel)
        if last is not None and last.open and viewers > last.viewers_peak:
            self.last[channel] = replace(last, viewers_peak=viewers)

    def _begin(self, origin: str, stream: StreamReport, now_ms: int) -> Event:
        begun = Broadcast(channel=stream.stream, since_ms=stream.since_ms, origin=origin)
        self.last[stream.stream] = begun
        return StreamLive(
            at_ms=now_ms, channel=begun.channel, since_ms=begun.since_ms, origin=origin
        )

    def _end(self, last: Broadcast, ended_ms: int, now_ms: int) -> list[Event]:
        self.last[last.channel] = replace(last, open=False)
        ended = StreamEnded(
            at_ms=now_ms,
            channel=last.channel,
            since_ms=last.since_ms,
            ended_ms=max(last.since_ms, ended_ms),
            viewers_peak=last.viewers_peak,
        )
        return [ended]


def _at_latest(last: Broadcast, *others_ms: int) -> int:
    """When a broadcast ended whose end nobody saw: when it was heard of last, or else the first thing after it."""
    if last.heard_ms is not None:
        return last.heard_ms
    return min((ms for ms in others_ms if ms > last.since_ms), default=last.since_ms)


def _over(stream: StreamReport) -> bool:
    return stream.state is StreamState.ENDED


def _was_on_air(stream: StreamReport) -> bool:
    """Not while it is only about to begin, and not if it never got further."""
    match stream.state:
        case StreamState.LIVE | StreamState.RECONNECTING:
            return True
        case StreamState.ENDED:
            return bool(stream.renditions)
        case StreamState.OFFLINE | StreamState.STARTING:
            return False
