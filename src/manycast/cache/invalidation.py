"""What an unsafe request makes obsolete (RFC 9111 section 4.4)."""

from urllib.parse import urljoin, urlsplit

from manycast.std.http1 import Fields, values


_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def outdated(method: str, target: str, authority: str, status: int, headers: Fields) -> list[str]:
    """Path and query of what a reply invalidates: the target, and what the reply names beside it.

    ``target`` is path and query as asked. Another origin's URL is left alone: a stranger's server must
    not empty this one's cache. Methods that are not known count as unsafe.
    """
    if method in _SAFE or not 200 <= status < 400:
        return []
    named = [*values(headers, b"location"), *values(headers, b"content-location")]
    others = (_local(target, authority, value) for value in named)
    return list(dict.fromkeys([target, *(found for found in others if found is not None)]))


def _local(target: str, authority: str, value: bytes) -> str | None:
    """The scheme may differ: whoever ends TLS in front of this node has changed it."""
    try:
        found = urlsplit(urljoin(f"http://{authority}{target}", value.decode("latin-1").strip()))
    except ValueError:
        return None
    if found.scheme not in {"http", "https"} or found.netloc.lower() != authority.lower():
        return None
    return (found.path or "/") + (f"?{found.query}" if found.query else "")
