"""Which header fields travel on, and which this node adds."""

from manycast.edge.target import Target
from manycast.std.http1 import Fields, Headers, field, lines


_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate",
        b"proxy-authorization", b"te", b"trailer", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
_FRAMING = frozenset({b"host", b"content-length", b"expect"})
"""Stated anew for each connection."""
_UNNAMEABLE = frozenset({b"authorization", b"cookie", b"host", b"cache-control", b"range"})
"""Connection may not strip these: a client would make the parent answer another question."""

_OURS = (b"via", b"1.1 manycast")


def end_to_end(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Drop what concerns one connection only (RFC 9110 section 7.6.1)."""
    listed = (field(headers, b"connection") or b"").lower()
    named = {name.strip() for name in listed.split(b",")} - _UNNAMEABLE
    return [pair for pair in headers if pair[0] not in _HOP and pair[0] not in named]


def shared_request(node: bytes) -> bytes:
    """Fields of a fetch whose reply all may get: nothing of the viewer who came first."""
    return lines(((b"accept", b"*/*"), _OURS, (b"cdn-loop", node)))


def own_request(headers: Headers, node: bytes) -> bytes:
    """Fields of a fetch for one viewer alone."""
    kept = [pair for pair in end_to_end(headers) if pair[0] not in _FRAMING]
    return lines([*kept, _OURS, (b"cdn-loop", node)])


def looped(headers: Headers, node: bytes) -> bool:
    """Whether the request has passed through this node already (RFC 8586)."""
    seen = field(headers, b"cdn-loop")
    return seen is not None and node in {item.split(b";")[0].strip() for item in seen.split(b",")}


def reply_fields(headers: Headers, target: Target) -> list[tuple[bytes, bytes]]:
    """A parent's fields as they go to viewers; length and age are stated anew."""
    kept = [pair for pair in end_to_end(headers) if pair[0] not in {b"content-length", b"age"}]
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
