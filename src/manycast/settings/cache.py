"""How a shared cache reads what origins and viewers say about storing and reusing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CacheSettings:
    targeted: tuple[str, ...] = ("cdn-cache-control",)
    """Fields that speak to this cache instead of Cache-Control and Expires, the first valid one counts
    (RFC 9213). The default is what every content delivery network obeys."""
    heuristic_fraction: float = 0.1
    """Part of the time since Last-Modified for which a reply without a lifetime is fresh: what RFC 9111
    section 4.2.2 names as typical. 0 switches it off."""
    heuristic_s_max: float = 60.0
    """Seconds such a guess may reach. Low, because the origin said nothing and may change its mind."""
    default_s: float = 0.0
    """Seconds that a reply is fresh when it has neither a lifetime nor Last-Modified, for a site that
    cannot be changed to say so. 0 leaves such replies to their origin: what is personal rarely says it."""
    lifetime_s_max: float = 31_536_000.0
    """Seconds that any reply is fresh at most, whatever it says: how long a lifetime given by mistake can
    last without a purge. A year is what "immutable" replies name."""
    clock_skew_s: float = 5.0
    """Seconds by which an origin's clock may differ from this one's before its Date makes a reply older than
    its Age says: else a clock that is two seconds slow would undo every lifetime of a second."""
    missing_s: float = 1.0
    """Seconds that a 404 without a lifetime of its own is remembered, so that a page full of dead
    links does not reach the origin. Never for live media, whose names come true a moment later."""
    stale_away_s: float = 3_600.0
    """Seconds beyond its lifetime that a reply is still served while no parent can be reached, unless the
    reply forbids it or states its own stale-if-error: an hour to bring an origin back."""
    store_cookies: bool = False
    """Whether a reply with Set-Cookie and a lifetime is kept without a word (public, s-maxage) that it is
    for all. RFC 9111 section 7.3 would allow it; one forgotten session cookie logs everybody in as one."""
    obey_requests: bool = False
    """Whether Cache-Control of a request counts. Off: with it any viewer empties the cache."""
    variants_max: int = 32
    """Stored replies to one URL that differ by Vary; a handful of encodings and languages needs less,
    and Vary: User-Agent would fill the memory."""
    slice_bytes: int = 1_048_576
    """Bytes of the aligned pieces in which a Range is fetched and kept: one byte asked for must not pull
    a whole film, and a player's next request falls into the same piece."""
    ranges_max: int = 16
    """Ranges answered in one reply; the whole object is sent instead when more are asked for."""
