import json

import pytest
from hypothesis import given, strategies as st

from manycast.platforms.failures import (
    AwayError,
    ForbiddenError,
    MissingError,
    PlatformError,
    QuotaGoneError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
)
from manycast.platforms.quota import day_of
from manycast.platforms.wire import Reply
from manycast.platforms.youtube.faults import (
    ChatOverError,
    fault,
    fault_among,
    sign_in_error,
    sign_in_fault,
)


NOON_MS = 1_795_000_000_000
"""Some hours into a Pacific day."""


def refusal(status: int, reason: str, message: str = "No.", **headers: str) -> Reply:
    error = {"code": status, "message": message, "errors": [{"reason": reason, "domain": "d"}]}
    return Reply(status, headers, json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (401, "authError", UnauthorizedError),
        (403, "forbidden", ForbiddenError),
        (403, "insufficientPermissions", ForbiddenError),
        (403, "insufficientLivePermissions", ForbiddenError),
        (403, "quotaExceeded", QuotaGoneError),
        (403, "dailyLimitExceeded", QuotaGoneError),
        (403, "rateLimitExceeded", RateLimitedError),
        (403, "userRequestsExceedRateLimit", RateLimitedError),
        (429, "", RateLimitedError),
        (403, "liveStreamingNotEnabled", RefusedError),
        (403, "liveChatDisabled", RefusedError),
        (403, "redundantTransition", RefusedError),
        (403, "liveChatEnded", ChatOverError),
        (404, "liveChatNotFound", ChatOverError),
        (404, "liveBroadcastNotFound", MissingError),
        (400, "invalidTitle", RefusedError),
        (500, "backendError", AwayError),
        (503, "", AwayError),
        (408, "", AwayError),
    ],
)
def test_each_reason_is_what_it_means(status: int, reason: str, kind: type[PlatformError]) -> None:
    assert type(fault(refusal(status, reason), NOON_MS)) is kind


def test_quota_is_gone_until_the_pacific_day_ends() -> None:
    error = fault(refusal(403, "quotaExceeded"), NOON_MS)
    assert isinstance(error, QuotaGoneError)
    assert error.until_ms == day_of(NOON_MS).ends_ms


def test_quota_that_is_gone_as_a_day_begins_is_tried_again_soon() -> None:
    morning = day_of(NOON_MS).ends_ms + 60_000
    error = fault(refusal(403, "quotaExceeded"), morning)
    assert isinstance(error, QuotaGoneError)
    assert 0 < error.until_ms - morning <= 3_600_000


def test_words_lose_their_html_and_an_array_around_them_is_looked_through() -> None:
    words = 'You have exceeded your <a href="/quota">limit</a> &amp; more.'
    reply = refusal(400, "x", words)
    assert fault(reply, 0).said == "You have exceeded your limit & more."
    inside = Reply(reply.status, {}, b"[" + reply.body + b"]")
    assert fault(inside, 0).said == "You have exceeded your limit & more."


def test_a_pause_that_is_named_is_kept() -> None:
    error = fault(refusal(429, "", **{"retry-after": "30"}), 0)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == 30


def test_an_error_may_come_among_what_is_pushed() -> None:
    value = refusal(403, "quotaExceeded").json()
    assert isinstance(fault_among(value, NOON_MS), QuotaGoneError)
    assert isinstance(fault_among({"error": {}}, NOON_MS), AwayError)
    assert fault_among({"items": []}, NOON_MS) is None


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, "invalid_grant", UnauthorizedError),
        (401, "invalid_client", RefusedError),
        (403, "access_denied", RefusedError),
        (429, "", RateLimitedError),
        (500, "", AwayError),
        (400, "odd", RefusedError),
    ],
)
def test_signing_in_fails_in_its_own_words(
    status: int, error: str, kind: type[PlatformError]
) -> None:
    reply = Reply(status, {}, json.dumps({"error": error}).encode())
    assert type(sign_in_fault(reply, 0)) is kind
    assert sign_in_error(reply) == error


@given(st.integers(300, 599), st.binary(max_size=60))
def test_whatever_comes_there_is_a_failure_for_it(status: int, body: bytes) -> None:
    assert isinstance(fault(Reply(status, {}, body), NOON_MS), PlatformError)
    assert isinstance(sign_in_fault(Reply(status, {}, body), NOON_MS), PlatformError)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda of: (
            st.lists(of)
            | st.dictionaries(st.sampled_from(["error", "errors", "message", "reason"]), of)
        ),
    )
)
def test_whatever_json_comes_there_is_a_failure_for_it(value: object) -> None:
    reply = Reply(403, {}, json.dumps(value).encode())
    assert isinstance(fault(reply, NOON_MS), PlatformError)
    assert isinstance(sign_in_fault(reply, NOON_MS), PlatformError)
