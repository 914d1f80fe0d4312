"""What Twitch's refusals mean; dev.twitch.tv/docs/api/guide."""

from manycast.model.destinations import Platform
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
from manycast.platforms.wire import Reply


TWITCH = Platform.TWITCH
PAUSE_S = 5.0
"""After a 429 that names no time; buckets fill within a minute."""
PAUSE_S_MIN = 0.5
"""A bucket that is full again in the second that has begun."""
PAUSE_S_MAX = 120.0
"""A time further away than this is one clock that is wrong."""


def of_helix(reply: Reply, now_ms: int) -> PlatformError:
    said = words(reply)
    match reply.status:
        case 400 | 409 | 413 | 422:
            return RefusedError(TWITCH, said)
        # Helix says 401 as well where the account never gave this permission.
        case 401 if "scope" in said.lower():
            return ForbiddenError(TWITCH, said)
        case 401:
            return UnauthorizedError(TWITCH)
        case 403:
            return ForbiddenError(TWITCH, said)
        case 404:
            return MissingError(TWITCH, said)
        case _:
            return _of_any(reply, now_ms)


def of_token(reply: Reply, now_ms: int) -> PlatformError:
    """Of the places where tokens are had: there 400 stands for most."""
    said = words(reply).lower()
    if reply.status == 400 and said == "authorization_pending":
        return PendingError(TWITCH)
    # Also what the refresh token's person did: a new password, or the app disconnected.
    if reply.status == 401 or (reply.status == 400 and "refresh token" in said):
        return UnauthorizedError(TWITCH)
    if reply.status in (400, 403, 404):
        return RefusedError(TWITCH, words(reply))
    return _of_any(reply, now_ms)


def words(reply: Reply) -> str:
    """What a refusal says of itself; empty when it says nothing that can be read."""
    try:
        value = reply.json()
        return str(value.get("message") or value.get("error") or "")
    except (ValueError, AttributeError):
        return ""


def _of_any(reply: Reply, now_ms: int) -> PlatformError:
    if reply.status == 429:
        return RateLimitedError(TWITCH, _pause_s(reply, now_ms), words(reply))
    if reply.status in (408, 425) or reply.status >= 500:
        return AwayError(TWITCH)
    return MalformedError(TWITCH)


def _pause_s(reply: Reply, now_ms: int) -> float:
    """``Ratelimit-Reset`` is when the bucket is full again, in seconds since 1970."""
    reset = reply.headers.get("ratelimit-reset", "")
    if not (reset.isascii() and reset.isdigit() and len(reset) < 12):
        return PAUSE_S
    return min(max(int(reset) - now_ms / 1000, PAUSE_S_MIN), PAUSE_S_MAX)
