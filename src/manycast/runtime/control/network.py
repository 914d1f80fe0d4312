"""Brings the engines of the control role what nodes report, and keeps what they say for the books."""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from manycast.control.broadcasts import Broadcast
from manycast.control.destinations import Destination, verdict
from manycast.control.events import Event
from manycast.control.fleet import Fleet
from manycast.control.live import ON_AIR, Live
from manycast.control.places import Judged, Places
from manycast.model.fleet import (
    Assignment,
    ChannelGrant,
    Health,
    NodeReport,
    NodeRole,
    RecordingReport,
    StreamState,
)
from manycast.runtime.control.hub import Hub
from manycast.settings.control import ControlSettings


if TYPE_CHECKING:
    from manycast.runtime.platforms.attendant import Shown


EVENTS_WAITING_MAX = 10_000
"""While the database does not answer; beyond it the oldest are forgotten, and the books made good from later reports."""


@dataclass(frozen=True, slots=True)
class Grants:
    """What origins must know, as the books had it last."""

    channels: tuple[ChannelGrant, ...] = ()
    ids: tuple[tuple[str, str], ...] = ()
    """Name and id of each channel."""
    destinations: tuple[Destination, ...] = ()
    """All, also those that are switched off."""

    @property
    def revision(self) -> str:
        """The same for the same grants, also in another process."""
        text = json.dumps([asdict(channel) for channel in self.channels])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class Network:
    """On the thread of one loop."""

    def __init__(
        self,
        settings: ControlSettings,
        hub: Hub,
        now_ms: Callable[[], int],
        last: Iterable[Broadcast] = (),
        writing: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.fleet = Fleet(settings)
        self.live = Live(settings, now_ms(), last, writing)
        self.places = Places()
        self.now_ms = now_ms
        self.channels: dict[str, str] = {}
        """Ids by name."""
        self.destinations: Mapping[str, Sequence[Destination]] = {}
        """By the channel's name."""
        self.shown: Mapping[str, Shown] = {}
        """What the platforms said last, by destination."""
        self.waiting = deque[Event](maxlen=EVENTS_WAITING_MAX)
        """For the books, oldest first."""
        self.recordings: dict[str, tuple[RecordingReport, ...]] = {}
        """By node; for the books."""
        self._noted: dict[str, tuple[RecordingReport, ...]] = {}
        self._settings = settings
        self._hub = hub
        self._grants: tuple[ChannelGrant, ...] | None = None
        self._revision = ""

    def report(self, report: NodeReport) -> Assignment:
        """Raises ReportRefusedError."""
        now_ms = self.now_ms()
        self.waiting += self.fleet.report(report, now_ms)
        if report.role is NodeRole.ORIGIN:
            self.waiting += self.live.report(report, now_ms)
        if report.recordings is not None and report.recordings != self._noted.get(report.node):
            self.recordings[report.node] = report.recordings
        self.look()
        return self._assignment(report)

    def look(self) -> None:
        """To be called when time has passed."""
        now_ms = self.now_ms()
        self.waiting += self.fleet.look(now_ms)
        self.waiting += self.live.look(self.fleet, now_ms)
        self.waiting += self.places.look(self._judged(now_ms), now_ms)
        self._hub.wake()

    def on_air(self) -> list[str]:
        """Channels whose stream is, also while its broadcaster is away for a moment."""
        return [name for name, one in self.live.streams.items() if one.report.state in ON_AIR]

    def ended(self, channel: str) -> bool:
        """Whether its origin said that its stream is over; one that nobody speaks of may go on unheard."""
        one = self.live.streams.get(channel)
        return one is not None and one.report.state is StreamState.ENDED

    @property
    def report_s(self) -> float:
        return self._settings.report_ms / 1000

    def url_of(self, node: str) -> str | None:
        """Where a node that is heard answers HTTP; from any thread."""
        found = self.fleet.nodes.get(node)
        return found.report.url if found and found.health is not Health.SILENT else None

    def noted(self, recordings: dict[str, tuple[RecordingReport, ...]]) -> None:
        """These are in the books."""
        noted = self._noted | recordings
        self._noted = {node: taken for node, taken in noted.items() if node in self.fleet.nodes}
        for node, taken in recordings.items():
            if self.recordings.get(node) is taken:
                del self.recordings[node]

    def grant(self, grants: Grants) -> None:
        """What the books say of the channels from now on."""
        self.channels = dict(grants.ids)
        self.destinations = _by_channel(grants.destinations)
        self._grants, self._revision = grants.channels, grants.revision

    def _judged(self, now_ms: int) -> Iterator[Judged]:
        """The destinations of what is on the air; old words are no reason for a new verdict."""
        for name in self.on_air():
            stream = self.live.streams[name]
            reports = {one.id: one for one in stream.report.destinations}
            for one in self.destinations.get(name, ()) if not stream.stale else ():
                shown = self.shown.get(one.id)
                on_air, trouble = (shown.on_air, shown.trouble) if shown else (None, "")
                decided, text = verdict(one, reports.get(one.id), on_air, trouble, now_ms)
                yield Judged(
                    destination=one, since_ms=stream.report.since_ms, verdict=decided, text=text
                )

    def _assignment(self, report: NodeReport) -> Assignment:
        unknown = report.role is NodeRole.ORIGIN and report.revision != self._revision
        noted = report.recordings is not None and report.recordings == self._noted.get(report.node)
        return Assignment(
            report_ms=self._settings.report_ms,
            revision=self._revision,
            channels=self._grants if unknown else None,
            recordings_noted=noted,
        )


def _by_channel(destinations: Iterable[Destination]) -> dict[str, list[Destination]]:
    found: dict[str, list[Destination]] = {}
    for one in destinations:
        found.setdefault(one.channel, []).append(one)
    return found
