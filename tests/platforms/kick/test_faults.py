import json

import pytest
from hypothesis import given, strategies as st

from manycast.platforms.failures import (
    AwayError,
    ForbiddenError,
    MissingError,
    PlatformError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
)
from manycast.platforms.kick.faults import fault, sign_in_fault
from manycast.platforms.wire import Reply


def reply(status: int, value: object = None, **headers: str) -> Reply:
    return Reply(status, headers, json.dumps(value).encode())


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RefusedError),
        (401, UnauthorizedError),
        (403, ForbiddenError),
        (404, MissingError),
        (408, AwayError),
        (429, RateLimitedError),
        (500, AwayError),
        (503, AwayError),
    ],
)
def test_each_status_is_what_it_means(status: int, kind: type[PlatformError]) -> None:
    assert type(fault(reply(status, {"message": "No."}), 0)) is kind


def test_its_words_are_shown_where_they_help() -> None:
    assert fault(reply(400, {"message": "Invalid category_id"}), 0).said == "Invalid category_id"
    error = fault(reply(429, {}, **{"retry-after": "12"}), 0)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == 12


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (401, "invalid_client", RefusedError),
        (400, "access_denied", RefusedError),
        (400, "invalid_grant", UnauthorizedError),
        (401, "Unauthorized", UnauthorizedError),
        (429, "", RateLimitedError),
        (502, "", AwayError),
    ],
)
def test_signing_in_fails_in_its_own_words(
    status: int, error: str, kind: type[PlatformError]
) -> None:
    assert type(sign_in_fault(reply(status, {"error": error}), 0)) is kind


@given(st.integers(300, 599), st.binary(max_size=60))
def test_whatever_comes_there_is_a_failure_for_it(status: int, body: bytes) -> None:
    assert isinstance(fault(Reply(status, {}, body), 0), PlatformError)
    assert isinstance(sign_in_fault(Reply(status, {}, body), 0), PlatformError)
