"""Cache-Status: how this node came to its reply (RFC 9211)."""

from collections.abc import Sequence
from enum import Enum


class Why(Enum):
    """Why a request was forwarded."""

    URI_MISS = b"uri-miss"
    VARY_MISS = b"vary-miss"
    STALE = b"stale"
    PARTIAL = b"partial"
    METHOD = b"method"
    REQUEST = b"request"
    """The request itself asks for it: a precondition that only the origin may judge."""
    BYPASS = b"bypass"
    """Replies under this key have turned out to be for one viewer each."""


def hit(ttl_s: int, detail: bytes = b"") -> bytes:
    """Answered from what is stored; below zero when it is stale."""
    return b"hit; ttl=%d" % ttl_s + (b"; detail=" + detail if detail else b"")


def forwarded(
    why: Why, *, status: int | None = None, stored: bool = False, collapsed: bool = False
) -> bytes:
    """``status`` is what the parent said, where the viewer is told another."""
    words = [b"fwd=" + why.value]
    if status is not None:
        words.append(b"fwd-status=%d" % status)
    if stored:
        words.append(b"stored")
    if collapsed:
        words.append(b"collapsed")
    return b"; ".join(words)


def cache_status(how: bytes) -> tuple[bytes, bytes]:
    return (b"cache-status", b"manycast; " + how if how else b"manycast")


def own_fields(how: bytes, age_s: int = 0) -> Sequence[tuple[bytes, bytes]]:
    """What every reply carries of this node's."""
    return (cache_status(how), (b"age", b"%d" % age_s))
