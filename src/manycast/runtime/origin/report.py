"""What the origin tells the control role."""

from collections.abc import Iterator
from dataclasses import replace

from manycast.model.fleet import (
    Assignment,
    NodeReport,
    RecordingReport,
    RenditionReport,
    StreamReport,
    StreamState,
)
from manycast.origin.session import State
from manycast.runtime.identity import Identity
from manycast.runtime.origin import whip
from manycast.runtime.origin.broadcast import Broadcast
from manycast.runtime.origin.destinations import Destinations
from manycast.runtime.origin.live import Live
from manycast.runtime.origin.shelf import Shelf, began_ms
from manycast.runtime.vitals import vitals
from manycast.settings.tree import Settings


_STATES = {
    State.STARTING: StreamState.STARTING,
    State.LIVE: StreamState.LIVE,
    State.RECONNECTING: StreamState.RECONNECTING,
    State.ENDED: StreamState.ENDED,
}

RELIST_EVERY = 10
"""Reports from one list of recordings to the next, while the control role's database is away: it may be long."""


class OriginReport:
    """Recordings are listed until the control role has taken note of all of them."""

    def __init__(
        self,
        identity: Identity,
        live: Live,
        shelf: Shelf,
        settings: Settings,
        destinations: Destinations,
    ) -> None:
        self._identity = identity
        self._live = live
        self._shelf = shelf
        self._destinations = destinations
        self._free_bytes_min = settings.recording.free_bytes_min
        self._whip_places = whip.places(settings.whip)
        self._listed: tuple[RecordingReport, ...] | None = None
        self._noted: tuple[RecordingReport, ...] | None = None
        self._answered = 0
        """The last report that was."""

    def __call__(self, sequence: int) -> NodeReport:
        live, grants = self._live, self._live.grants
        return replace(
            self._identity.report(sequence),
            problems=tuple(self._problems()),
            numbers={**vitals(), **self._numbers()},
            streams=tuple(self._stream(name, one) for name, one in live.broadcasts.items()),
            recordings=self._recordings(sequence),
            refused_keys=grants.refused,
            revision=grants.revision,
        )

    def answered(self, report: NodeReport, assignment: Assignment) -> None:
        """Do as the control role asks; raises ValueError for what makes no sense."""
        if report.sequence > self._answered + 1:
            self._noted = None  # it was away, and may be back with books from a backup
        self._answered = report.sequence
        if assignment.recordings_noted and report.recordings is not None:
            self._noted = report.recordings
        self._live.grants.assign(assignment)

    def _recordings(self, sequence: int) -> tuple[RecordingReport, ...] | None:
        found = self._shelf.reports
        again = found is self._listed and sequence % RELIST_EVERY
        if found is self._noted or again:
            return None
        self._listed = found
        return found

    def _numbers(self) -> dict[str, float]:
        free_bytes, broadcasts = self._shelf.free_bytes, self._live.broadcasts.values()
        disk = {} if free_bytes is None else {"disk_free_bytes": float(free_bytes)}
        publishers = sum(one.feeding is not None for one in broadcasts)
        cores = sum(one.cores for one in broadcasts)
        return {
            "publishers": publishers,
            "ladder_cores": cores,
            "whip_places": self._whip_places,
            **disk,
        }

    def _problems(self) -> Iterator[str]:
        free_bytes = self._shelf.free_bytes
        if free_bytes is not None and free_bytes < self._free_bytes_min:
            yield (
                f"Only {free_bytes / 1e9:.2f} GB are left on the disk of {self._shelf.root}: nothing is"
                " recorded until there is more."
            )

    def _stream(self, name: str, broadcast: Broadcast) -> StreamReport:
        return replace(_stream(name, broadcast), destinations=self._destinations.reports(name))


def _stream(name: str, broadcast: Broadcast) -> StreamReport:
    session = broadcast.session
    return StreamReport(
        stream=name,
        state=_STATES[session.state],
        since_ms=session.since_ms,
        ended_ms=broadcast.ended_ms,
        part_ms=session.rules.part_target_ms if session.rules else None,
        ingest=broadcast.health(),
        renditions=tuple(_renditions(broadcast)),
        notes=tuple(broadcast.notes),
        recording=_recording(name, broadcast),
        recording_trouble=broadcast.recorder.trouble if broadcast.recorder else "",
    )


def _recording(channel: str, broadcast: Broadcast) -> RecordingReport | None:
    written = broadcast.recorder.open if broadcast.recorder else None
    if written is None or broadcast.ended_ms is not None:
        return None
    return RecordingReport(
        channel=channel,
        take=written.folder.name,
        started_ms=began_ms(written.folder.name),
        duration_ms=written.duration_ms,
        size_bytes=written.size_bytes,
        files=tuple(written.files),
        complete=False,
    )


def _renditions(broadcast: Broadcast) -> list[RenditionReport]:
    return [
        RenditionReport(
            name=variant.uri.partition("/")[0],
            width=variant.width,
            height=variant.height,
            frame_rate=variant.frame_rate or 0.0,
            bandwidth_bps=variant.bandwidth_bps,
            codecs=",".join(variant.codecs),
        )
        for variant in (*broadcast.variants(), *broadcast.apart())
    ]
