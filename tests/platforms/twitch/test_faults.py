import json

import pytest
from hypothesis import given, strategies as st

from manycast.platforms.failures import (
    AwayError,
    ForbiddenError,
    MalformedError,
    MissingError,
    PendingError,
    PlatformError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
)
from manycast.platforms.twitch.faults import PAUSE_S, PAUSE_S_MAX, PAUSE_S_MIN, of_helix, of_token
from manycast.platforms.wire import Reply


def reply(status: int, message: str = "", **headers: str) -> Reply:
    return Reply(status, headers, json.dumps({"message": message}).encode())


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "The title is empty.", RefusedError),
        (401, "Invalid OAuth token", UnauthorizedError),
        (401, "Missing scope: channel:manage:broadcast", ForbiddenError),
        (403, "", ForbiddenError),
        (404, "", MissingError),
        (409, "subscription already exists", RefusedError),
        (418, "", MalformedError),
        (429, "", RateLimitedError),
        (302, "", MalformedError),
        (500, "", AwayError),
        (503, "", AwayError),
    ],
)
def test_helix(status: int, message: str, kind: type[PlatformError]) -> None:
    assert type(of_helix(reply(status, message), 0)) is kind


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "authorization_pending", PendingError),
        (400, "invalid device code", RefusedError),
        (400, "Invalid refresh token", UnauthorizedError),
        (401, "", UnauthorizedError),
        (403, "invalid client secret", RefusedError),
        (429, "", RateLimitedError),
        (502, "", AwayError),
    ],
)
def test_tokens(status: int, message: str, kind: type[PlatformError]) -> None:
    assert type(of_token(reply(status, message), 0)) is kind


@given(st.text(max_size=20), st.integers(0, 10**13))
def test_whatever_a_429_says_the_pause_is_a_sensible_one(reset: str, now_ms: int) -> None:
    error = of_helix(Reply(429, {"ratelimit-reset": reset}, b""), now_ms)
    assert isinstance(error, RateLimitedError)
    assert PAUSE_S_MIN <= error.retry_after_s <= PAUSE_S_MAX


def test_the_pause_is_until_the_bucket_is_full() -> None:
    error = of_helix(Reply(429, {"ratelimit-reset": "1030"}, b""), 1_000_000)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == 30
    error = of_helix(Reply(429, {}, b""), 1_000_000)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == PAUSE_S


@given(st.integers(300, 599), st.binary(max_size=60))
def test_every_refusal_has_a_meaning(status: int, body: bytes) -> None:
    for fault in (of_helix, of_token):
        assert isinstance(fault(Reply(status, {}, body), 0), PlatformError)
