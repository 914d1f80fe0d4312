"""Where segments begin: decided once, shared by every rendition of a stream."""

from collections import deque
from dataclasses import dataclass


TOLERANCE_MS = 50
"""An encoder may move a keyframe's timestamp by rounding; two frames at 50 fps is enough."""
SEGMENT_MS_MIN = 2 * TOLERANCE_MS
"""A boundary nearer than this to the one before would be taken for it."""
BOUNDARIES_KEPT = 64
"""Renditions follow the leader within a second or so; two minutes of segments is plenty."""

INTERVALS_KEPT = 16
"""Keyframe intervals looked back on: encoders insert keyframes at scene cuts, and the longest recent one counts."""


@dataclass(frozen=True, slots=True)
class Boundary:
    msn: int
    start_ms: int
    discontinuity: bool = False
    discontinuities: int = 0
    """How many there were since the stream began, this one included: a rendition that joins late counts on."""
    bridged: bool = False
    """Set while the leader repeated a picture: no rendition has a keyframe of its own there."""
    keyed: bool = False
    """Set at a keyframe of the leader: one without its own there has lost it, or has them elsewhere."""


class SegmentGrid:
    """Segment starts on the media timeline.

    The rendition that comes first to a keyframe where a segment is due sets the boundary; the others
    cut at the same place. A segment is due when it has its length, or when waiting for one more
    keyframe would make it longer than the target duration allows (half a second above it rounds up).
    """

    def __init__(self, first_msn: int, segment_ms: int, target_duration_s: int) -> None:
        self._segment_ms = segment_ms
        self._longest_ms = target_duration_s * 1000 + 499
        self._next_msn = first_msn
        self._discontinuities = 0
        self._key_ms: int | None = None
        self._intervals_ms: deque[int] = deque([0], maxlen=INTERVALS_KEPT)
        self._boundaries: deque[Boundary] = deque(maxlen=BOUNDARIES_KEPT)

    def has_room(self, dts_ms: int) -> bool:
        """Whether a boundary can be set at ``dts_ms`` without making a segment of next to nothing."""
        return not self._boundaries or dts_ms - self._boundaries[-1].start_ms >= SEGMENT_MS_MIN

    def at_key(self, dts_ms: int) -> Boundary | None:
        """The boundary at this keyframe, set now if one is due; None inside a segment."""
        for boundary in reversed(self._boundaries):
            if abs(boundary.start_ms - dts_ms) <= TOLERANCE_MS:
                return boundary
        if not self._boundaries:
            return self.set(dts_ms, keyed=True)
        elapsed_ms = dts_ms - self._boundaries[-1].start_ms
        self._saw_key(dts_ms)
        due = elapsed_ms >= self._segment_ms - TOLERANCE_MS
        last_chance = elapsed_ms + max(self._intervals_ms) > self._longest_ms
        return self.set(dts_ms, keyed=True) if due or last_chance else None

    def overdue(self, start_ms: int, dts_ms: int) -> bool:
        """Whether a segment begun at ``start_ms`` must end before a frame ending at ``dts_ms``, key or not."""
        return dts_ms - start_ms > self._longest_ms

    def set(
        self,
        start_ms: int,
        *,
        discontinuity: bool = False,
        bridged: bool = False,
        keyed: bool = False,
    ) -> Boundary:
        """Begin a segment here; nothing comes before a stream's first, so that is no discontinuity."""
        assert not self._boundaries or start_ms > self._boundaries[-1].start_ms
        discontinuity = discontinuity and bool(self._boundaries)
        self._discontinuities += discontinuity
        boundary = Boundary(
            self._next_msn, start_ms, discontinuity, self._discontinuities, bridged, keyed
        )
        self._next_msn += 1
        if bridged:
            self._key_ms = None  # the time until the broadcaster's next keyframe is no interval
        else:
            self._saw_key(start_ms)
        self._boundaries.append(boundary)
        return boundary

    def between(self, after_ms: int, until_ms: int) -> Boundary | None:
        """The latest boundary after ``after_ms`` and not after ``until_ms``."""
        found = (b for b in reversed(self._boundaries) if after_ms < b.start_ms <= until_ms)
        return next(found, None)

    def count_between(self, after_ms: int, until_ms: int) -> int:
        """How many boundaries lie after ``after_ms`` and not after ``until_ms``."""
        return sum(after_ms < boundary.start_ms <= until_ms for boundary in self._boundaries)

    def at_or_before(self, media_ms: int) -> Boundary | None:
        """The boundary of the segment that ``media_ms`` lies in."""
        return next((b for b in reversed(self._boundaries) if b.start_ms <= media_ms), None)

    def after(self, media_ms: int) -> Boundary | None:
        """The earliest boundary later than ``media_ms``."""
        return next((b for b in self._boundaries if b.start_ms > media_ms), None)

    def _saw_key(self, dts_ms: int) -> None:
        if self._key_ms is not None and dts_ms > self._key_ms:
            self._intervals_ms.append(dts_ms - self._key_ms)
        self._key_ms = dts_ms
