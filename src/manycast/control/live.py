"""What is on the air in the whole network, and what of it somebody should hear."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from manycast.control.broadcasts import Broadcast, Broadcasts
from manycast.control.events import Event, IngestChanged, RecordingFailed, RecordingReady
from manycast.control.fleet import Fleet
from manycast.model.fleet import (
    Condition,
    Health,
    NodeReport,
    RecordingReport,
    StreamReport,
    StreamState,
)
from manycast.settings.control import ControlSettings


NOBODY_PUBLISHES = "Nobody publishes: the connection of the broadcaster is lost."
ON_AIR = (StreamState.LIVE, StreamState.RECONNECTING)


RETURN_MS = 3000
"""After a start of the control role origins have reported by then: they try every two seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnAir:
    """One channel's stream as its origin reported it last; ``heard_ms`` is by the control role's clock."""

    report: StreamReport
    origin: str
    heard_ms: int
    stale: bool = False
    """Its origin is silent."""
    viewers: int = 0


class Live:
    """The engine; ``writing`` are the recordings (channel, take) that the books hold as unfinished."""

    def __init__(
        self,
        settings: ControlSettings,
        now_ms: int,
        last: Iterable[Broadcast] = (),
        writing: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.streams: dict[str, OnAir] = {}
        self._broadcasts = Broadcasts(last)
        self._settings = settings
        self._since_ms = now_ms
        self._writing = set(writing)
        self._conditions: dict[str, Condition] = {}
        """What was said last, by channel; those that were never worse than good are not there."""

    def expects_more(self, now_ms: int) -> bool:
        """Whether streams that were on the air before a restart may only not have been reported yet."""
        on_air = {name for name, one in self._broadcasts.last.items() if one.open}
        return now_ms - self._since_ms < RETURN_MS and not on_air <= self.streams.keys()

    def report(self, report: NodeReport, now_ms: int) -> list[Event]:
        """Take in what an origin says; the fleet has let the report through."""
        events: list[Event] = []
        for stream in report.streams:
            if self._carried_by(report.node, stream):
                events += self._take_in(report.node, stream, now_ms)
        events += self._broadcasts.missing(report, now_ms)
        named = {stream.stream for stream in report.streams}
        for name, one in list(self.streams.items()):
            if one.origin == report.node and name not in named:
                self._drop(name)
        return events + self._finished(report.recordings or (), now_ms)

    def look(self, fleet: Fleet, now_ms: int) -> list[Event]:
        """Note who watches, and whose origin is silent or forgotten."""
        events: list[Event] = []
        for name, one in list(self.streams.items()):
            node = fleet.nodes.get(one.origin)
            if node is None:
                self._drop(name)
                continue
            viewers = fleet.viewers(name)
            self._broadcasts.watched(name, viewers)
            stale = node.health is Health.SILENT
            if (viewers, stale) != (one.viewers, one.stale):
                self.streams[name] = replace(one, viewers=viewers, stale=stale)
        if now_ms - self._since_ms > self._settings.forget_ms:  # until then it may still report
            origins = {one.origin for one in self._broadcasts.last.values() if one.open}
            for origin in origins - fleet.nodes.keys():
                events += self._broadcasts.lost(origin, now_ms)
        return events

    def _carried_by(self, origin: str, stream: StreamReport) -> bool:
        """Of two origins with one stream, the one that began last has it: the broadcaster moved there.

        Both go on reporting what is over: of that, the one that ended last.
        """
        one = self.streams.get(stream.stream)
        if one is None or one.origin == origin:
            return True
        over = one.report.state is StreamState.ENDED
        if stream.state is StreamState.ENDED:
            return over and (stream.ended_ms or 0) > (one.report.ended_ms or 0)
        return over or one.stale or stream.since_ms > one.report.since_ms

    def _take_in(self, origin: str, stream: StreamReport, now_ms: int) -> list[Event]:
        before = self.streams.get(stream.stream)
        again = before is not None and before.report.since_ms == stream.since_ms
        viewers = before.viewers if before else 0
        self.streams[stream.stream] = OnAir(
            report=stream, origin=origin, heard_ms=now_ms, viewers=viewers
        )
        if not again:
            self._conditions.pop(stream.stream, None)
        events = self._broadcasts.stream(origin, stream, now_ms)
        if stream.state in ON_AIR:
            events += self._condition(stream, now_ms)
        trouble = before.report.recording_trouble if before and again else ""
        return events + self._recording(stream, trouble, now_ms)

    def _condition(self, stream: StreamReport, now_ms: int) -> list[Event]:
        ingest = stream.ingest
        if ingest is None and stream.state is StreamState.LIVE:
            return []  # its figures are still to come
        condition = ingest.condition if ingest else Condition.BAD
        if condition is self._conditions.get(stream.stream, Condition.GOOD):
            return []
        self._conditions[stream.stream] = condition
        reasons = ingest.reasons if ingest else (NOBODY_PUBLISHES,)
        changed = IngestChanged(
            at_ms=now_ms,
            channel=stream.stream,
            since_ms=stream.since_ms,
            condition=condition,
            reasons=reasons,
        )
        return [changed]

    def _recording(self, stream: StreamReport, trouble: str, now_ms: int) -> list[Event]:
        if stream.recording is not None:
            self._writing.add((stream.stream, stream.recording.take))
        if not stream.recording_trouble or stream.recording_trouble == trouble:
            return []
        failed = RecordingFailed(
            at_ms=now_ms,
            channel=stream.stream,
            since_ms=stream.since_ms,
            trouble=stream.recording_trouble,
        )
        return [failed]

    def _finished(self, recordings: Iterable[RecordingReport], now_ms: int) -> list[Event]:
        """Those that were seen in the making; older ones that an origin brings along are no news."""
        events: list[Event] = []
        for one in recordings:
            if not one.complete:
                self._writing.add((one.channel, one.take))
            elif (one.channel, one.take) in self._writing:
                self._writing.remove((one.channel, one.take))
                events.append(
                    RecordingReady(
                        at_ms=now_ms,
                        channel=one.channel,
                        take=one.take,
                        duration_ms=one.duration_ms,
                    )
                )
        return events

    def _drop(self, channel: str) -> None:
        del self.streams[channel]
        self._conditions.pop(channel, None)
