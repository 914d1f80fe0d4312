"""Whether a reply may be stored, and for how long it is fresh (RFC 9111 sections 3 and 4.2)."""

import math
from dataclasses import dataclass

from manycast.cache import dates
from manycast.cache.control import Directives, delta, governing, names
from manycast.settings.cache import CacheSettings
from manycast.std.http1 import Fields, Headers, field, values


UNDERSTOOD = frozenset({200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501})
"""Final statuses whose meaning for a cache this one implements: what must-understand asks for."""

_GUESSABLE = frozenset({200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501})
"""Statuses that RFC 9110 section 15.1 calls heuristically cacheable; 206 belongs to ranges."""


@dataclass(frozen=True, slots=True)
class Received:
    """A complete reply's head with what was asked for; times are epoch seconds."""

    method: str
    asked: Fields
    """Fields of the request that went upstream."""
    status: int
    headers: Fields
    requested_s: float
    answered_s: float


@dataclass(frozen=True, slots=True)
class Freshness:
    storable: bool
    """May be stored and is worth it: it can be reused, or renewed without its body."""
    lifetime_s: float
    """Seconds from the response's origination; 0 when it has none."""
    age_s: float
    """Seconds since its origination, at the moment it was answered."""
    always_revalidate: bool = False
    never_stale: bool = False
    stale_while_s: float = 0.0
    """Seconds beyond the lifetime during which it may be served while it is renewed."""
    stale_if_error_s: float | None = None
    """Seconds beyond the lifetime during which it may replace an error; None when it does not say."""
    immutable: bool = False
    private: frozenset[bytes] = frozenset()
    """Fields that must not be in the stored copy."""

    @property
    def reusable(self) -> bool:
        """Without asking the parent again."""
        return self.storable and self.lifetime_s > self.age_s and not self.always_revalidate


def assess(received: Received, settings: CacheSettings) -> Freshness:
    """Judge a reply to GET or HEAD for a shared cache."""
    control, targeted = governing(received.headers, settings.targeted)
    lifetime, explicit = _lifetime(received, control, settings, targeted=targeted)
    lifetime = min(lifetime, settings.lifetime_s_max)
    age = _age(received, settings)
    always = "no-cache" in control and not control["no-cache"]
    refused = _refused(received, control, settings, explicit=explicit)
    while_s = float(delta(control.get("stale-while-revalidate")) or 0)
    error_s, never = _stale_use(control)
    lives = lifetime + max(while_s, error_s or 0) > age
    renewable = _validated(received.headers)
    return Freshness(
        storable=not refused and (renewable or (lives and not always)),
        lifetime_s=lifetime,
        age_s=age,
        always_revalidate=always,
        never_stale=always or never,
        stale_while_s=while_s,
        stale_if_error_s=error_s,
        immutable="immutable" in control,
        private=names(control.get("no-cache")) | names(control.get("private")),
    )


def _stale_use(control: Directives) -> tuple[float | None, bool]:
    """Seconds of stale-if-error, and whether stale use is forbidden (RFC 9111 section 4.2.4).

    s-maxage forbids it too, but not against a window that stands beside it: "s-maxage=1,
    stale-while-revalidate=60" is how frameworks ask for just that.
    """
    error_s = float(delta(control["stale-if-error"]) or 0) if "stale-if-error" in control else None
    firm = not control.keys().isdisjoint({"must-revalidate", "proxy-revalidate"})
    if "s-maxage" not in control:
        return error_s, firm
    windowed = error_s is not None or "stale-while-revalidate" in control
    return error_s or 0.0, firm or not windowed


def _refused(
    received: Received, control: Directives, settings: CacheSettings, *, explicit: bool
) -> bool:
    status, headers = received.status, received.headers
    asked = {name for name, _ in received.asked}
    public = not control.keys().isdisjoint({"public", "s-maxage"})
    understood = status in UNDERSTOOD
    forbidden = "no-store" in control and not ("must-understand" in control and understood)
    return (
        status < 200
        or status in {206, 304}
        or received.method not in {"GET", "HEAD"}
        or forbidden
        or ("private" in control and not control["private"])
        or ("must-understand" in control and not understood)
        or not (explicit or public or status in _GUESSABLE)
        or (b"authorization" in asked and not (public or "must-revalidate" in control))
        or (b"cookie" in asked and not (explicit or public))
        or _personal(headers, control, public=public or (settings.store_cookies and explicit))
    )


def _personal(headers: Fields, control: Directives, *, public: bool) -> bool:
    """A cookie that is set belongs to one viewer, unless the origin says that it is for all.

    RFC 9111 section 7.3 leaves it to the origin to forbid it; too many forget.
    """
    spared = names(control.get("no-cache")) | names(control.get("private"))
    return not public and b"set-cookie" not in spared and field(headers, b"set-cookie") is not None


def _validated(headers: Fields) -> bool:
    modified = field(headers, b"last-modified")
    return field(headers, b"etag") is not None or (
        modified is not None and dates.seconds(modified) is not None
    )


def _lifetime(
    received: Received, control: Directives, settings: CacheSettings, *, targeted: bool
) -> tuple[float, bool]:
    """Seconds, and whether the origin gave them; what is invalid is stale (RFC 9111 section 4.2.1)."""
    for name in ("s-maxage", "max-age"):
        if name in control:
            return float(delta(control[name]) or 0), True
    if not targeted and (expires := values(received.headers, b"expires")):
        at = dates.seconds(expires[0]) if len(set(expires)) == 1 else None
        return (0.0 if at is None else max(0.0, at - _date(received))), True
    return _guessed(received, control, settings), False


def _guessed(received: Received, control: Directives, settings: CacheSettings) -> float:
    """A lifetime where the origin gave none (RFC 9111 section 4.2.2)."""
    headers = received.headers
    guessable = received.status in _GUESSABLE or "public" in control
    if not guessable or any(name == b"cookie" for name, _ in received.asked):
        return 0.0
    modified = dates.seconds(field(headers, b"last-modified") or b"")
    if modified is not None:
        since = max(0.0, _date(received) - modified)
        return min(since * settings.heuristic_fraction, settings.heuristic_s_max)
    if received.status == 404:
        return 0.0 if control else settings.missing_s
    return settings.default_s


def _date(received: Received) -> float:
    """When the reply was made; the moment it came when it does not say so."""
    at = dates.seconds(field(received.headers, b"date") or b"")
    return received.answered_s if at is None else at


def _age(received: Received, settings: CacheSettings) -> float:
    """The corrected initial age of RFC 9111 section 4.2.3; Date knows no fractions of seconds."""
    apparent = math.floor(received.answered_s) - _date(received)
    delay = max(0.0, received.answered_s - received.requested_s)
    corrected = _told_age(received.headers) + delay
    return max(apparent, corrected) if apparent > settings.clock_skew_s else corrected


def _told_age(headers: Fields) -> float:
    """The first Age of a list counts, one that is no number is left out (RFC 9111 section 5.1)."""
    lines = values(headers, b"age")
    first = lines[0].split(b",")[0].strip(b" \t") if lines else b""
    return float(delta(first.decode("latin-1")) or 0)


def stored_fields(headers: Headers, freshness: Freshness) -> Headers:
    """What of a reply's fields may be kept and given to others."""
    if not freshness.private:
        return headers
    return tuple(pair for pair in headers if pair[0] not in freshness.private)
