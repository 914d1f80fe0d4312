"""What the Data API wants of every call."""

from collections.abc import Callable

from manycast.platforms.wire import Dialect
from manycast.platforms.youtube import data, sign_in
from manycast.platforms.youtube.faults import NAME


PER_MINUTE = 600
"""Google allows 1,800 a minute to a person and more to an app: units of a day are what runs out."""


def dialect(base: str, now_ms: Callable[[], int]) -> Dialect:
    """``base`` is where Google's tokens are had."""
    return Dialect(
        platform=NAME,
        sign=data.sign,
        renew=lambda app, refresh: sign_in.renew(base, app, refresh, now_ms()),
        per_minute=PER_MINUTE,
        counts_units=True,
    )
