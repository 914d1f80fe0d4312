"""The days that YouTube counts quota by: they begin at midnight Pacific time."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def _zone() -> tzinfo:
    """A small container may have no time zones: half of the year its days end an hour late."""
    try:
        return ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:
        return timezone(timedelta(hours=-8))


ZONE = _zone()


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    """``2026-11-21``."""
    ends_ms: int


def day_of(now_ms: int) -> Day:
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZONE)
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), ZONE)
    return Day(now.date().isoformat(), round(midnight.timestamp() * 1000))
