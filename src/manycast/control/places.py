"""When a destination is in trouble and when it is well again, for those who want to be told."""

from collections.abc import Iterable
from dataclasses import dataclass

from manycast.control.destinations import Destination
from manycast.control.events import DestinationFailing, DestinationFine, Event
from manycast.model.destinations import Verdict


TROUBLED = frozenset({Verdict.RETRYING, Verdict.FAILED, Verdict.NOT_LIVE})
WELL = frozenset({Verdict.SENDING, Verdict.LIVE})
"""Neither: it may still become either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A destination of what is on the air."""

    destination: Destination
    since_ms: int
    """When the broadcast began."""
    verdict: Verdict
    text: str


class Places:
    """The engine; a place that is switched off, or whose broadcast is over, is forgotten without a word."""

    def __init__(self) -> None:
        self._failing: set[tuple[str, int]] = set()
        """Destinations and broadcasts."""

    def look(self, everything: Iterable[Judged], now_ms: int) -> list[Event]:
        events: list[Event] = []
        failing: set[tuple[str, int]] = set()
        for one in everything:
            key = (one.destination.id, one.since_ms)
            before = key in self._failing
            if one.verdict in TROUBLED or (before and one.verdict not in WELL | {Verdict.OFF}):
                failing.add(key)
                events += [] if before else [_failing(one, now_ms)]
            elif before and one.verdict in WELL:
                events.append(_fine(one, now_ms))
        self._failing = failing
        return events


def _failing(one: Judged, now_ms: int) -> DestinationFailing:
    return DestinationFailing(
        at_ms=now_ms,
        channel=one.destination.channel,
        since_ms=one.since_ms,
        destination=one.destination.id,
        name=one.destination.name,
        trouble=one.text,
    )


def _fine(one: Judged, now_ms: int) -> DestinationFine:
    return DestinationFine(
        at_ms=now_ms,
        channel=one.destination.channel,
        since_ms=one.since_ms,
        destination=one.destination.id,
        name=one.destination.name,
    )
