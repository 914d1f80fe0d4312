"""Which destinations are sent to, and what is said of each over all the processes that it had."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from manycast.model.destinations import DestinationGrant, DestinationReport, SendingState
from manycast.model.fleet import ChannelGrant


@dataclass(frozen=True, slots=True)
class Wanted:
    """A destination of a stream that is on the air."""

    stream: str
    grant: DestinationGrant


def wanted(channels: Iterable[ChannelGrant], carried: Collection[str]) -> dict[str, Wanted]:
    """By the destinations' ids, in the order of the channels; ``carried`` are the streams that have renditions."""
    return {
        grant.id: Wanted(channel.channel, grant)
        for channel in channels
        if channel.channel in carried
        for grant in channel.destinations
    }


def seated(asked: Collection[str], running: Collection[str], limit: int) -> set[str]:
    """Who has a process where there is room for ``limit``: those that run keep theirs, then who asked first."""
    room = max(limit - len(running), 0)
    return set(running) | set(islice(_others(asked, running), room))


def _others(asked: Iterable[str], running: Collection[str]) -> Iterator[str]:
    return (one for one in asked if one not in running)


class Ledger:
    """Of one destination; each of its processes counts from 0."""

    def __init__(self, name: str, now_ms: int) -> None:
        self.report = DestinationReport(id=name, state=SendingState.WAITING, since_ms=now_ms)
        self._past = self.report
        """What the processes before this one counted."""
        self._sent = False
        """Whether this process was ever connected."""

    def heard(self, report: DestinationReport) -> bool:
        """Take in what its process says; whether people wait to see it."""
        before, past = self.report, self._past
        self._sent |= report.state is SendingState.SENDING
        self.report = replace(
            report,
            id=before.id,
            sent_bytes=past.sent_bytes + report.sent_bytes,
            dropped_frames=past.dropped_frames + report.dropped_frames,
            reconnects=past.reconnects + report.reconnects,
        )
        now = self.report
        return (before.state, before.reason, before.slate) != (now.state, now.reason, now.slate)

    def begun(self, now_ms: int) -> None:
        """A process is being made."""
        self._close(SendingState.WAITING, "", now_ms)

    def lost(self, reason: str, now_ms: int) -> None:
        """Its process is gone, and another comes."""
        self._close(SendingState.RETRYING, reason, now_ms, reconnects=int(self._sent))

    def failed(self, reason: str, now_ms: int) -> None:
        """No process is there, nor will one come by itself."""
        if (self.report.state, self.report.reason) != (SendingState.FAILED, reason):
            self._close(SendingState.FAILED, reason, now_ms)

    def stopped(self, now_ms: int) -> None:
        """Its process is gone as it should."""
        self._close(SendingState.STOPPED, "", now_ms)

    def _close(self, state: SendingState, reason: str, now_ms: int, reconnects: int = 0) -> None:
        counted, self._sent = self.report, False
        self.report = self._past = DestinationReport(
            id=counted.id,
            state=state,
            since_ms=now_ms,
            reason=reason,
            sent_bytes=counted.sent_bytes,
            dropped_frames=counted.dropped_frames,
            reconnects=counted.reconnects + reconnects,
        )
