"""Signed permissions to fetch: a token of our own, or a JSON Web Token (RFC 7519) with HS256.

Nothing else that a JWT may name as its algorithm is accepted: not ``none``, and no public keys, so that
a key cannot be taken for one of another kind.
"""

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


KEY_CHARACTERS_MIN = 32
"""As many bytes as the hash is long (RFC 7518 section 3.2)."""

_TOKEN = re.compile(rb"[A-Za-z0-9_.-]{1,4096}")
_VERSION = b"m1"


class TokenError(Exception):
    """The token is no permission for this; the message may be told to whoever sent it."""


@dataclass(frozen=True, slots=True)
class Permission:
    scope: str
    """A path, or with a slash at its end all that is under it."""
    expires_s: int
    """Seconds since 1970."""
    address: str = ""
    """Who alone may use it; empty: anybody."""

    def covers(self, path: str) -> bool:
        return path == self.scope or (self.scope.endswith("/") and path.startswith(self.scope))


def sign(permission: Permission, key: bytes) -> str:
    said = b"%s.%d.%s.%s" % (
        _VERSION,
        permission.expires_s,
        _packed(permission.scope.encode()),
        _packed(permission.address.encode()),
    )
    return (said + b"." + _packed(_mac(said, key))).decode()


def check(
    token: bytes, keys: Sequence[bytes], path: str, address: str, wall_s: float
) -> Permission:
    """Raises TokenError unless one of the keys has signed a permission for this request."""
    if not _TOKEN.fullmatch(token):
        raise TokenError("the token is malformed")
    said, _, mac = token.rpartition(b".")
    given = _unpacked(mac)
    if not any(hmac.compare_digest(given, _mac(said, key)) for key in keys):
        raise TokenError("the token's signature is wrong")
    ours = said.startswith(_VERSION + b".")
    permission = _ours(said) if ours else _web(said, wall_s)
    if permission.expires_s <= wall_s:
        raise TokenError("the token has expired")
    if not permission.covers(path):
        raise TokenError("the token is for another path")
    if permission.address and permission.address != address:
        raise TokenError("the token is for another address")
    return permission


def _ours(said: bytes) -> Permission:
    parts = said.split(b".")
    if len(parts) != 4 or not parts[1].isdigit():
        raise TokenError("the token is malformed")
    return Permission(_text(parts[2]), int(parts[1]), _text(parts[3]))


def _web(said: bytes, wall_s: float) -> Permission:
    head, _, body = said.partition(b".")
    header, claims = _object(head), _object(body)
    if header.get("alg") != "HS256" or "crit" in header:
        raise TokenError("the token's algorithm is not HS256")
    expires = _number(claims.get("exp"))
    if _number(claims.get("nbf", 0)) > wall_s:
        raise TokenError("the token is not valid yet")
    scope, address = claims.get("path", "/"), claims.get("ip", "")
    if not isinstance(scope, str) or not isinstance(address, str):
        raise TokenError("path and ip of the token must be texts")
    return Permission(scope, int(expires), address)


def _number(value: Any) -> float:
    if type(value) not in {int, float} or not 0 <= value < 2**53:
        raise TokenError("the token has no exp, or one that is no number")
    return float(value)


def _object(packed: bytes) -> dict[str, Any]:
    try:
        found = json.loads(_unpacked(packed))
    except (ValueError, RecursionError):
        raise TokenError("the token is malformed") from None
    if not isinstance(found, dict):
        raise TokenError("the token is malformed")
    return found


def _text(packed: bytes) -> str:
    try:
        return _unpacked(packed).decode()
    except UnicodeDecodeError:
        raise TokenError("the token is malformed") from None


def _mac(said: bytes, key: bytes) -> bytes:
    return hmac.digest(key, said, hashlib.sha256)


def _packed(text: bytes) -> bytes:
    return urlsafe_b64encode(text).rstrip(b"=")


def _unpacked(text: bytes) -> bytes:
    """Only the one spelling that packing makes."""
    try:
        found = urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except ValueError:
        raise TokenError("the token is malformed") from None
    if _packed(found) != text:
        raise TokenError("the token is malformed")
    return found
