from datetime import UTC, datetime

import pytest

from manycast.platforms.quota import day_of


@pytest.mark.parametrize(
    ("now", "name", "ends"),
    [
        (datetime(2026, 7, 1, 6, 59, tzinfo=UTC), "2026-06-30", datetime(2026, 7, 1, 7, tzinfo=UTC)),
        (datetime(2026, 7, 1, 7, 0, tzinfo=UTC), "2026-07-01", datetime(2026, 7, 2, 7, tzinfo=UTC)),
        # The clock goes back in this night: the day has 25 hours.
        (datetime(2026, 11, 1, 8, 0, tzinfo=UTC), "2026-11-01", datetime(2026, 11, 2, 8, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_a_day_begins_at_midnight_pacific(now: datetime, name: str, ends: datetime) -> None:
    day = day_of(round(now.timestamp() * 1000))
    assert day.name == name
    assert day.ends_ms == round(ends.timestamp() * 1000)
