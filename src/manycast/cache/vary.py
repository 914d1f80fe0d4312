"""Which stored reply to a URL fits a request (RFC 9111 section 4.1)."""

from functools import lru_cache
from typing import TYPE_CHECKING

from manycast.std.http1 import Fields, field, values


if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

_WEIGHED = frozenset({b"accept", b"accept-charset", b"accept-encoding", b"accept-language"})
"""Lists of preferences: case, order and the spelling of weights mean nothing (RFC 9110 section 12.4)."""

_CODINGS = (b"zstd", b"br", b"gzip")
"""Codings told apart; what browsers ask for besides makes no other reply."""


_REMEMBERED = 1_024
_REMEMBERED_BYTES = 256
"""Preferences kept read: browsers send a few spellings over and over, of about 40 bytes."""


def names(headers: Fields) -> tuple[bytes, ...] | None:
    """The request fields that choose the reply, sorted; None for "*", which nothing ever matches."""
    listed = (field(headers, b"vary") or b"").lower().split(b",")
    found = {name.strip(b" \t") for name in listed} - {b""}
    return None if b"*" in found else tuple(sorted(found))


def secondary(chosen: tuple[bytes, ...], asked: Fields) -> bytes:
    """The part of a key that the chosen fields make; an absent field differs from an empty one."""
    return b"\n".join([name + _normal(name, asked) for name in chosen])


def encodings(asked: Fields) -> bytes:
    """Accept-Encoding in the one spelling that is sent upstream, best first; b"identity" for none."""
    return _known(_codings, field(asked, b"accept-encoding") or b"")


def _normal(name: bytes, asked: Fields) -> bytes:
    if not values(asked, name):
        return b""
    value = field(asked, name) or b""
    if name == b"accept-encoding":
        return b":" + _known(_codings, value)
    if name in _WEIGHED:
        return b":" + _known(_ordered, value)
    return b":" + b",".join(_items(value))


def _known(read: "_lru_cache_wrapper[bytes]", value: bytes) -> bytes:
    return read(value) if len(value) <= _REMEMBERED_BYTES else read.__wrapped__(value)


@lru_cache(maxsize=_REMEMBERED)
def _codings(value: bytes) -> bytes:
    accepted = _weights(value)
    if accepted.get(b"x-gzip"):
        accepted.setdefault(b"gzip", accepted[b"x-gzip"])
    rest = accepted.get(b"*", 0)
    wanted = [coding for coding in _CODINGS if accepted.get(coding, rest)]
    return b", ".join(wanted) or b"identity"


@lru_cache(maxsize=_REMEMBERED)
def _ordered(value: bytes) -> bytes:
    ordered = sorted(_weights(value).items(), key=lambda pair: (-pair[1], pair[0]))
    return b",".join([b"%s;q=%d" % pair for pair in ordered])


def _items(value: bytes) -> list[bytes]:
    """A list's items without the white space around them; quoted commas separate too, consistently."""
    return [item.strip(b" \t") for item in value.split(b",")]


def _weights(value: bytes) -> dict[bytes, int]:
    """Preferences in lower case and their weights in thousandths; a weight that is none counts as 1."""
    found: dict[bytes, int] = {}
    for item in _items(value.lower()):
        *words, weight = [word.strip(b" \t") for word in item.split(b";")]
        if not weight.startswith(b"q="):
            words, weight = [*words, weight], b""
        if name := b";".join(words):
            found.setdefault(name, _thousandths(weight[2:]))
    return found


def _thousandths(weight: bytes) -> int:
    whole, _, part = weight.partition(b".")
    if whole != b"0" or not (part or b"0").isdigit():
        return 1000
    return int(part[:3].ljust(3, b"0"))
