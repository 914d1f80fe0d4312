"""One rendition's media playlist: what is listed, what it says, what may be forgotten."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from manycast.hls import render
from manycast.hls.reload import Position
from manycast.hls.render import Report
from manycast.hls.rules import Rules


PARTS_LISTED_SEGMENTS = 2
"""Complete segments that still list their parts: with the open one, three target durations."""


@dataclass(frozen=True, slots=True)
class Expired:
    """Names whose bytes the origin may free."""

    msns: tuple[int, ...] = ()
    parts: range = range(0)
    """Parts live as long as the segment that is made of them."""
    inits: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Segment:
    msn: int
    init: int
    has_map: bool
    """Its own lines state the MAP already."""
    discontinuity: bool
    start_ms: int
    """On the playlist's own clock, which counts listed media only."""
    end_ms: int
    parts: range
    with_parts: str
    without_parts: str

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(slots=True)
class _Open:
    msn: int
    init: int
    has_map: bool
    discontinuity: bool
    first_part: int
    start: str
    parts: list[str] = field(default_factory=list)
    duration_ms: int = 0
    gaps: int = 0


class MediaWindow:
    """Grows at the live edge, forgets at the far end; renders the text of both.

    Within one step of the caller the last part of a segment, ``close_segment`` and the next
    ``open_segment`` belong together: no text is rendered between them, so that a part shorter
    than 85 % of the target is never seen anywhere but at the end of a complete segment.
    """

    def __init__(
        self, rules: Rules, first_part_number: int, *, discontinuity_sequence: int = 0
    ) -> None:
        """Begin empty; a rendition that joins late takes ``discontinuity_sequence`` from another."""
        self._rules = rules
        self._head = render.head(rules)
        self._segments: deque[_Segment] = deque()
        self._removed: deque[_Segment] = deque()
        self._open: _Open | None = None
        self._last: _Segment | None = None
        self._next_part = first_part_number
        self._end_ms = 0
        self._longest_ms = 0
        self._discontinuities_removed = discontinuity_sequence
        self._discontinuities = discontinuity_sequence
        self._ended = False
        self._with_parts = 0
        self._skipped = 0
        self._old = ""
        self._recent = ""
        self._recent_map = ""

    @property
    def discontinuity_sequence(self) -> int:
        """Discontinuity Sequence Number of the newest segment."""
        return self._discontinuities

    @property
    def position(self) -> Position | None:
        """The live edge; None before the first segment opens."""
        if self._open is not None:
            msn, parts = self._open.msn, len(self._open.parts)
        elif self._last is not None:
            msn, parts = self._last.msn + 1, 0
        else:
            return None
        before = len(self._last.parts) if self._last else 0
        return Position(msn, parts, before, self._next_part, self._ended)

    def report(self, uri: str) -> Report | None:
        """Describe this rendition to the others; None while it lists no part."""
        position = self.position
        if position is None or position.parts + position.parts_before == 0:
            return None
        if position.parts:
            return Report(uri, position.msn, position.parts - 1)
        return Report(uri, position.msn - 1, position.parts_before - 1)

    def open_segment(
        self, msn: int, program_date_ms: int, init: int, *, discontinuity: bool = False
    ) -> None:
        assert self._open is None, "close the open segment first"
        assert not self._ended, "the playlist has ended"
        last = self._last
        assert last is None or msn == last.msn + 1, "media sequence numbers never jump"
        has_map = last is None or discontinuity or init != last.init
        self._discontinuities += discontinuity
        self._open = _Open(
            msn=msn,
            init=init,
            has_map=has_map,
            discontinuity=discontinuity,
            first_part=self._next_part,
            start=render.segment_start(
                program_date_ms, discontinuity=discontinuity, init=init if has_map else None
            ),
        )

    def add_part(self, duration_ms: int, *, independent: bool, gap: bool = False) -> int:
        """List the next part of the open segment and return its number.

        Raises ValueError for a part that is too long for the stream's rules: the packager must
        cut it before the sample that would cross the target.
        """
        segment = self._open
        assert segment is not None, "open a segment first"
        if not 0 < duration_ms <= self._rules.part_target_ms:
            raise ValueError(
                f"a part of {duration_ms} ms does not fit a part target of {self._rules.part_target_ms} ms"
            )
        if segment.duration_ms + duration_ms >= self._rules.segment_ms_max:
            raise ValueError(
                f"segment {segment.msn} would exceed the target duration of {self._rules.target_duration_s} s"
            )
        number = self._next_part
        segment.parts.append(render.part(number, duration_ms, independent=independent, gap=gap))
        segment.duration_ms += duration_ms
        segment.gaps += gap
        self._next_part += 1
        if self._parts_listed() != self._with_parts:
            self._render_complete()
        return number

    def close_segment(self) -> Expired:
        """Complete the open segment; what it returns has left the playlist long enough ago."""
        segment = self._open
        assert segment is not None, "open a segment first"
        assert segment.parts, "a segment has one part at least"
        self._open = None
        self._end_ms += segment.duration_ms
        self._last = self._complete(segment)
        self._segments.append(self._last)
        self._remove_oldest()
        self._longest_ms = max(self._longest_ms, self._end_ms - self._segments[0].start_ms)
        self._render_complete()
        return self._expire()

    def add_gap(
        self, msn: int, program_date_ms: int, init: int, duration_ms: int, *, discontinuity: bool
    ) -> Expired:
        """List a whole segment that does not exist, so that this rendition keeps step with others."""
        self.open_segment(msn, program_date_ms, init, discontinuity=discontinuity)
        for start_ms in range(0, duration_ms, self._rules.part_target_ms):
            part_ms = min(self._rules.part_target_ms, duration_ms - start_ms)
            self.add_part(part_ms, independent=False, gap=True)
        return self.close_segment()

    def end(self) -> Expired:
        """Complete what is open and promise that nothing follows."""
        complete = self._open is not None and bool(self._open.parts)
        expired = self.close_segment() if complete else Expired()
        self._open = None
        self._ended = True
        return expired

    def text(self, *, skip: bool = False, reports: Sequence[Report] = ()) -> str:
        """Render the playlist, or with ``skip`` its delta update where the rules allow one."""
        if skip and self._skipped and not self._ended:
            old = f"#EXT-X-SKIP:SKIPPED-SEGMENTS={self._skipped}\n{self._recent_map}"
        else:
            old = self._old
        return "".join(
            (
                self._head,
                self._sequences(),
                old,
                self._recent,
                self._edge(),
                *map(render.report, reports),
            )
        )

    def _sequences(self) -> str:
        first = self._segments[0].msn if self._segments else self._open.msn if self._open else 0
        return (
            f"#EXT-X-MEDIA-SEQUENCE:{first}\n"
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{self._discontinuities_removed}\n"
        )

    def _edge(self) -> str:
        if self._ended:
            return "#EXT-X-ENDLIST\n"
        opened = self._open
        lines = opened.start + "".join(opened.parts) if opened else ""
        return lines + render.hint(self._next_part)

    def _complete(self, segment: _Open) -> _Segment:
        gap = segment.gaps == len(segment.parts)
        end = render.segment_end(segment.msn, segment.duration_ms, gap=gap)
        return _Segment(
            msn=segment.msn,
            init=segment.init,
            has_map=segment.has_map,
            discontinuity=segment.discontinuity,
            start_ms=self._end_ms - segment.duration_ms,
            end_ms=self._end_ms,
            parts=range(segment.first_part, segment.first_part + len(segment.parts)),
            with_parts=segment.start + "".join(segment.parts) + end,
            without_parts=segment.start + end,
        )

    def _remove_oldest(self) -> None:
        segments = self._segments
        while self._end_ms - segments[0].end_ms >= self._rules.window_ms:
            removed = segments.popleft()
            self._discontinuities_removed += removed.discontinuity
            self._removed.append(removed)

    def _expire(self) -> Expired:
        """Forget removed segments by rfc8216bis 6.2.2, and a margin for shared caches.

        A segment stays for its own duration and that of the longest playlist, from its first
        appearance on; counted in listed media, so that a stalled stream forgets nothing.
        """
        keep_ms = self._longest_ms + self._rules.removed_kept_ms
        expired: list[_Segment] = []
        while self._removed and self._end_ms - self._removed[0].end_ms >= keep_ms:
            expired.append(self._removed.popleft())
        if not expired:
            return Expired()
        used = {s.init for s in (*self._removed, *self._segments)}
        inits = dict.fromkeys(s.init for s in expired if s.init not in used)
        parts = range(expired[0].parts.start, expired[-1].parts.stop)
        return Expired(tuple(s.msn for s in expired), parts, tuple(inits))

    def _parts_listed(self) -> int:
        """How many complete segments at the end still list their parts."""
        end_ms = self._end_ms + (self._open.duration_ms if self._open else 0)
        count = 0
        for segment in reversed(self._segments):
            if count == PARTS_LISTED_SEGMENTS:
                break
            if end_ms - segment.start_ms > self._rules.parts_listed_ms:
                break
            count += 1
        return count

    def _render_complete(self) -> None:
        """Join the lines of complete segments once, for every text until the next one is complete."""
        segments = list(self._segments)
        self._skipped = sum(self._end_ms - s.end_ms >= self._rules.skip_until_ms for s in segments)
        self._with_parts = self._parts_listed()
        bare = len(segments) - self._with_parts
        lines = [s.without_parts for s in segments[:bare]]
        lines += [s.with_parts for s in segments[bare:]]
        self._recent_map = _map_before(segments[self._skipped])
        self._old = _map_before(segments[0]) + "".join(lines[: self._skipped])
        self._recent = "".join(lines[self._skipped :])


def _map_before(segment: _Segment) -> str:
    return "" if segment.has_map else render.init_map(segment.init)
