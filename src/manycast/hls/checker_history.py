"""Rules that one rendition breaks over time: what was listed once never changes."""

from collections.abc import Iterator
from dataclasses import dataclass

from manycast.hls.checker_playlist import Finding, all_segments
from manycast.hls.parse import MediaPlaylist, Part, Segment


Edge = tuple[int, int]
"""Media sequence number and part index of the first thing that is not listed yet."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What every playlist with the same live edge has in common, whole or delta update."""

    media_sequence: int
    discontinuity_sequence: int
    hints: tuple[str, ...]
    ended: bool


class History:
    """Everything known of one rendition. Playlists may arrive late, from a cache."""

    def __init__(self) -> None:
        self.segments: dict[int, Segment] = {}
        """The fullest version seen of each, by media sequence number."""
        self.discontinuities: dict[int, int] = {}
        """Discontinuity Sequence Number of each segment."""
        self.edge: Edge = (0, 0)
        self.ended = False
        self._fixed: tuple[object, ...] | None = None
        self._names: dict[str, tuple[int, int]] = {}
        self._hints: dict[Edge, str] = {}
        self._snapshots: dict[Edge, _Snapshot] = {}
        self._newest: _Snapshot | None = None
        self._first_msn: int | None = None

    def add(self, playlist: MediaPlaylist) -> Iterator[Finding]:
        edge = (playlist.next_msn, playlist.next_part)
        yield from self._check_fixed(playlist)
        yield from self._check_sequences(playlist, edge)
        yield from self._check_window(playlist)
        yield from self._check_skipped(playlist)
        yield from self._check_discontinuities(playlist)
        for segment in all_segments(playlist):
            yield from self._check_segment(segment)
            yield from self._check_names(segment)
            self._learn(segment)
        yield from self._check_hints(playlist, edge)
        self.edge = max(self.edge, edge)
        self.ended = self.ended or playlist.ended

    def _check_fixed(self, playlist: MediaPlaylist) -> Iterator[Finding]:
        fixed = fixed_values(playlist)
        if self._fixed is not None and fixed != self._fixed:
            yield "immutable", f"target durations or hold-backs went from {self._fixed} to {fixed}"
        self._fixed = fixed

    def _check_sequences(self, playlist: MediaPlaylist, edge: Edge) -> Iterator[Finding]:
        """Hold two playlists of the same edge, and the newest of all, against this one."""
        now = _Snapshot(
            playlist.media_sequence,
            playlist.discontinuity_sequence,
            playlist.hints,
            playlist.ended,
        )
        twin = self._snapshots.setdefault(edge, now)
        if twin.ended == now.ended and twin != now:
            yield "delta", f"two playlists ending at {edge} differ: {twin} and {now}"
        self._snapshots[edge] = now
        if self._newest is None or edge >= self.edge:
            newest, self._newest = self._newest or now, now
            if now.media_sequence < newest.media_sequence:
                yield "media-sequence", f"went back to {now.media_sequence}"
            if now.discontinuity_sequence < newest.discontinuity_sequence:
                yield "discontinuity-sequence", f"went back to {now.discontinuity_sequence}"
        if self.ended and edge > self.edge:
            yield "ended", f"the playlist went on to {edge} after EXT-X-ENDLIST"

    def _check_window(self, playlist: MediaPlaylist) -> Iterator[Finding]:
        first = playlist.media_sequence
        if self._first_msn is not None:
            first = min(first, self._first_msn)
        self._first_msn = first
        if playlist.skipped or playlist.ended or playlist.media_sequence == first:
            return
        listed_ms = sum(segment.duration_ms for segment in playlist.segments)
        if listed_ms < 3000 * playlist.target_duration_s:
            yield "window", f"segments were removed although only {listed_ms} ms remain"

    def _check_skipped(self, playlist: MediaPlaylist) -> Iterator[Finding]:
        """A delta update may only skip what an earlier playlist told."""
        if not self.segments:
            return
        oldest = max(playlist.media_sequence, min(self.segments))
        for msn in range(oldest, playlist.media_sequence + playlist.skipped):
            if msn not in self.segments or not self.segments[msn].uri:
                yield "delta", f"segment {msn} is skipped but was never listed"

    def _check_discontinuities(self, playlist: MediaPlaylist) -> Iterator[Finding]:
        number = playlist.discontinuity_sequence
        for msn in range(playlist.media_sequence, playlist.media_sequence + playlist.skipped):
            number += msn in self.segments and self.segments[msn].discontinuity
        for segment in all_segments(playlist):
            number += segment.discontinuity
            known = self.discontinuities.setdefault(segment.msn, number)
            if known != number:
                yield (
                    "discontinuity-sequence",
                    f"segment {segment.msn} went from {known} to {number}",
                )

    def _check_segment(self, segment: Segment) -> Iterator[Finding]:
        known = self.segments.get(segment.msn)
        if known is None:
            return
        if _start(known) != _start(segment):
            yield "segment-changed", f"segment {segment.msn} began as {_start(known)}"
        if known.uri and segment.uri and _end(known) != _end(segment):
            yield "segment-changed", f"segment {segment.msn} was {_end(known)}"
        for before, now in zip(known.parts, segment.parts, strict=False):
            if before != now:
                yield "segment-changed", f"{before.uri} of segment {segment.msn} changed"
        longest = max(len(s.parts) for s in (known, segment))
        if any(s.uri and s.parts and len(s.parts) < longest for s in (known, segment)):
            yield "segment-changed", f"segment {segment.msn} changed its number of parts"

    def _check_names(self, segment: Segment) -> Iterator[Finding]:
        names = [(part.uri, index) for index, part in enumerate(segment.parts)]
        if segment.uri:
            names.append((segment.uri, -1))
        for uri, index in names:
            known = self._names.setdefault(uri, (segment.msn, index))
            if known != (segment.msn, index):
                yield "name-reused", f"{uri} named {known} and now {(segment.msn, index)}"

    def _learn(self, segment: Segment) -> None:
        known = self.segments.get(segment.msn)
        if known is None or (bool(segment.uri), len(segment.parts)) >= (
            bool(known.uri),
            len(known.parts),
        ):
            self.segments[segment.msn] = segment

    def _check_hints(self, playlist: MediaPlaylist, edge: Edge) -> Iterator[Finding]:
        """A hinted part becomes the next one, at the hinted place or first in the next segment."""
        for segment in all_segments(playlist):
            for index, part in enumerate(segment.parts):
                yield from self._check_hint((segment.msn, index), part)
            before = self.segments.get(segment.msn - 1)
            if before and before.uri and before.parts and segment.parts:
                yield from self._check_hint((before.msn, len(before.parts)), segment.parts[0])
        if playlist.hints:
            self._hints.setdefault(edge, playlist.hints[0])

    def _check_hint(self, place: Edge, part: Part) -> Iterator[Finding]:
        hinted = self._hints.pop(place, part.uri)
        if hinted != part.uri:
            yield "hint", f"{hinted} was hinted, but {part.uri} came"


def fixed_values(playlist: MediaPlaylist) -> tuple[object, ...]:
    """What never changes in a stream and is equal in all its renditions."""
    return (
        playlist.target_duration_s,
        playlist.part_target_ms,
        playlist.part_hold_back_ms,
        playlist.hold_back_ms,
        playlist.skip_until_ms,
        playlist.can_block_reload,
    )


def _start(segment: Segment) -> tuple[object, ...]:
    return segment.program_date_ms, segment.discontinuity, segment.init_uri


def _end(segment: Segment) -> tuple[object, ...]:
    return segment.uri, segment.duration_ms, segment.gap
