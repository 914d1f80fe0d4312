"""A rendition's playlists as a swarm of viewers sees them: each text is parsed once for all."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urljoin

from manycast.hls.parse import MediaPlaylist, Part, PlaylistError, Segment, parse_media


WHOLE = -1
"""Part number that stands for a whole segment."""
Key = tuple[int, int]
"""Media sequence number and part number."""
NEAR_S = 0.05
"""Two ends this close are the same: durations are rounded, and no part is that short."""
KEPT_SEGMENTS = 8
"""Segments remembered after they left the playlist, for viewers that hold an older moment."""


@dataclass(slots=True, eq=False)
class Piece:
    """A part or a whole segment, shared by every viewer. Times are in seconds since 1970 UTC."""

    url: str
    msn: int
    part: int
    start_s: float
    duration_s: float
    init: str | None
    independent: bool
    gap: bool
    first_seen_s: float
    """When the first viewer learned of it."""

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s

    @property
    def after(self) -> Key:
        """Where the media goes on; a part that does not exist is part 0 of the next segment."""
        return (self.msn + 1, 0) if self.part == WHOLE else (self.msn, self.part + 1)


class Moment:
    """One state of the playlist, with everything that viewers derive from it."""

    def __init__(self, timeline: "Timeline", playlist: MediaPlaylist) -> None:
        self._timeline = timeline
        self._playlist = playlist
        self._blocking_urls: dict[int, str] = {}
        self.ended = playlist.ended
        self.first_msn = playlist.media_sequence
        self.next_msn = playlist.next_msn
        self.last: Key = (playlist.next_msn, playlist.next_part)
        """The part that comes after all listed ones; it only grows from moment to moment."""
        self.target_s = float(playlist.target_duration_s)
        self.can_block = playlist.can_block_reload
        self.part_s = (playlist.part_target_ms or 0) / 1000
        self.blocking_timeout_s = max(3 * self.part_s, 0.8 * self.target_s)
        self.hint = urljoin(timeline.url, playlist.hints[0]) if playlist.hints else None
        listed = (*playlist.segments, *((playlist.open,) if playlist.open else ()))
        self._part_counts = {segment.msn: len(segment.parts) for segment in listed}

    @property
    def hold_back_s(self) -> float:
        """How far from the edge hls.js starts: PART-HOLD-BACK, or three segments."""
        stated = self._playlist.part_hold_back_ms or self._playlist.hold_back_ms
        return stated / 1000 if stated else 3 * self.target_s

    @property
    def reload_s(self) -> float:
        """How long a player that cannot block waits for the next segment."""
        segments = self._playlist.segments
        return min(self.target_s, segments[-1].duration_ms / 1000 if segments else self.target_s)

    @cached_property
    def plain_url(self) -> str:
        """A reload without directives, but with a delta update where the server offers it."""
        return self._url(["_HLS_skip=YES"] if self._playlist.skip_until_ms else [])

    def blocking_url(self, age_s: int) -> str:
        """The reload that is answered when the next part exists.

        A reply that lay in caches for ``age_s`` asks for as many parts more (CDN tune-in).
        """
        url = self._blocking_urls.get(age_s)
        if url is None:
            url = self._blocking_urls[age_s] = self._url(self._directives(age_s))
        return url

    def _directives(self, age_s: int) -> list[str]:
        msn, part = self.last
        goal = min(age_s - self.part_s, 1.5 * self.target_s)
        skip = ["_HLS_skip=YES"] if self._playlist.skip_until_ms else []
        if age_s > 3 * self.target_s:
            return skip
        if goal > 0:
            msn += int(goal // self.target_s)
            part += round(goal % self.target_s / self.part_s) if self.part_s else 0
        return [f"_HLS_msn={msn}", *([f"_HLS_part={part}"] if self.part_s else []), *skip]

    def _url(self, directives: list[str]) -> str:
        url = self._timeline.url
        return f"{url}{'&' if '?' in url else '?'}{'&'.join(directives)}" if directives else url

    def find(self, wanted: Key, buffered_to_s: float | None) -> Piece | None:
        """What to fetch to go on at ``wanted``: a part while it is listed, else the whole segment.

        ``buffered_to_s`` tells whether a segment whose parts are no longer listed is there already.
        """
        msn, part = wanted
        if msn == self.next_msn:
            return self._timeline.parts.get(wanted) if wanted < self.last else None
        if not self.first_msn <= msn < self.next_msn:
            return None
        count = self._part_counts.get(msn, 0)
        if part < count:
            return self._timeline.parts.get(wanted)
        whole = self._timeline.segments.get(msn)
        there = whole and buffered_to_s is not None and whole.end_s - buffered_to_s < NEAR_S
        return self.find((msn + 1, 0), buffered_to_s) if part and (count or there) else whole

    @cached_property
    def start(self) -> tuple[Piece, float] | None:
        """Where a player joins: an independent piece, and the seconds of media before its playhead."""
        if self.first_msn == self.next_msn:
            return None  # like hls.js, which cannot start before one segment is complete
        distance, best = 0.0, None
        for piece in self._backwards():
            distance += piece.duration_s
            if piece.independent and not piece.gap:
                best = piece, max(0.0, distance - self.hold_back_s)
                if distance >= self.hold_back_s:
                    break
        return best

    def _backwards(self) -> Iterator[Piece]:
        """Every piece from the live edge back: parts where they are listed, else segments."""
        timeline = self._timeline
        for msn in range(self.next_msn, self.first_msn - 1, -1):
            count = self._part_counts.get(msn, 0)
            for part in reversed(range(count)):
                yield timeline.parts[msn, part]
            if not count and msn < self.next_msn:
                yield timeline.segments[msn]


class Timeline:
    """All that any viewer has learned of one rendition."""

    def __init__(self, url: str, moments_max: int) -> None:
        self.url = url
        self.parts: dict[Key, Piece] = {}
        self.segments: dict[int, Piece] = {}
        self._moments: dict[str, tuple[bytes, Moment]] = {}
        self._moments_max = moments_max

    def read(self, url: str, body: bytes, now: float) -> Moment:
        """The moment that reply ``body`` to ``url`` describes.

        Raises PlaylistError, also for a delta update that skips what no viewer knows.
        """
        known = self._moments.get(url)
        if known is not None and known[0] == body:
            return known[1]
        playlist = parse_media(body.decode("utf-8", "replace"))
        self._learn(playlist, now)
        moment = Moment(self, playlist)
        self._moments.pop(url, None)
        self._moments[url] = body, moment
        if len(self._moments) > self._moments_max:
            del self._moments[next(iter(self._moments))]
        return moment

    def _learn(self, playlist: MediaPlaylist, now: float) -> None:
        first = playlist.media_sequence
        for msn in range(first, first + playlist.skipped):
            if msn not in self.segments:
                raise PlaylistError(f"the delta update skips segment {msn}, which was never listed")
        before = self.segments.get(first + playlist.skipped - 1)
        for segment in playlist.segments:
            before = self._learn_segment(segment, before, now)
        if playlist.open and playlist.open.parts:
            self._learn_segment(playlist.open, before, now)
        self._forget(first)

    def _learn_segment(self, segment: Segment, before: Piece | None, now: float) -> Piece:
        if segment.program_date_ms is not None:
            start_s = segment.program_date_ms / 1000
        elif before:
            start_s = before.end_s
        else:
            raise PlaylistError("no EXT-X-PROGRAM-DATE-TIME: delays cannot be measured")
        init = segment.init_uri or (before and before.init)
        whole = Piece(
            url=urljoin(self.url, segment.uri),
            msn=segment.msn,
            part=WHOLE,
            start_s=start_s,
            duration_s=segment.duration_ms / 1000,
            init=urljoin(self.url, init) if init else None,
            independent=True,
            gap=segment.gap,
            first_seen_s=now,
        )
        for number, part in enumerate(segment.parts):
            self._learn_part(whole, number, part, start_s)
            start_s += part.duration_ms / 1000
        if segment.uri:
            whole = self.segments.setdefault(segment.msn, whole)
        return whole

    def _learn_part(self, whole: Piece, number: int, part: Part, start_s: float) -> None:
        key = whole.msn, number
        url = urljoin(self.url, part.uri)
        known = self.parts.get(key)
        if known is None or known.url != url:
            self.parts[key] = replace(
                whole,
                url=url,
                part=number,
                start_s=start_s,
                duration_s=part.duration_ms / 1000,
                independent=part.independent,
                gap=part.gap,
            )

    def _forget(self, first_msn: int) -> None:
        """Drop what left the playlist, a little later: slow viewers hold older moments."""
        keep_from = first_msn - KEPT_SEGMENTS
        for msn in [msn for msn in self.segments if msn < keep_from]:
            del self.segments[msn]
        for key in [key for key in self.parts if key[0] < keep_from]:
            del self.parts[key]
