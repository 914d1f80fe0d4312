import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given, strategies as st

from manycast.edge.guard.tokens import Permission, TokenError, check, sign


KEY, OTHER = b"k" * 32, b"o" * 32
NOW = 1_700_000_000.0
PATHS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20).map("/{}".format)


def packed(value: bytes) -> bytes:
    return urlsafe_b64encode(value).rstrip(b"=")


def jwt(claims: dict[str, Any], key: bytes = KEY, **header: Any) -> bytes:
    """As RFC 7515 appendix A.1 makes one, without our own code."""
    told = {"typ": "JWT", "alg": "HS256", **header}
    said = packed(json.dumps(told).encode()) + b"." + packed(json.dumps(claims).encode())
    return said + b"." + packed(hmac.new(key, said, hashlib.sha256).digest())


@given(PATHS, PATHS, st.integers(-5, 5), st.sampled_from(["", "1.2.3.4", "6.6.6.6"]))
def test_a_permission_opens_its_scope_until_it_expires_and_nothing_else(
    scope: str, path: str, left_s: int, address: str
) -> None:
    permission = Permission(scope, int(NOW) + left_s, address)
    token = sign(permission, KEY).encode()
    inside = path == scope or (scope.endswith("/") and path.startswith(scope))
    if inside and left_s > 0 and address in {"", "1.2.3.4"}:
        assert check(token, [OTHER, KEY], path, "1.2.3.4", NOW) == permission
    else:
        with pytest.raises(TokenError):
            check(token, [OTHER, KEY], path, "1.2.3.4", NOW)


@given(st.data())
def test_no_token_survives_a_changed_byte(data: st.DataObject) -> None:
    token = bytearray(sign(Permission("/a/", int(NOW) + 9), KEY).encode())
    at = data.draw(st.integers(0, len(token) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != token[at]))
    token[at] = byte
    with pytest.raises(TokenError):
        check(bytes(token), [KEY], "/a/b", "", NOW)


@given(st.binary(max_size=60))
def test_anything_may_be_sent_as_a_token(token: bytes) -> None:
    with pytest.raises(TokenError):
        check(token, [KEY], "/a", "", NOW)


def test_web_tokens_open_what_they_say() -> None:
    assert check(jwt({"exp": NOW + 1}), [KEY], "/x", "", NOW).scope == "/"
    token = jwt({"exp": NOW + 1, "nbf": NOW, "path": "/live/", "ip": "1.2.3.4"})
    assert check(token, [KEY], "/live/a", "1.2.3.4", NOW).address == "1.2.3.4"


@pytest.mark.parametrize(
    "token",
    [
        jwt({"exp": NOW + 9}, OTHER), jwt({"exp": NOW}), jwt({}), jwt({"exp": "9" * 20}),
        jwt({"exp": True}), jwt({"exp": NOW + 9, "nbf": NOW + 1}), jwt({"exp": NOW + 9, "path": "/b"}),
        jwt({"exp": NOW + 9, "path": ["/a"]}), jwt({"exp": NOW + 9, "ip": 7}),
        jwt({"exp": NOW + 9}, alg="none"), jwt({"exp": NOW + 9}, alg="HS512"),
        jwt({"exp": NOW + 9}, alg="RS256"), jwt({"exp": NOW + 9}, alg=None),
        jwt({"exp": NOW + 9}, crit=["b64"]), jwt({"exp": float("inf")}),
        packed(b'{"alg":"none"}') + b"." + packed(b'{"exp":1e12}') + b".",
        sign(Permission("/a", int(NOW) + 9), KEY).encode() + b"=",
        b"m1." + jwt({"exp": NOW + 9}),
    ],
)  # fmt: skip
def test_forged_and_odd_web_tokens_open_nothing(token: bytes) -> None:
    with pytest.raises(TokenError):
        check(token, [KEY], "/a", "", NOW)


def test_a_token_of_one_kind_is_never_read_as_the_other() -> None:
    said = packed(b"m1") + b"." + packed(b"{}")
    token = said + b"." + packed(hmac.new(KEY, said, hashlib.sha256).digest())
    with pytest.raises(TokenError):
        check(token, [KEY], "/a", "", NOW)
