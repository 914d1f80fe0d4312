from hypothesis import given, strategies as st

from manycast.platforms.youtube.budget import EVERY_S_MAX, KEPT, chat_every_s, may_say
from manycast.platforms.youtube.chat import CHAT_COST
from manycast.platforms.youtube.data import WRITE


LOOKS_AN_HOUR = 240
"""Units that verifying a live broadcast takes."""


@given(st.integers(-5, 100_000), st.integers(0, 1000))
def test_the_less_is_left_the_rarer_the_chat_is_asked_for(left: int, fewer: int) -> None:
    assert 0 < chat_every_s(left) <= chat_every_s(left - fewer) <= EVERY_S_MAX


def test_a_days_units_last_for_fifteen_hours_even_if_youtube_closes_every_connection_at_once() -> (
    None
):
    left, seconds = 10_000.0, 0.0
    while left > 0:
        every_s = max(10.0, chat_every_s(round(left)))
        left -= CHAT_COST + LOOKS_AN_HOUR * every_s / 3600
        seconds += every_s
    assert seconds > 15 * 3600


@given(st.integers(1000, 1_000_000))
def test_whoever_talks_all_day_leaves_half_of_it_for_going_live(a_day: int) -> None:
    left = a_day
    while may_say(left, a_day):
        left -= WRITE
    assert KEPT * a_day <= left < KEPT * a_day + WRITE
