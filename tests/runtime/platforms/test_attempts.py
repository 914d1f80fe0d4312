import random

import pytest
from hypothesis import given, strategies as st

from manycast.model.destinations import Platform
from manycast.platforms.failures import (
    AwayError,
    ForbiddenError,
    MalformedError,
    MissingError,
    NoAppError,
    PlatformError,
    QuotaGoneError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
)
from manycast.platforms.wire import Request
from manycast.runtime.platforms.attempts import FIRST_WAIT_S, JITTER, PATIENCE_S, Attempts


ONCE = Request(method="POST", url="https://there", repeatable=False)
AGAIN = Request(method="GET", url="https://there")
TWITCH = Platform.TWITCH


def attempts(most: int = 4) -> Attempts:
    return Attempts(most, random.Random(1))  # noqa: S311  a test's own


@pytest.mark.parametrize(
    "error",
    [
        UnauthorizedError(TWITCH),
        ForbiddenError(TWITCH),
        MissingError(TWITCH),
        RefusedError(TWITCH),
        NoAppError(TWITCH),
        MalformedError(TWITCH),
        QuotaGoneError(TWITCH, 5),
    ],
)
def test_what_another_attempt_cannot_mend_is_given_up(error: PlatformError) -> None:
    assert attempts().wait_s(error, AGAIN, 0.0) is None


def test_what_may_have_been_done_is_not_done_again() -> None:
    assert attempts().wait_s(AwayError(TWITCH), ONCE, 0.0) is None
    assert attempts().wait_s(AwayError(TWITCH, asked=False), ONCE, 0.0) is not None
    assert attempts().wait_s(RateLimitedError(TWITCH, 1.0), ONCE, 0.0) is not None


def test_waits_grow_and_end() -> None:
    tried = attempts()
    waits = [tried.wait_s(AwayError(TWITCH), AGAIN, 0.0) for _ in range(4)]
    assert waits[3] is None
    for number, wait_s in enumerate(waits[:3]):
        least = FIRST_WAIT_S * 2**number
        assert wait_s is not None
        assert least <= wait_s <= least * (1 + JITTER)


@given(
    st.lists(st.tuples(st.floats(0, 60), st.floats(0, 30)), min_size=1, max_size=20),
    st.integers(1, 10),
)
def test_no_attempt_begins_after_patience_is_over(
    failures: list[tuple[float, float]], most: int
) -> None:
    tried, now_s, count = attempts(most), 100.0, 1
    for retry_after_s, took_s in failures:
        wait_s = tried.wait_s(RateLimitedError(TWITCH, retry_after_s), ONCE, now_s)
        if wait_s is None:
            break
        assert wait_s >= retry_after_s
        now_s += wait_s
        count += 1
        assert now_s <= 100.0 + PATIENCE_S
        now_s += took_s
    assert count <= most
