"""Reads playlists of our kind back into values: for viewers, edges and the checker."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from manycast.hls.multivariant import Variant
from manycast.hls.render import Report


SKIPPED_MAX = 100_000
"""Two days of two-second segments: whoever merges a delta update counts up to this."""
PLAYLISTS_CACHED = 256
"""Viewers in one process read the same text, and a playlist repeats most lines of the last one."""
LINES_CACHED = 4096
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')


class PlaylistError(ValueError):
    """The server's fault: the text is no playlist that a player could follow."""


@dataclass(frozen=True, slots=True)
class Part:
    """One partial segment."""

    uri: str
    duration_ms: int
    independent: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """One media segment; the open one has no ``uri`` and no ``duration_ms`` yet."""

    msn: int
    uri: str
    duration_ms: int
    parts: tuple[Part, ...] = ()
    init_uri: str | None = None
    """From the MAP that applies, be it stated here or before."""
    map_stated: bool = False
    program_date_ms: int | None = None
    discontinuity: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """A media playlist or, when ``skipped`` is not 0, a delta update of one."""

    version: int
    target_duration_s: int
    media_sequence: int
    discontinuity_sequence: int
    segments: tuple[Segment, ...]
    """Complete segments that are listed."""
    open: Segment | None = None
    """The segment in progress, when anything is known of it."""
    part_target_ms: int | None = None
    part_hold_back_ms: int | None = None
    hold_back_ms: int | None = None
    skip_until_ms: int | None = None
    can_block_reload: bool = False
    independent_segments: bool = False
    skipped: int = 0
    hints: tuple[str, ...] = ()
    """URIs of hinted parts."""
    reports: tuple[Report, ...] = ()
    ended: bool = False

    @property
    def next_msn(self) -> int:
        """Of the segment in progress, or of the next one."""
        return self.media_sequence + self.skipped + len(self.segments)

    @property
    def next_part(self) -> int:
        """Index of the next part within segment ``next_msn``."""
        return len(self.open.parts) if self.open else 0


@dataclass(frozen=True, slots=True)
class MultivariantPlaylist:
    """Every rendition of a stream."""

    variants: tuple[Variant, ...]
    version: int = 1
    independent_segments: bool = False


@lru_cache(maxsize=PLAYLISTS_CACHED)
def parse_media(text: str) -> MediaPlaylist:
    """Read a media playlist; unknown tags are ignored as RFC 8216 asks.

    Raises PlaylistError naming the line.
    """
    reader = _MediaReader()
    _read(text, reader.line)
    return reader.playlist()


def parse_multivariant(text: str) -> MultivariantPlaylist:
    """Read a multivariant playlist. Raises PlaylistError naming the line."""
    reader = _MultivariantReader()
    _read(text, reader.line)
    if not reader.variants:
        raise PlaylistError("no EXT-X-STREAM-INF: this is no multivariant playlist")
    return MultivariantPlaylist(tuple(reader.variants), reader.version, reader.independent)


def attributes(text: str) -> dict[str, str]:
    """Split an attribute list; quotes are taken off."""
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(text)}


def milliseconds(text: str) -> int:
    return round(float(text) * 1000)


def _read(text: str, consume: Callable[[str], None]) -> None:
    lines = text.splitlines()
    if not lines or lines[0] != "#EXTM3U":
        raise PlaylistError("line 1: a playlist begins with #EXTM3U")
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            consume(line)
        except KeyError as error:
            raise PlaylistError(f"line {number}: attribute {error} is missing") from error
        except (ValueError, OverflowError) as error:
            raise PlaylistError(f"line {number}: {error}") from error


@lru_cache(maxsize=LINES_CACHED)
def _part(value: str) -> Part:
    given = attributes(value)
    return Part(
        uri=given["URI"],
        duration_ms=milliseconds(given["DURATION"]),
        independent=given.get("INDEPENDENT") == "YES",
        gap=given.get("GAP") == "YES",
    )


@lru_cache(maxsize=LINES_CACHED)
def _wall_ms(value: str) -> int:
    date = datetime.fromisoformat(value)
    since = date.replace(tzinfo=date.tzinfo or UTC) - _EPOCH
    return since // timedelta(milliseconds=1)


class _MultivariantReader:
    def __init__(self) -> None:
        self.variants: list[Variant] = []
        self.version = 1
        self.independent = False
        self._pending: dict[str, str] | None = None

    def line(self, line: str) -> None:
        tag, _, value = line.partition(":")
        if tag == "#EXT-X-STREAM-INF":
            self._pending = attributes(value)
        elif tag == "#EXT-X-VERSION":
            self.version = int(value)
        elif tag == "#EXT-X-INDEPENDENT-SEGMENTS":
            self.independent = True
        elif not line.startswith("#"):
            self.variants.append(self._variant(line))

    def _variant(self, uri: str) -> Variant:
        given, self._pending = self._pending, None
        if given is None:
            raise ValueError("a URI without EXT-X-STREAM-INF")
        width, _, height = given.get("RESOLUTION", "0x0").partition("x")
        peak = int(given["BANDWIDTH"])
        return Variant(
            uri=uri,
            bandwidth_bps=peak,
            average_bandwidth_bps=int(given.get("AVERAGE-BANDWIDTH", peak)),
            codecs=tuple(given.get("CODECS", "").split(",")),
            width=int(width),
            height=int(height),
            frame_rate=float(given["FRAME-RATE"]) if "FRAME-RATE" in given else None,
        )


class _MediaReader:
    """Collects the fields of a playlist line by line; a segment ends at its URI."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._control: dict[str, str] = {}
        self._part_target_ms: int | None = None
        self._flags: set[str] = set()
        self._skipped = 0
        self._segments: list[Segment] = []
        self._hints: list[str] = []
        self._reports: list[Report] = []
        self._parts: list[Part] = []
        self._init_uri: str | None = None
        self._begin_segment()

    def _begin_segment(self) -> None:
        self._parts = []
        self._map_stated = self._discontinuity = self._gap = False
        self._program_date_ms: int | None = None
        self._duration_ms: int | None = None

    def line(self, line: str) -> None:
        if not line.startswith("#"):
            self._uri(line)
            return
        tag, _, value = line.partition(":")
        if tag in _NUMBERS:
            self._numbers[tag] = int(value)
        elif tag in _READERS:
            _READERS[tag](self, value)
        else:
            self._flags.add(tag)

    def part(self, value: str) -> None:
        self._parts.append(_part(value))

    def extinf(self, value: str) -> None:
        self._duration_ms = milliseconds(value.partition(",")[0])

    def map(self, value: str) -> None:
        self._init_uri, self._map_stated = attributes(value)["URI"], True

    def program_date(self, value: str) -> None:
        self._program_date_ms = _wall_ms(value)

    def discontinuity(self, _value: str) -> None:
        self._discontinuity = True

    def gap(self, _value: str) -> None:
        self._gap = True

    def skip(self, value: str) -> None:
        self._skipped = int(attributes(value)["SKIPPED-SEGMENTS"])
        if not 0 < self._skipped <= SKIPPED_MAX:
            raise ValueError(f"cannot skip {self._skipped} segments")

    def hint(self, value: str) -> None:
        given = attributes(value)
        if given["TYPE"] == "PART":
            self._hints.append(given["URI"])

    def report(self, value: str) -> None:
        given = attributes(value)
        self._reports.append(
            Report(given["URI"], int(given["LAST-MSN"]), int(given.get("LAST-PART", -1)))
        )

    def part_inf(self, value: str) -> None:
        self._part_target_ms = milliseconds(attributes(value)["PART-TARGET"])

    def server_control(self, value: str) -> None:
        self._control = attributes(value)

    def _uri(self, uri: str) -> None:
        if self._duration_ms is None:
            raise ValueError("a segment without EXTINF")
        self._segments.append(self._segment(uri, self._duration_ms))
        self._begin_segment()

    def _segment(self, uri: str, duration_ms: int) -> Segment:
        first = self._numbers.get("#EXT-X-MEDIA-SEQUENCE", 0) + self._skipped
        return Segment(
            msn=first + len(self._segments),
            uri=uri,
            duration_ms=duration_ms,
            parts=tuple(self._parts),
            init_uri=self._init_uri,
            map_stated=self._map_stated,
            program_date_ms=self._program_date_ms,
            discontinuity=self._discontinuity,
            gap=self._gap,
        )

    def _control_ms(self, name: str) -> int | None:
        return milliseconds(self._control[name]) if name in self._control else None

    def playlist(self) -> MediaPlaylist:
        if "#EXT-X-TARGETDURATION" not in self._numbers:
            raise PlaylistError("no EXT-X-TARGETDURATION: this is no media playlist")
        begun = self._parts or self._program_date_ms is not None
        return MediaPlaylist(
            version=self._numbers.get("#EXT-X-VERSION", 1),
            target_duration_s=self._numbers["#EXT-X-TARGETDURATION"],
            media_sequence=self._numbers.get("#EXT-X-MEDIA-SEQUENCE", 0),
            discontinuity_sequence=self._numbers.get("#EXT-X-DISCONTINUITY-SEQUENCE", 0),
            segments=tuple(self._segments),
            open=self._segment("", 0) if begun or self._discontinuity else None,
            part_target_ms=self._part_target_ms,
            part_hold_back_ms=self._control_ms("PART-HOLD-BACK"),
            hold_back_ms=self._control_ms("HOLD-BACK"),
            skip_until_ms=self._control_ms("CAN-SKIP-UNTIL"),
            can_block_reload=self._control.get("CAN-BLOCK-RELOAD") == "YES",
            independent_segments="#EXT-X-INDEPENDENT-SEGMENTS" in self._flags,
            skipped=self._skipped,
            hints=tuple(self._hints),
            reports=tuple(self._reports),
            ended="#EXT-X-ENDLIST" in self._flags,
        )


_NUMBERS = {
    "#EXT-X-VERSION",
    "#EXT-X-TARGETDURATION",
    "#EXT-X-MEDIA-SEQUENCE",
    "#EXT-X-DISCONTINUITY-SEQUENCE",
}
_READERS: dict[str, Callable[[_MediaReader, str], None]] = {
    "#EXT-X-PART": _MediaReader.part,
    "#EXTINF": _MediaReader.extinf,
    "#EXT-X-MAP": _MediaReader.map,
    "#EXT-X-PROGRAM-DATE-TIME": _MediaReader.program_date,
    "#EXT-X-DISCONTINUITY": _MediaReader.discontinuity,
    "#EXT-X-GAP": _MediaReader.gap,
    "#EXT-X-SKIP": _MediaReader.skip,
    "#EXT-X-PRELOAD-HINT": _MediaReader.hint,
    "#EXT-X-RENDITION-REPORT": _MediaReader.report,
    "#EXT-X-PART-INF": _MediaReader.part_inf,
    "#EXT-X-SERVER-CONTROL": _MediaReader.server_control,
}
