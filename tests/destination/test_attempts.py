from hypothesis import given, strategies as st

from manycast.destination.attempts import Attempts
from manycast.settings.destinations import DestinationsSettings


SETTINGS = DestinationsSettings(retry_first_ms=500, retry_limit_ms=20_000, refusals_max=3)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_waits_grow_to_their_limit_and_never_to_less_than_half_of_it(dice: list[float]) -> None:
    attempts = Attempts(SETTINGS)
    for count, die in enumerate(dice):
        wait_ms = attempts.failed(refused=False, dice=die)
        full_ms = min(500 << count, 20_000)
        assert wait_ms is not None
        assert full_ms // 2 - 1 <= wait_ms <= full_ms


def test_refusals_in_words_are_left_to_a_person_after_a_few() -> None:
    attempts = Attempts(SETTINGS)
    assert [attempts.failed(refused=True, dice=1) for _ in range(3)] == [500, 1000, None]
    attempts.forget()
    assert attempts.failed(refused=True, dice=1) == 500


def test_a_failure_of_another_kind_begins_the_count_anew() -> None:
    attempts = Attempts(SETTINGS)
    for refused in (True, True, False, True, True):
        assert attempts.failed(refused=refused, dice=0) is not None
