"""What a swarm of viewers counted: one tally for all of them, and one row for every second."""

from collections import Counter
from dataclasses import dataclass, field

from manycast.std.quantiles import Quantiles


STEP_S = 0.0001
"""Delays are counted in tenths of a millisecond."""


def _quantiles() -> Quantiles:
    return Quantiles(STEP_S)


@dataclass(slots=True)
class Row:
    """One second of the run."""

    at_s: float
    """Seconds since the run began."""
    delay: Quantiles = field(default_factory=_quantiles)
    """From a part's PROGRAM-DATE-TIME end to its last byte here, clocks as they are."""
    behind: Quantiles = field(default_factory=_quantiles)
    """From capture to the playhead, at every arrival."""
    requests: int = 0
    received_bytes: int = 0
    stalls: int = 0


@dataclass(slots=True)
class Tally:
    """Times in seconds."""

    join: Quantiles = field(default_factory=_quantiles)
    """From a viewer's first request to its first media at the playhead."""
    delay: Quantiles = field(default_factory=_quantiles)
    spread: Quantiles = field(default_factory=_quantiles)
    """From the moment the first viewer learned of a part to its last byte at each viewer."""
    behind: Quantiles = field(default_factory=_quantiles)
    row: Row = field(default_factory=lambda: Row(0.0))
    rows: list[Row] = field(default_factory=list)
    """At most one for each second of the run."""
    delay_min_s: float | None = None
    """Smallest delay seen: the publish path, the distance to the edge and what the clocks differ."""
    errors: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    received_bytes: int = 0
    parts: int = 0
    segments: int = 0
    joined: int = 0
    stalls: int = 0
    stalled_s: float = 0.0
    stalled_viewers: int = 0
    stale_replies: int = 0
    """Reloads that brought nothing beyond what the viewer had."""
    resyncs: int = 0
    """Times a viewer jumped to the live edge because what it wanted had left the playlist."""
    rejoins: int = 0
    """Times a viewer's player gave up and started over."""

    def request(self) -> None:
        self.requests += 1
        self.row.requests += 1

    def received(self, count: int) -> None:
        self.received_bytes += count
        self.row.received_bytes += count

    def delivered(self, delay_s: float, spread_s: float) -> None:
        """One part or segment whose publication this viewer had been waiting for has arrived."""
        self.row.delay.add(delay_s)
        if self.delay_min_s is None or delay_s < self.delay_min_s:
            self.delay_min_s = delay_s
        self.spread.add(spread_s)

    def stalled(self, seconds: float, *, first: bool) -> None:
        """A viewer's stall is over; ``first`` when it is that viewer's first one."""
        self.stalls += 1
        self.row.stalls += 1
        self.stalled_s += seconds
        self.stalled_viewers += first

    def close_row(self, at_s: float) -> None:
        """End the current second; the next one begins at ``at_s``."""
        row, self.row = self.row, Row(at_s)
        self.rows.append(row)
        self.delay.merge(row.delay)
        self.behind.merge(row.behind)
