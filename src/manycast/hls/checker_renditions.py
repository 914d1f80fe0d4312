"""Rules between the renditions of one stream: players switch among them without asking."""

from collections.abc import Iterator
from urllib.parse import urljoin

from manycast.hls.checker_history import History, fixed_values
from manycast.hls.checker_playlist import Finding, all_segments
from manycast.hls.parse import MediaPlaylist, MultivariantPlaylist
from manycast.hls.render import Report


BOUNDARY_MS_MAX = 50
"""Segments of two renditions begin at the same frame, give or take rounding and frame rates."""
REPORT_LAG_SEGMENTS_MAX = 1


class Renditions:
    """Compares each playlist with what is known of the others."""

    def __init__(self) -> None:
        self._histories: dict[str, History] = {}
        self._announced: set[str] = set()
        self._fixed: tuple[object, ...] | None = None

    def announce(self, url: str, playlist: MultivariantPlaylist) -> Iterator[Finding]:
        self._announced |= {urljoin(url, variant.uri) for variant in playlist.variants}
        for variant in playlist.variants:
            if not 0 < variant.average_bandwidth_bps <= variant.bandwidth_bps:
                yield "variant", f"{variant.uri}: AVERAGE-BANDWIDTH must be 1 to BANDWIDTH"
            if not all(variant.codecs):
                yield "variant", f"{variant.uri}: players choose by CODECS, and there are none"
            if not variant.width or not variant.height:
                yield "variant", f"{variant.uri}: a variant with video states its RESOLUTION"

    def add(self, url: str, playlist: MediaPlaylist, history: History) -> Iterator[Finding]:
        self._histories[url] = history
        yield from self._check_fixed(playlist)
        yield from self._check_boundaries(url, playlist)
        yield from self._check_reports(url, playlist)

    def _check_fixed(self, playlist: MediaPlaylist) -> Iterator[Finding]:
        fixed = fixed_values(playlist)
        self._fixed = self._fixed or fixed
        if fixed != self._fixed:
            yield "renditions-differ", f"another rendition has {self._fixed}, this one {fixed}"

    def _others(self, url: str) -> dict[str, History]:
        return {other: history for other, history in self._histories.items() if other != url}

    def _check_boundaries(self, url: str, playlist: MediaPlaylist) -> Iterator[Finding]:
        own = self._histories[url]
        for other in self._others(url).values():
            for segment in all_segments(playlist):
                twin = other.segments.get(segment.msn)
                if twin is None:
                    continue
                if other.discontinuities[segment.msn] != own.discontinuities[segment.msn]:
                    yield "renditions-discontinuity", f"segment {segment.msn} differs"
                if _apart(segment.program_date_ms, twin.program_date_ms):
                    yield "renditions-boundary", f"segment {segment.msn} begins elsewhere"
                if segment.uri and twin.uri and _apart(segment.duration_ms, twin.duration_ms):
                    yield "renditions-boundary", f"segment {segment.msn} ends elsewhere"

    def _check_reports(self, url: str, playlist: MediaPlaylist) -> Iterator[Finding]:
        if playlist.part_target_ms is None or playlist.ended:
            return
        reports = {urljoin(url, report.uri): report for report in playlist.reports}
        if len(reports) != len(playlist.reports) or url in reports:
            yield "report", "a rendition is reported twice, or the playlist reports itself"
        for other, history in self._others(url).items():
            if other in reports:
                yield from _check_report(reports[other], playlist, history)
            elif not history.ended:
                yield "report", f"no EXT-X-RENDITION-REPORT for {other}"
        for other in reports.keys() - self._histories.keys() - self._announced:
            if self._announced:
                yield "report", f"{other} is reported but is no rendition of this stream"


def _check_report(report: Report, playlist: MediaPlaylist, other: History) -> Iterator[Finding]:
    """As new as the playlist that carries it, as far as the other rendition went at all."""
    newest = min(_last_msn(playlist.next_msn, playlist.next_part), _last_msn(*other.edge))
    if report.last_msn < newest - REPORT_LAG_SEGMENTS_MAX:
        yield "report", f"{report.uri} is at {newest}, reported at {report.last_msn}"
    segment = other.segments.get(report.last_msn)
    if segment and segment.uri and segment.parts and report.last_part >= len(segment.parts):
        yield "report", f"{report.uri} has no part {report.last_part} in {report.last_msn}"


def _last_msn(next_msn: int, next_part: int) -> int:
    return next_msn if next_part else next_msn - 1


def _apart(one_ms: int | None, other_ms: int | None) -> bool:
    return None not in (one_ms, other_ms) and abs((one_ms or 0) - (other_ms or 0)) > BOUNDARY_MS_MAX
