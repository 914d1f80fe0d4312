"""What a stored reply may be used for: at once, behind a renewal, or only after asking again."""

from enum import Enum

from manycast.cache.control import Directives, delta, directives
from manycast.cache.freshness import Freshness
from manycast.settings.cache import CacheSettings
from manycast.std.http1 import Fields, field


class Use(Enum):
    FRESH = "serve it"
    STALE = "serve it and renew it behind"
    REVALIDATE = "ask the parent first"


def use(freshness: Freshness, age_s: float) -> Use:
    """``age_s`` is the current age: the initial one and the seconds the reply has been stored."""
    if freshness.always_revalidate:
        return Use.REVALIDATE
    over = age_s - freshness.lifetime_s
    if over < 0:
        return Use.FRESH
    if not freshness.never_stale and over < freshness.stale_while_s:
        return Use.STALE
    return Use.REVALIDATE


def on_error(freshness: Freshness, age_s: float, settings: CacheSettings, *, away: bool) -> bool:
    """Whether the stored reply may stand in for an error.

    ``away``: no parent could be reached, which alone permits it (RFC 9111 section 4.2.4). A reply of 500,
    502, 503 or 504 is replaced only where stale-if-error says so (RFC 5861 section 4).
    """
    if freshness.never_stale or freshness.always_revalidate:
        return False
    allowed = freshness.stale_if_error_s
    if allowed is None:
        allowed = settings.stale_away_s if away else 0.0
    return age_s - freshness.lifetime_s < allowed


def asked(headers: Fields, freshness: Freshness, age_s: float, settings: CacheSettings) -> Use:
    """The same for a request whose own Cache-Control counts (RFC 9111 section 5.2.1).

    An immutable reply is not asked for again by a browser's reload, only by a forced one (RFC 8246).
    """
    found = use(freshness, age_s)
    if not settings.obey_requests:
        return found
    wish = directives(headers)
    left = freshness.lifetime_s - age_s
    if (
        "no-cache" in wish
        or (not wish and field(headers, b"pragma") == b"no-cache")
        or ("max-age" in wish and age_s > _bound(wish, freshness))
        or ("min-fresh" in wish and left < (delta(wish["min-fresh"]) or 0))
    ):
        return Use.REVALIDATE
    refused = freshness.never_stale or freshness.always_revalidate
    if found is Use.REVALIDATE and "max-stale" in wish and not refused:
        bound = wish["max-stale"]
        return Use.STALE if bound is None or -left <= (delta(bound) or 0) else found
    return found


def _bound(wish: Directives, freshness: Freshness) -> float:
    bound = delta(wish["max-age"]) or 0
    return freshness.lifetime_s if freshness.immutable and bound == 0 else bound


def may_store(headers: Fields, settings: CacheSettings) -> bool:
    """False when the request forbids to keep its reply and is obeyed."""
    return not (settings.obey_requests and "no-store" in directives(headers))


def may_fetch(headers: Fields, settings: CacheSettings) -> bool:
    """False when the viewer wants 504 rather than a fetch and is obeyed."""
    return not (settings.obey_requests and "only-if-cached" in directives(headers))
