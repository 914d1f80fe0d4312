"""Renewing a stored reply from a 304 or the reply to HEAD (RFC 9111 sections 3.2, 4.3.4, 4.3.5)."""

from enum import Enum

from manycast.cache.validators import strong
from manycast.std.http1 import Fields, Headers, field


_KEPT = frozenset(
    {
        b"content-encoding", b"content-length", b"content-range", b"transfer-encoding",
        b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate",
        b"proxy-authentication-info", b"proxy-authorization", b"te", b"trailer", b"upgrade",
    }
)  # fmt: skip
"""They describe the stored bytes or one connection: a reply without a body cannot change them."""


class News(Enum):
    """What a bodiless reply says of a stored one."""

    RENEWS = "merge its fields into the stored reply"
    OUTDATES = "the stored reply is of an older representation: fetch it anew"
    NOTHING = "leave the stored reply as it is"


def merged(stored: Fields, fresh: Fields) -> Headers:
    """The stored fields with every one that came replaced, in all its lines.

    Age is replaced even by its absence: it told the age of the reply before.
    """
    new = tuple(pair for pair in fresh if pair[0] not in _KEPT)
    gone = {name for name, _ in new} | {b"age"}
    return (*[pair for pair in stored if pair[0] not in gone], *new)


def by_304(stored: Fields, fresh: Fields) -> News:
    """A 304 to our own condition renews, unless it names another representation."""
    tag, told = field(stored, b"etag"), field(fresh, b"etag")
    if told is not None and tag is not None:
        return News.RENEWS if _alike(tag, told) else News.OUTDATES
    return News.RENEWS


def by_head(stored: Fields, status: int, fresh: Fields) -> News:
    """A 200 to HEAD renews when its validators and length are the stored reply's."""
    if status != 200:
        return News.NOTHING
    for name in (b"etag", b"last-modified", b"content-length"):
        told = field(fresh, name)
        if told is not None and told != field(stored, name):
            return News.OUTDATES
    return News.RENEWS


def _alike(tag: bytes, told: bytes) -> bool:
    """Strong tags must be equal; weak ones but for their weakness."""
    if strong(tag) and strong(told):
        return tag.strip() == told.strip()
    return tag.strip().removeprefix(b"W/") == told.strip().removeprefix(b"W/")
