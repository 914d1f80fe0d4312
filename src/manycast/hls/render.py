"""The lines of a media playlist, each formatted in one place."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from manycast.hls.names import init_name, part_name, segment_name
from manycast.hls.rules import Rules


VERSION = 10
"""Delta updates need 9; below it AVPlayer refuses HOLD-BACK too."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Report:
    """Where another rendition of the same stream is, seen from this one's playlist."""

    uri: str
    """Relative to the playlist that carries the report."""
    last_msn: int
    last_part: int


def seconds(duration_ms: int) -> str:
    return f"{duration_ms // 1000}.{duration_ms % 1000:03d}"


def date(wall_ms: int) -> str:
    moment = _EPOCH + timedelta(milliseconds=wall_ms)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def head(rules: Rules) -> str:
    """Every line that stays the same for the life of the stream."""
    return (
        "#EXTM3U\n"
        f"#EXT-X-VERSION:{VERSION}\n"
        f"#EXT-X-TARGETDURATION:{rules.target_duration_s}\n"
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES"
        f",PART-HOLD-BACK={seconds(rules.part_hold_back_ms)}"
        f",HOLD-BACK={seconds(rules.hold_back_ms)}"
        f",CAN-SKIP-UNTIL={seconds(rules.skip_until_ms)}\n"
        f"#EXT-X-PART-INF:PART-TARGET={seconds(rules.part_target_ms)}\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
    )


def init_map(init: int) -> str:
    return f'#EXT-X-MAP:URI="{init_name(init)}"\n'


def segment_start(program_date_ms: int, *, discontinuity: bool, init: int | None) -> str:
    """Tags before a segment's parts; ``init`` only where it differs from the segment before."""
    broken = "#EXT-X-DISCONTINUITY\n" if discontinuity else ""
    changed = "" if init is None else init_map(init)
    return f"{broken}{changed}#EXT-X-PROGRAM-DATE-TIME:{date(program_date_ms)}\n"


def part(number: int, duration_ms: int, *, independent: bool, gap: bool) -> str:
    return (
        f'#EXT-X-PART:DURATION={seconds(duration_ms)},URI="{part_name(number)}"'
        f"{',INDEPENDENT=YES' if independent else ''}{',GAP=YES' if gap else ''}\n"
    )


def segment_end(msn: int, duration_ms: int, *, gap: bool) -> str:
    return f"{'#EXT-X-GAP' + chr(10) if gap else ''}#EXTINF:{seconds(duration_ms)},\n{segment_name(msn)}\n"


def hint(number: int) -> str:
    return f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{part_name(number)}"\n'


def report(other: Report) -> str:
    return (
        f'#EXT-X-RENDITION-REPORT:URI="{other.uri}"'
        f",LAST-MSN={other.last_msn},LAST-PART={other.last_part}\n"
    )
