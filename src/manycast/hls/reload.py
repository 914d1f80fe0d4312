"""Blocking playlist reload: what a request asks for, and whether it is answered now, later or never."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from manycast.hls.rules import Rules


_DECIMAL = re.compile(r"[0-9]{1,19}")
_SKIPS = {"YES", "v2"}


@dataclass(frozen=True, slots=True)
class Position:
    """The live edge of one rendition's playlist."""

    msn: int
    """The open segment, or the next one to open."""
    parts: int
    """Parts of segment ``msn`` that are listed."""
    parts_before: int
    """Parts of segment ``msn - 1``; 0 when the playlist has no complete segment yet."""
    next_part: int
    """Global number of the hinted part."""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Reload:
    """The delivery directives of a playlist request."""

    msn: int | None = None
    part: int | None = None
    skip: bool = False


@dataclass(frozen=True, slots=True)
class Now:
    """Answer with what there is."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep the request until the live edge moves."""


@dataclass(frozen=True, slots=True)
class Reject:
    """The client's fault, in words it can act on."""

    reason: str
    missing: bool = False
    """The thing does not exist (404) rather than being asked for wrongly (400)."""


def parse_reload(query: str) -> Reload | Reject:
    """Read the directives of a query string; parameters that are not ``_HLS_*`` are ignored."""
    given = parse_qs(query, keep_blank_values=True)
    for name in ("_HLS_msn", "_HLS_part"):
        values = given.get(name, ["0"])
        if len(values) > 1 or not _DECIMAL.fullmatch(values[0]):
            return Reject(f"{name} must be one decimal integer")
    if "_HLS_part" in given and "_HLS_msn" not in given:
        return Reject("_HLS_part needs _HLS_msn beside it")
    return Reload(
        msn=int(given["_HLS_msn"][0]) if "_HLS_msn" in given else None,
        part=int(given["_HLS_part"][0]) if "_HLS_part" in given else None,
        skip=given.get("_HLS_skip", [""])[0] in _SKIPS,
    )


def decide(position: Position | None, reload: Reload, rules: Rules) -> Now | Hold | Reject:
    """Judge a playlist request by rfc8216bis 6.2.5.2; ``position`` is None before the first segment."""
    if position is None:
        return Hold()
    if position.ended:
        return Now()
    if reload.msn is not None:
        reason = _too_far(position, reload.msn, reload.part or 0, rules)
        if reason:
            return Reject(reason)
    # A playlist of parts alone is an error to hls.js: wait for the first complete segment.
    if not position.parts_before or not _listed(position, reload):
        return Hold()
    return Now()


def decide_part(position: Position | None, number: int) -> Now | Hold | Reject:
    """Judge a request for a part: only the hinted one may be asked for before it exists."""
    if position is None or number > position.next_part:
        return Reject("this part is neither listed nor hinted", missing=True)
    if number < position.next_part:
        return Now()
    if position.ended:
        return Reject("the stream ended before this part", missing=True)
    return Hold()


def hold_s_max(rules: Rules, *, whole: bool = False) -> float:
    """Longest wait before 503: three quarters of the time after which hls.js gives a request up.

    Who asks for a whole segment that has just begun waits one target duration for it first.
    """
    patience_ms = max(3 * rules.part_target_ms, 0.8 * rules.target_duration_ms)
    first_ms = rules.target_duration_ms if whole else 0
    return (first_ms + 0.75 * patience_ms) / 1000


def _too_far(position: Position, msn: int, part: int, rules: Rules) -> str:
    last_msn = position.msn - 1
    if msn > last_msn + 2:
        return f"_HLS_msn={msn} is too far ahead of segment {last_msn}"
    ahead = part - (position.parts - 1) if msn == position.msn else part
    if msn >= position.msn and ahead > rules.advance_part_limit:
        return f"_HLS_part={part} is more than {rules.advance_part_limit} parts ahead"
    return ""


def _listed(position: Position, reload: Reload) -> bool:
    if reload.msn is None:
        return True
    if reload.part is None:
        return reload.msn < position.msn
    # A part beyond a finished segment means part 0 of the following one.
    if reload.msn == position.msn - 1 and reload.part >= position.parts_before:
        return position.parts > 0
    return (reload.msn, reload.part) < (position.msn, position.parts)
