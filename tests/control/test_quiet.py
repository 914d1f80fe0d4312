from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from manycast.control.quiet import Quiet
from manycast.model.notices import Quietly


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
hours = st.builds(
    Quiet, zone=st.sampled_from(ZONES), begins=clocks, ends=clocks, instead=st.just(Quietly.HOLD)
)
moments = st.integers(0, 4_000_000_000_000)
DAY_MS = 86_400_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@given(hours, moments)
def test_quiet_hours_end_later_within_a_day_or_so_and_are_over_then(
    quiet: Quiet, now_ms: int
) -> None:
    until = quiet.until(now_ms)
    if until is not None:
        assert now_ms < until <= now_ms + DAY_MS + 2 * 3_600_000
        assert quiet.until(until) is None


@given(hours, moments)
def test_they_are_the_hours_that_the_clock_on_the_wall_says(quiet: Quiet, now_ms: int) -> None:
    wall = datetime.fromtimestamp(now_ms // 1000, UTC).astimezone(ZoneInfo(quiet.zone)).time()
    over_midnight = quiet.begins > quiet.ends
    inside = [quiet.begins <= wall, wall < quiet.ends]
    assert (quiet.until(now_ms) is not None) == (any(inside) if over_midnight else all(inside))


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-01-10T23:30:00+01:00", "2026-01-11T07:00:00+01:00"),
        ("2026-01-11T06:59:00+01:00", "2026-01-11T07:00:00+01:00"),
        ("2026-03-28T23:30:00+01:00", "2026-03-29T07:00:00+02:00"),
        ("2026-10-24T23:30:00+02:00", "2026-10-25T07:00:00+01:00"),
    ],
)
def test_a_night_ends_by_the_wall_also_when_clocks_are_changed(now: str, end: str) -> None:
    night = Quiet(zone="Europe/Berlin", begins=time(22), ends=time(7), instead=Quietly.HOLD)
    assert night.until(ms(now)) == ms(end)


def test_an_end_that_is_skipped_in_spring_comes_with_the_next_minute_that_exists() -> None:
    night = Quiet(zone="Europe/Berlin", begins=time(22), ends=time(2, 30), instead=Quietly.HOLD)
    assert night.until(ms("2026-03-29T00:30:00+01:00")) == ms("2026-03-29T03:30:00+02:00")
