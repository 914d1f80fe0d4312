"""Errors of Kick, which are an HTTP status and some words."""

from collections.abc import Mapping
from typing import Any

from manycast.model.destinations import Platform
from manycast.platforms.failures import (
    AwayError,
    ForbiddenError,
    MissingError,
    PlatformError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
)
from manycast.platforms.wire import UNREADABLE, Reply


NAME = Platform.KICK
PAUSE_S = 5.0
"""After a 429 that names no time."""
WRONG_APP = "The app's client id and secret are not right. An administrator sets them in the settings, under platforms."


def fault(reply: Reply, _now_ms: int) -> PlatformError:
    """Of a call to the public API."""
    said = _said(reply)
    lasting = {401: UnauthorizedError, 403: ForbiddenError, 404: MissingError}
    if reply.status in lasting:
        return lasting[reply.status](NAME, said if reply.status == 404 else "")
    return _passing(reply, said) or RefusedError(NAME, said)


def sign_in_fault(reply: Reply, _now_ms: int) -> PlatformError:
    """Of a call to its sign-in. Renewal is refused with 400 or 401, and either may be the app's fault."""
    said, error = _said(reply), str(_object(reply).get("error", ""))
    passing = _passing(reply, said)
    if passing is not None:
        return passing
    if error in {"invalid_client", "unauthorized_client"}:
        return RefusedError(NAME, WRONG_APP)
    if error == "access_denied":
        return RefusedError(NAME, "The person did not allow it.")
    return UnauthorizedError(NAME)


def _passing(reply: Reply, said: str) -> PlatformError | None:
    """What asking again later may help; None: it does not."""
    if reply.status == 429:
        told = reply.headers.get("retry-after", "")
        return RateLimitedError(NAME, float(told) if told.isdecimal() else PAUSE_S, said)
    if reply.status >= 500 or reply.status == 408:
        return AwayError(NAME, said)
    return None


def _object(reply: Reply) -> Mapping[str, Any]:
    try:
        value = reply.json()
    except UNREADABLE:
        return {}
    return value if isinstance(value, dict) else {}


def _said(reply: Reply) -> str:
    value = _object(reply)
    return str(value.get("message") or value.get("error_description") or value.get("error") or "")
