"""Why a request gets this node's own words instead of a reply."""

from enum import Enum

from manycast.cache import reuse
from manycast.edge.commands import Ask, Say, Waiter
from manycast.edge.fields import looped, with_cors
from manycast.edge.status import own_fields
from manycast.edge.target import Target
from manycast.settings.cache import CacheSettings
from manycast.std.http1 import OWN_TEXT, Fields


class Trouble(Enum):
    """Why a fetch failed, as status and text for those who waited."""

    UNREACHABLE = (502, "502: this node cannot reach any of its parents.\n")
    BROKEN = (502, "502: this node's parent broke off or gave a malformed reply.\n")
    BUSY = (503, "503: too many requests wait at this node already; try again.\n")
    TIMEOUT = (504, "504: this node's parent did not answer in time.\n")


ONLY_CACHED = (504, "504: this node has no stored reply, and the request forbids to fetch one.\n")
_TUNNELS = frozenset({"TRACE", "CONNECT"})
"""TRACE would show a viewer what is between it and the origin; this node opens no tunnels."""
_PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"86400"),
    (b"cache-control", b"max-age=86400"),
)


def say(
    waiters: tuple[Waiter, ...],
    words: tuple[int, str],
    target: Target,
    how: bytes,
    more: Fields = (),
) -> Say:
    """An error of this node's own; ``how`` is the rest of its Cache-Status."""
    status, text = words
    return Say(waiters, status, with_cors((*OWN_TEXT, *more, *own_fields(how)), target), text)


def refusal(waiter: Waiter, ask: Ask, target: Target, node: bytes) -> Say | None:
    """The answer to a request that no parent shall see."""
    if ask.method == "OPTIONS" and (target.live or ask.path == "*"):
        fields = with_cors((*_PREFLIGHT, *own_fields(b"")), target)
        return Say((waiter,), 204, fields, "")
    if ask.method in _TUNNELS:
        words = (405, "405: this node neither traces nor tunnels.\n")
        return say((waiter,), words, target, b"", ((b"allow", b"GET, HEAD, OPTIONS"),))
    if target.live and ask.method not in {"GET", "HEAD"}:
        words = (405, "405: a live stream is read here; it takes GET and HEAD.\n")
        return say((waiter,), words, target, b"", ((b"allow", b"GET, HEAD, OPTIONS"),))
    if looped(ask.headers, node):
        words = (508, "508: this node's parents lead back to itself.\n")
        return say((waiter,), words, target, b"")
    return None


def not_fetched(waiter: Waiter, ask: Ask, target: Target, rules: CacheSettings) -> Say | None:
    """The answer to a viewer who wants what is stored or nothing."""
    if reuse.may_fetch(ask.headers, rules):
        return None
    return say((waiter,), ONLY_CACHED, target, b"fwd=request")
