"""What Kick wants of every call."""

from collections.abc import Callable

from manycast.platforms.kick import data, sign_in
from manycast.platforms.kick.faults import NAME
from manycast.platforms.wire import Dialect


PER_MINUTE = 120
"""Kick names no rate; this is far beyond what a channel's look, chat and listing need."""


def dialect(base: str, now_ms: Callable[[], int]) -> Dialect:
    """``base`` is its sign-in."""
    return Dialect(
        platform=NAME,
        sign=data.sign,
        renew=lambda app, refresh: sign_in.renew(base, app, refresh, now_ms()),
        per_minute=PER_MINUTE,
    )
