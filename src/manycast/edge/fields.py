"""Which header fields travel on, and which this node adds."""

from dataclasses import replace

from manycast.cache import vary
from manycast.cache.validators import CONDITIONS
from manycast.edge.commands import Ask
from manycast.edge.target import Target
from manycast.std.http1 import Fields, Headers, field, lines


_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate",
        b"proxy-authentication-info", b"proxy-authorization", b"te", b"trailer",
        b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
_FRAMING = frozenset({b"host", b"content-length", b"expect"})
"""Stated anew for each connection."""
_UNNAMEABLE = frozenset({b"authorization", b"cookie", b"host", b"cache-control", b"range"})
"""Connection may not strip these: a client would make the parent answer another question."""

_DECEIVING = frozenset(
    {
        b"forwarded", b"front-end-https", b"x-backend-host", b"x-forwarded-host",
        b"x-forwarded-path", b"x-forwarded-port", b"x-forwarded-prefix", b"x-forwarded-proto",
        b"x-forwarded-protocol", b"x-forwarded-scheme", b"x-forwarded-server", b"x-forwarded-ssl",
        b"x-host", b"x-http-host-override", b"x-http-method", b"x-http-method-override",
        b"x-method-override", b"x-original-host", b"x-original-uri", b"x-original-url",
        b"x-rewrite-url", b"x-url-scheme",
    }
)  # fmt: skip
"""A stranger says with them that it asked for something else, and no key would tell the replies apart
(Kettle, Practical web cache poisoning, 2018)."""
_UNSHARED = CONDITIONS | {
    b"accept-encoding", b"cache-control", b"client-ip", b"pragma", b"range", b"true-client-ip",
    b"x-client-ip", b"x-forwarded-for", b"x-real-ip",
}  # fmt: skip
"""What concerns one viewer's copy or address, or is stated anew on a fetch for several."""

_NODES_MAX = 16
"""Nodes a request may pass through: tiers are two or three, and the list travels on with fetches."""
_OURS = (b"via", b"1.1 manycast")


def end_to_end(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Drop what concerns one connection only (RFC 9110 section 7.6.1)."""
    listed = (field(headers, b"connection") or b"").lower()
    named = {name.strip() for name in listed.split(b",")} - _UNNAMEABLE
    return [pair for pair in headers if pair[0] not in _HOP and pair[0] not in named]


def answerable(ask: Ask) -> Ask:
    """The request as a parent would see it: what Connection takes away must not choose a variant either."""
    if field(ask.headers, b"connection") is None:
        return ask
    return replace(ask, headers=tuple(end_to_end(ask.headers)))


def anonymous_request(node: bytes, headers: Headers = ()) -> bytes:
    """Fields of a live fetch: nothing of the viewer who came first but the nodes it came through."""
    return upstream([(b"accept", b"*/*"), *came_through(headers)], node)


def came_through(headers: Headers) -> Headers:
    """The nodes that a request has passed, as it says itself."""
    return tuple(pair for pair in headers if pair[0] == b"cdn-loop")


def leading_fields(headers: Headers, coding: bytes = b"") -> Headers:
    """A viewer's fields for a fetch that others may join; ``coding`` replaces those it accepts."""
    kept = [
        pair
        for pair in end_to_end(headers)
        if pair[0] not in _FRAMING and pair[0] not in _DECEIVING and pair[0] not in _UNSHARED
    ]
    return (*kept, (b"accept-encoding", coding or vary.encodings(headers)))


def own_fields_upstream(headers: Headers) -> Headers:
    """A viewer's fields for a fetch that is for it alone."""
    kept = end_to_end(headers)
    return tuple(p for p in kept if p[0] not in _FRAMING and p[0] not in _DECEIVING)


def upstream(fields: Fields, node: bytes, more: Fields = ()) -> bytes:
    """Lines of a request's head."""
    return lines([*fields, *more, _OURS, (b"cdn-loop", node)])


def looped(headers: Headers, node: bytes) -> bool:
    """Whether the request has passed through this node already (RFC 8586), or through too many."""
    seen = field(headers, b"cdn-loop")
    if seen is None:
        return False
    nodes = [item.split(b";")[0].strip() for item in seen.split(b",", _NODES_MAX)]
    return node in nodes or len(nodes) > _NODES_MAX


def reply_fields(headers: Headers, target: Target) -> list[tuple[bytes, bytes]]:
    """A parent's fields as they go to viewers; length and age are stated anew.

    A cookie that comes with a live reply is nobody's: all who wait would be one session.
    """
    left_out = {b"content-length", b"age"} | ({b"set-cookie"} if target.live else set())
    kept = [pair for pair in end_to_end(headers) if pair[0] not in left_out]
    return with_cors(kept, target)


def with_cors(fields: Fields, target: Target) -> list[tuple[bytes, bytes]]:
    """Players on other sites may read live streams, and the headers they compute delays from."""
    if not target.live:
        return list(fields)
    kept = [pair for pair in fields if not pair[0].startswith(b"access-control-")]
    return [
        *kept,
        (b"access-control-allow-origin", b"*"),
        (b"access-control-expose-headers", b"age, date, cache-status"),
    ]
