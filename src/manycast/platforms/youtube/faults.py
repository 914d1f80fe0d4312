"""Errors of the Data API: what went wrong stands in a reason, and one status means many things."""

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from manycast.model.destinations import Platform
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
from manycast.platforms.wire import UNREADABLE, Reply


NAME = Platform.YOUTUBE
PAUSE_S = 5.0
"""After a refusal for asking too fast that names no time."""
EARLY_MS = 3_600_000
"""Of a day of quota: YouTube may begin it a little later than its clock says."""
EARLY_PAUSE_MS = 1_800_000
"""So long is waited then, and not for the whole day."""
QUOTA = {"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"}
TOO_FAST = {"rateLimitExceeded", "userRateLimitExceeded", "userRequestsExceedRateLimit"}
CHAT_OVER = {"liveChatEnded", "liveChatNotFound"}
SENTENCES = {
    "liveStreamingNotEnabled": "Live streaming is not switched on for this channel. Do it at youtube.com/features; YouTube takes up to a day for it.",
    "livePermissionBlocked": "YouTube has taken live streaming away from this channel. Look at youtube.com/features why.",
    "insufficientLivePermissions": "The connected account may not stream live on this channel. Connect the channel's own account.",
    "insufficientPermissions": "The leave that was given is not enough. Connect the account again with every permission.",
    "accessNotConfigured": "The YouTube Data API is not switched on in the app's Google project. An administrator does that in the Google Cloud console.",
    "errorStreamInactive": "YouTube gets no media yet.",
    "invalidTransition": "YouTube cannot do this with the broadcast in its present state.",
    "redundantTransition": "It was done already.",
    "liveChatDisabled": "Live chat is switched off for this stream at YouTube.",
    "userBroadcastsExceedLimit": "The channel has too many live streams just now. End some in YouTube Studio.",
}
"""For people, where YouTube's own words do not say what to do."""


class ChatOverError(MissingError):
    """The broadcast ended, and its chat with it."""

    sentence = "{label} has closed this chat: the broadcast is over."


def reason_of(reply: Reply) -> str:
    """Empty: it gives none."""
    return _reason(_error(reply))


def fault(reply: Reply, now_ms: int) -> PlatformError:
    """Of a call to the Data API."""
    error = _error(reply)
    reason, said = _reason(error), _said(error)
    if reason in QUOTA:
        return QuotaGoneError(NAME, _quota_until(now_ms))
    if reason in TOO_FAST or reply.status == 429:
        return RateLimitedError(NAME, _pause_s(reply), said)
    if reply.status == 401:
        return UnauthorizedError(NAME)
    if reply.status >= 500 or reply.status == 408:
        return AwayError(NAME, said)
    return _lasting(reply.status, reason, SENTENCES.get(reason, said))


def _lasting(status: int, reason: str, said: str) -> PlatformError:
    """What asking again does not help."""
    if reason in CHAT_OVER:
        return ChatOverError(NAME)
    if status == 404:
        return MissingError(NAME, said)
    if status == 403 and (reason not in SENTENCES or "Permissions" in reason):
        return ForbiddenError(NAME, said)
    return RefusedError(NAME, said)


def fault_among(value: Mapping[str, Any], now_ms: int) -> PlatformError | None:
    """A reply that had begun well may end with an error. None: this is none."""
    error = value.get("error")
    if not isinstance(error, dict):
        return None
    code = error.get("code")
    status = code if isinstance(code, int) else 500
    return fault(Reply(status, {}, json.dumps(value).encode()), now_ms)


def sign_in_fault(reply: Reply, _now_ms: int) -> PlatformError:
    """Of a call to Google's sign-in, with the errors of RFC 6749 and RFC 8628."""
    error = _object(reply)
    code, said = str(error.get("error", "")), str(error.get("error_description", ""))
    if reply.status == 429:
        return RateLimitedError(NAME, _pause_s(reply), said)
    if reply.status >= 500:
        return AwayError(NAME, said)
    if code == "invalid_grant":
        return UnauthorizedError(NAME)
    if code in {"invalid_client", "unauthorized_client", "deleted_client"}:
        text = "The app's client id and secret are not right, or of the wrong kind. An administrator sets them in the settings, under platforms."
        return RefusedError(NAME, text)
    if code == "access_denied":
        return RefusedError(NAME, "The person did not allow it.")
    return RefusedError(NAME, said or code)


def sign_in_error(reply: Reply) -> str:
    """Its name, such as ``authorization_pending``."""
    return str(_object(reply).get("error", ""))


def _quota_until(now_ms: int) -> int:
    day = day_of(now_ms)
    began_ms = day_of(day.ends_ms - 1).ends_ms - 86_400_000
    if now_ms - began_ms < EARLY_MS:
        return now_ms + EARLY_PAUSE_MS
    return day.ends_ms


def _pause_s(reply: Reply) -> float:
    told = reply.headers.get("retry-after", "")
    return float(told) if told.isdecimal() and len(told) < 6 else PAUSE_S


def _object(reply: Reply) -> Mapping[str, Any]:
    try:
        value = reply.json()
    except UNREADABLE:
        return {}
    if isinstance(value, list) and len(value) == 1:
        value = value[0]  # streamList answers an array, with its errors too
    return value if isinstance(value, dict) else {}


def _error(reply: Reply) -> Mapping[str, Any]:
    error = _object(reply).get("error")
    return error if isinstance(error, dict) else {}


def _reason(error: Mapping[str, Any]) -> str:
    errors = error.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    return str(first.get("reason", "")) if isinstance(first, dict) else ""


def _said(error: Mapping[str, Any]) -> str:
    """Its words without the HTML that some have."""
    return re.sub(r"<[^>]*>", "", unescape(str(error.get("message", ""))))
