from random import Random

from hypothesis import given, strategies as st

from manycast.control.retries import ASKED_S_MAX, JITTER, WAITS_S, next_try_ms


HOUR_MS = 3_600_000


@given(st.integers(1, 1000), st.integers(0, 10 * HOUR_MS), st.floats(0, 1e9), st.integers())
def test_the_next_try_is_later_and_never_after_the_patience(
    attempts: int, until_ms: int, asked_s: float, seed: int
) -> None:
    at_ms = next_try_ms(attempts, 0, until_ms, Random(seed), asked_s)  # noqa: S311  dice of a test
    if at_ms is not None:
        assert 1000 * WAITS_S[0] <= at_ms <= until_ms
        longest_s = max(WAITS_S[-1] * (1 + JITTER), ASKED_S_MAX)
        assert at_ms <= 1000 * longest_s + 1
        assert at_ms >= 1000 * min(asked_s, ASKED_S_MAX) - 1


@given(st.integers())
def test_patience_ends_after_some_twenty_tries_in_six_hours(seed: int) -> None:
    rng, now_ms, attempts = Random(seed), 0, 0  # noqa: S311  dice of a test
    while (at_ms := next_try_ms(attempts + 1, now_ms, 6 * HOUR_MS, rng)) is not None:
        now_ms, attempts = at_ms, attempts + 1
    assert 12 <= attempts <= 20


def test_what_may_be_tried_only_once_is() -> None:
    assert next_try_ms(1, 5000, 5000, Random(1)) is None  # noqa: S311  dice of a test
