"""Rules that a single media playlist can break."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from manycast.hls.parse import MediaPlaylist, Segment


Finding = tuple[str, str]
"""A rule's short name, and what is wrong."""

PART_FILL_MIN = 0.85
DATE_DRIFT_MS_MAX = 100
"""A step in PROGRAM-DATE-TIME that a viewer's clock shows as a jump."""
DATE_OVERLAP_MS_MAX = 1000
"""rfc8216bis 6.2.1 allows sub-second overlaps where an encoder's clock drifts."""


def check_playlist(playlist: MediaPlaylist) -> Iterator[Finding]:
    for rule in _RULES:
        yield from rule(playlist)


def all_segments(playlist: MediaPlaylist) -> tuple[Segment, ...]:
    """Complete segments and the open one."""
    return (*playlist.segments, playlist.open) if playlist.open else playlist.segments


def _version(playlist: MediaPlaylist) -> Iterator[Finding]:
    needs = {"EXTINF with fractions": 3}
    if any(s.init_uri for s in all_segments(playlist)):
        needs["EXT-X-MAP"] = 6
    if any(s.gap for s in playlist.segments):
        needs["EXT-X-GAP"] = 8
    if playlist.hold_back_ms is not None:
        needs["HOLD-BACK in AVPlayer"] = 9
    if playlist.skipped:
        needs["EXT-X-SKIP"] = 9
    for tag, version in needs.items():
        if playlist.version < version:
            yield "version", f"{tag} needs version {version}, not {playlist.version}"


def _durations(playlist: MediaPlaylist) -> Iterator[Finding]:
    for segment in playlist.segments:
        if (segment.duration_ms + 500) // 1000 > playlist.target_duration_s:
            yield "target-duration", f"segment {segment.msn} lasts {segment.duration_ms} ms"
        total_ms = sum(part.duration_ms for part in segment.parts)
        # Each number may be half a millisecond off after rounding.
        if segment.parts and abs(total_ms - segment.duration_ms) > (len(segment.parts) + 1) / 2:
            yield (
                "part-sum",
                f"segment {segment.msn}: parts last {total_ms} ms, EXTINF {segment.duration_ms}",
            )


def _part_durations(playlist: MediaPlaylist) -> Iterator[Finding]:
    target_ms = playlist.part_target_ms
    if target_ms is None:
        return
    for segment in all_segments(playlist):
        for part in segment.parts:
            if part.duration_ms > target_ms:
                yield "part-target", f"{part.uri} lasts {part.duration_ms} ms"
        for part, following in pairwise(segment.parts):
            excused = part.independent or part.gap or following.gap
            if part.duration_ms < PART_FILL_MIN * target_ms and not excused:
                yield "part-fill", f"{part.uri} lasts only {part.duration_ms} ms"


def _server_control(playlist: MediaPlaylist) -> Iterator[Finding]:
    target_ms = 1000 * playlist.target_duration_s
    if playlist.hold_back_ms is not None and playlist.hold_back_ms < 3 * target_ms:
        yield "hold-back", f"HOLD-BACK is {playlist.hold_back_ms} ms"
    if playlist.skip_until_ms is not None and playlist.skip_until_ms < 6 * target_ms:
        yield "skip-until", f"CAN-SKIP-UNTIL is {playlist.skip_until_ms} ms"
    if playlist.part_target_ms is None:
        if any(s.parts for s in all_segments(playlist)):
            yield "part-inf", "parts without EXT-X-PART-INF"
        return
    if not playlist.can_block_reload:
        yield "block-reload", "parts without CAN-BLOCK-RELOAD"
    hold_back_ms = playlist.part_hold_back_ms or 0
    if hold_back_ms < 3 * playlist.part_target_ms:
        yield "part-hold-back", f"PART-HOLD-BACK is {hold_back_ms} ms"


def _hints(playlist: MediaPlaylist) -> Iterator[Finding]:
    live = playlist.part_target_ms is not None and not playlist.ended
    if len(playlist.hints) != live:
        yield "hint", f"{len(playlist.hints)} hinted parts, should be {int(live)}"


def _gaps(playlist: MediaPlaylist) -> Iterator[Finding]:
    for segment in playlist.segments:
        if segment.parts and segment.gap != all(part.gap for part in segment.parts):
            yield "gap", f"segment {segment.msn} and its parts disagree on being a gap"


def _maps(playlist: MediaPlaylist) -> Iterator[Finding]:
    for segment in all_segments(playlist):
        if segment.init_uri is None:
            yield "map", f"no EXT-X-MAP applies to segment {segment.msn}"
        elif segment.discontinuity and not segment.map_stated:
            yield "map", f"segment {segment.msn} begins a discontinuity without an EXT-X-MAP"


def _dates(playlist: MediaPlaylist) -> Iterator[Finding]:
    for segment in all_segments(playlist):
        if segment.program_date_ms is None:
            yield "program-date", f"segment {segment.msn} has no EXT-X-PROGRAM-DATE-TIME"
    for before, after in pairwise(all_segments(playlist)):
        if before.program_date_ms is None or after.program_date_ms is None:
            continue
        step_ms = after.program_date_ms - before.program_date_ms - before.duration_ms
        if after.discontinuity:
            if step_ms <= -DATE_OVERLAP_MS_MAX:
                yield "program-date", f"segment {after.msn} begins {-step_ms} ms in the past"
        elif abs(step_ms) > DATE_DRIFT_MS_MAX:
            yield "program-date", f"segment {after.msn} begins {step_ms} ms off"


def _independence(playlist: MediaPlaylist) -> Iterator[Finding]:
    if not playlist.independent_segments:
        return
    for segment in all_segments(playlist):
        if segment.parts and not (segment.parts[0].independent or segment.parts[0].gap):
            yield "independent", f"the first part of segment {segment.msn} is not INDEPENDENT"


def _parts_listed(playlist: MediaPlaylist) -> Iterator[Finding]:
    """Parts leave after three target durations; the newest complete segment still has its own."""
    distance_ms = 0
    for segment in reversed(all_segments(playlist)):
        for part in reversed(segment.parts):
            if distance_ms > 3000 * playlist.target_duration_s:
                yield "parts-removed", f"{part.uri} is {distance_ms} ms from the end"
            distance_ms += part.duration_ms
        distance_ms += 0 if segment.parts else segment.duration_ms
    low_latency = playlist.part_target_ms is not None and not playlist.ended
    if low_latency and playlist.segments and not playlist.segments[-1].parts:
        yield "parts-listed", f"segment {playlist.segments[-1].msn} has lost its parts already"


def _skip(playlist: MediaPlaylist) -> Iterator[Finding]:
    if not playlist.skipped:
        return
    kept_ms = sum(segment.duration_ms for segment in playlist.segments)
    if playlist.skip_until_ms is None:
        yield "skip-boundary", "EXT-X-SKIP without CAN-SKIP-UNTIL"
    elif kept_ms < playlist.skip_until_ms:
        yield "skip-boundary", f"only {kept_ms} ms remain after EXT-X-SKIP"
    if playlist.ended:
        yield "skip-boundary", "EXT-X-SKIP in an ended playlist"


_RULES: tuple[Callable[[MediaPlaylist], Iterator[Finding]], ...] = (
    _version,
    _durations,
    _part_durations,
    _server_control,
    _hints,
    _gaps,
    _maps,
    _dates,
    _independence,
    _parts_listed,
    _skip,
)
