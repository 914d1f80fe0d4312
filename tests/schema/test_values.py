from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from manycast.schema.values import LAST_MS, Page, Value, milliseconds, moment


class Note(Value):
    text: str


def test_a_field_nobody_knows_is_an_error() -> None:
    with pytest.raises(ValidationError):
        Note.model_validate({"text": "a", "more": 1})


def test_a_page_ends_with_null() -> None:
    assert Page[Note](items=[]).model_dump() == {"items": [], "next": None}


@given(st.integers(0, 4_000_000_000_000))
def test_times_come_back_to_the_millisecond(ms: int) -> None:
    assert milliseconds(moment(ms)) == ms


def test_times_of_other_zones_are_the_same_times() -> None:
    zone = timezone(timedelta(hours=2))
    assert milliseconds(datetime(2026, 1, 1, 2, tzinfo=zone)) == milliseconds(
        datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert milliseconds(datetime(2026, 1, 1)) == milliseconds(datetime(2026, 1, 1, tzinfo=UTC))  # noqa: DTZ001  what is asked


def test_a_time_that_no_calendar_holds_is_no_fault() -> None:
    assert moment(10**18) == moment(LAST_MS)
    assert moment(-1) == moment(0)
