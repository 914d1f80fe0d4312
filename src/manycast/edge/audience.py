"""How many people watch each stream, told from what their players ask for as long as they play.

A low-latency player asks for each update of its playlist exactly once, so the requests for updates by the
number of updates are the players, however many share an address or a connection. Others load the playlist
once in a target duration.
"""

import re
from collections import deque
from dataclasses import dataclass, field

from manycast.edge.entry import Entry
from manycast.edge.fields import came_through
from manycast.edge.flight import Flight


STREAMS_MAX = 1_000
"""Streams that are counted; those that come beyond it are not."""
UPDATES_S = 3.0
"""Requests for updates are counted over this: nine parts."""
LOADS_S = 6.0
"""Other loads are counted over this: three target durations of 2 s."""
LOOK_S = 0.2
"""Between two looks that count."""
FORGET_S = 60.0
"""A stream that nobody asked for so long is forgotten."""
NODES_TOLD_APART = 32
"""Among more requests than these, the few that other nodes send make no difference."""

_PLAYLIST = re.compile(rb"/live/([a-z0-9_-]+)/[^/]+/index\.m3u8")
_FRAMES = re.compile(rb"/live/([a-z0-9_-]+)/[^/]+/frames\.mp4$")
_UPDATE = re.compile(rb"_HLS_msn=(\d+)&_HLS_part=(\d+)")
_TARGET = re.compile(rb"#EXT-X-TARGETDURATION:(\d{1,4})")


@dataclass(frozen=True, slots=True)
class _Look:
    at: float
    updates: int
    asked: int
    loads: int


@dataclass(slots=True)
class _Tally:
    """Of one stream; all of its renditions show the same updates."""

    seen: float
    target_s: float = 2.0
    updates: int = 0
    asked: int = 0
    """Requests for updates."""
    loads: int = 0
    newest: tuple[int, int] = (0, 0)
    looks: deque[_Look] = field(default_factory=deque)

    def ask(self, _now: float) -> None:
        self.asked += 1

    def load(self, _now: float) -> None:
        self.loads += 1

    def watching(self, now: float) -> int:
        looks = self.looks
        if not looks or now - looks[-1].at >= LOOK_S:
            looks.append(_Look(now, self.updates, self.asked, self.loads))
        while now - looks[0].at > LOADS_S:
            looks.popleft()
        first = next(look for look in looks if now - look.at <= UPDATES_S)
        updates, asked = self.updates - first.updates, self.asked - first.asked
        players = asked / updates if updates else 0.0
        span_s = max(now - looks[0].at, LOADS_S / 2)
        players += (self.loads - looks[0].loads) * self.target_s / span_s
        return max(round(players), 1 if asked and updates else 0)


class Audience:
    def __init__(self) -> None:
        self._tallies: dict[str, _Tally] = {}

    def arrived(self, flight: Flight, entry: Entry, now: float) -> None:
        """A playlist is here, for those who wait for it and those who come later."""
        path, _, query = flight.target.upstream.partition(b"?")
        found = _PLAYLIST.fullmatch(path)
        tally = None if found is None or entry.status != 200 else self._of(found[1].decode(), now)
        if tally is None:
            return
        waiting = _viewers(flight)
        update = _UPDATE.search(query)
        if update is None:
            tally.loads += waiting
            entry.watched = tally.load
            length = _TARGET.search(entry.body[0] if entry.body else b"")
            tally.target_s = float(length[1]) if length else tally.target_s
            return
        place = int(update[1]), int(update[2])
        if place > tally.newest:
            tally.newest = place
            tally.updates += 1
        tally.asked += waiting
        entry.watched = tally.ask

    def watching(self, now: float) -> dict[str, int]:
        """By stream, where there is anybody; call it every second or so."""
        for stream in [name for name, one in self._tallies.items() if now - one.seen > FORGET_S]:
            del self._tallies[stream]
        found = {name: one.watching(now) for name, one in self._tallies.items()}
        return {name: count for name, count in found.items() if count}

    def _of(self, stream: str, now: float) -> _Tally | None:
        tally = self._tallies.get(stream)
        if tally is None:
            if len(self._tallies) >= STREAMS_MAX:
                return None
            tally = self._tallies[stream] = _Tally(now)
        tally.seen = now
        return tally


def watched(frames: bytes) -> str:
    """The stream whose single frames have this key; empty for anything else."""
    found = _FRAMES.search(frames)
    return found[1].decode() if found else ""


def _viewers(flight: Flight) -> int:
    """Who waits and is no node of this network, which has viewers of its own."""
    waiting = len(flight.waiters)
    if waiting > NODES_TOLD_APART:
        return waiting
    return sum(not came_through(ask.headers) for ask in flight.waiters.values())
