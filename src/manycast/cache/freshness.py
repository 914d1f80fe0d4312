"""Whether a response may be stored, and for how long it is fresh (RFC 9111)."""

from dataclasses import dataclass

from manycast.std.http1 import Fields, field


_STORABLE = frozenset({200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501})
"""Final statuses whose meaning a cache can reproduce; 206 needs range support."""

_UNVARIED = frozenset({"accept-encoding", "origin"})
"""Request fields that a node never sends upstream on a shared fetch: varying by them varies nothing."""

_SECONDS_MAX = 2**31
"""RFC 9111 section 1.2.2: what a delta that is too large counts as."""


@dataclass(frozen=True, slots=True)
class Freshness:
    storable: bool
    lifetime_s: float
    """Seconds from the response's origination; 0 when it must not be reused."""
    age_s: float
    """Seconds since its origination that the caches before us counted."""

    @property
    def reusable(self) -> bool:
        return self.storable and self.lifetime_s > self.age_s


def directives(value: bytes) -> dict[str, str]:
    """Cache-Control's directives; names in lower case, the first of repeated ones counts."""
    found: dict[str, str] = {}
    for item in _split(value.decode("latin-1")):
        name, _, argument = item.partition("=")
        if name.strip():
            found.setdefault(name.strip().lower(), argument.strip().strip('"'))
    return found


def assess(status: int, headers: Fields, missing_s: float = 0.0) -> Freshness:
    """Judge a response to a GET without Authorization, for a shared cache.

    Only explicit lifetimes count, but ``missing_s`` is the lifetime of a 404 that has none.
    """
    control = directives(field(headers, b"cache-control") or b"")
    refused = (
        status not in _STORABLE
        or not control.keys().isdisjoint({"no-store", "private", "no-cache"})
        or field(headers, b"set-cookie") is not None
        or field(headers, b"content-range") is not None
        or not _varied_by(headers) <= _UNVARIED
    )
    default = missing_s if status == 404 else 0.0
    lifetime = _lifetime(control, default)
    return Freshness(storable=not refused, lifetime_s=lifetime, age_s=_age(headers))


def _lifetime(control: dict[str, str], default: float) -> float:
    for name in ("s-maxage", "max-age"):
        if name in control:
            return _delta(control[name])
    return default


def _delta(text: str) -> float:
    """Seconds; what is not a number is stale (RFC 9111 section 4.2.1)."""
    if not (text.isascii() and text.isdigit()):
        return 0.0
    return float(min(int(text[:20]), _SECONDS_MAX))


def _age(headers: Fields) -> float:
    """The first Age of a list counts (RFC 9111 section 5.1); one that is no number is left out."""
    value = next((value for name, value in headers if name == b"age"), b"")
    return _delta(value.split(b",")[0].strip().decode("latin-1"))


def _varied_by(headers: Fields) -> set[str]:
    value = (field(headers, b"vary") or b"").decode("latin-1").lower()
    return {name.strip() for name in value.split(",") if name.strip()}


def _split(text: str) -> list[str]:
    """Split at commas outside quoted strings."""
    if '"' not in text:
        return text.split(",")
    items, quoted, start = [], False, 0
    for at, character in enumerate(text):
        if character == '"' and (at == 0 or text[at - 1] != "\\"):
            quoted = not quoted
        elif character == "," and not quoted:
            items.append(text[start:at])
            start = at + 1
    return [*items, text[start:]]
