"""The playlist of a recording: grows by whole lines while recording, complete once it has ended."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class RecordedSegment:
    """Where a segment lies: ``size`` bytes at ``offset`` of ``file``, whose first ``init_size`` bytes are the init."""

    file: str
    init_size: int
    offset: int
    size: int
    duration_ms: int
    program_date_ms: int
    discontinuity: bool


def head(target_duration_s: int, *, ended: bool) -> str:
    """The lines before the first segment; EVENT while it grows, VOD when it will not change again."""
    kind = "VOD" if ended else "EVENT"
    return (
        "#EXTM3U\n#EXT-X-VERSION:7\n"
        f"#EXT-X-TARGETDURATION:{target_duration_s}\n#EXT-X-PLAYLIST-TYPE:{kind}\n#EXT-X-MEDIA-SEQUENCE:0\n"
    )


def entry(segment: RecordedSegment, *, first_in_file: bool, first: bool) -> str:
    """One segment's lines."""
    lines = []
    if segment.discontinuity and not first:
        lines.append("#EXT-X-DISCONTINUITY")
    if first_in_file:
        lines.append(f'#EXT-X-MAP:URI="{segment.file}",BYTERANGE="{segment.init_size}@0"')
    when = datetime.fromtimestamp(segment.program_date_ms / 1000, UTC)
    lines.append(
        f"#EXT-X-PROGRAM-DATE-TIME:{when.isoformat(timespec='milliseconds').replace('+00:00', 'Z')}"
    )
    lines.append(f"#EXTINF:{segment.duration_ms / 1000:.3f},")
    lines.append(f"#EXT-X-BYTERANGE:{segment.size}@{segment.offset}")
    lines.append(segment.file)
    return "\n".join(lines) + "\n"


def completed(text: str) -> str | None:
    """The VOD form of a playlist that was cut off anywhere; None when it has no whole segment.

    A segment counts when its URI line is there with its line feed: lines are only written after the bytes.
    """
    lines = text[: text.rfind("\n") + 1].splitlines()
    uris = [number for number, line in enumerate(lines) if line and not line.startswith("#")]
    if not uris:
        return None
    kept = [line for line in lines[: uris[-1] + 1] if line != "#EXT-X-ENDLIST"]
    kept = [line.replace("PLAYLIST-TYPE:EVENT", "PLAYLIST-TYPE:VOD") for line in kept]
    return "\n".join([*kept, "#EXT-X-ENDLIST", ""])


def duration_ms(text: str) -> int:
    """Of all segments that are listed with their place."""
    lines = text.splitlines()
    listed = [line for line in lines if line.startswith("#EXTINF:")]
    whole = sum(1 for line in lines if line and not line.startswith("#"))
    return round(sum(float(line[8:].rstrip(",")) for line in listed[:whole]) * 1000)


def listed_bytes(text: str) -> dict[str, int]:
    """How far each file is listed: file name to the end of its last segment in bytes."""
    ends: dict[str, int] = {}
    size = offset = 0
    for line in text.splitlines():
        if line.startswith("#EXT-X-BYTERANGE:"):
            size, offset = (int(number) for number in line.partition(":")[2].split("@"))
        elif line and not line.startswith("#"):
            ends[line] = offset + size
    return ends
