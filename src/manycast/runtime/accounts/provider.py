"""Asking a provider of single sign-on: what it is like, its keys, and whom a code is for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx2
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from manycast.control.sign_on import Identity, RefusedError, described, identity, is_protected
from manycast.runtime import clock


WAIT_S = 10.0
"""For each reply; a person waits for three of them at most."""
BYTES_MAX = 1_000_000
"""Of a reply; the largest key sets have some 20 KB."""
FRESH_S = 3600.0
"""What a provider says of itself is believed so long."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are to the provider."""

    issuer: str
    client_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class _Known:
    about: Mapping[str, Any]
    keys: KeySet
    at_s: float


class Provider:
    """From any thread: two that ask at once ask twice, and nothing else happens. All raise RefusedError."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def authorization_endpoint(self, client: Client) -> str:
        return str(self._about(client)["authorization_endpoint"])

    def who(
        self, client: Client, *, code: str, redirect_uri: str, verifier: str, nonce: str
    ) -> Identity:
        about = self._about(client)
        tokens = self._exchange(client, about, code, redirect_uri, verifier)
        found, claims = self._read(client, str(tokens.get("id_token")), nonce)
        if "email" not in claims and "userinfo_endpoint" in about:
            more = self._more(str(about["userinfo_endpoint"]), str(tokens.get("access_token")))
            if more.get("sub") == found.subject:
                return described({**claims, **more}, client.issuer)
        return found

    def check(self, client: Client) -> None:
        """Whether it is there and fit, asked anew."""
        self._known.pop(client.issuer, None)
        self._about(client)

    def _read(self, client: Client, token: str, nonce: str) -> tuple[Identity, Mapping[str, Any]]:
        """A key that we do not know may be newer than our copy."""
        try:
            return self._judge(client, token, nonce)
        except InvalidKeyIdError:
            self._known.pop(client.issuer, None)
            self._about(client)
        try:
            return self._judge(client, token, nonce)
        except InvalidKeyIdError as error:
            raise RefusedError(
                "sign-on-failed", "the ID token is signed with no key of its"
            ) from error

    def _judge(self, client: Client, token: str, nonce: str) -> tuple[Identity, Mapping[str, Any]]:
        return identity(
            token,
            self._known[client.issuer].keys,
            issuer=client.issuer,
            client_id=client.client_id,
            nonce=nonce,
            now_s=clock.wall_ms() // 1000,
        )

    def _about(self, client: Client) -> Mapping[str, Any]:
        known = self._known.get(client.issuer)
        if known is None or clock.monotonic() - known.at_s > FRESH_S:
            known = _discover(client.issuer)
            self._known = {client.issuer: known}
        return known.about

    def _exchange(
        self, client: Client, about: Mapping[str, Any], code: str, redirect_uri: str, verifier: str
    ) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        methods = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        endpoint = str(about["token_endpoint"])
        if "client_secret_basic" in methods:
            # RFC 6749, 2.3.1: both are form-encoded before they are joined.
            name, secret = quote(client.client_id, safe=""), quote(client.secret, safe="")
            return _ask("POST", endpoint, data=form, auth=(name, secret))
        more = {"client_id": client.client_id, "client_secret": client.secret}
        return _ask("POST", endpoint, data={**form, **more})

    @staticmethod
    def _more(endpoint: str, access_token: str) -> Mapping[str, Any]:
        return _ask("GET", endpoint, headers={"Authorization": f"Bearer {access_token}"})


def _discover(issuer: str) -> _Known:
    about = _ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if about.get("issuer") != issuer:
        raise RefusedError("sign-on-failed", f"{issuer} calls itself {about.get('issuer')!r}")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not is_protected(str(about.get(name))):
            raise RefusedError("sign-on-failed", f"{issuer} has no {name} with https")
    try:
        keys = KeySet.import_key_set({"keys": list(_ask("GET", about["jwks_uri"])["keys"])})
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise RefusedError("sign-on-failed", f"{issuer} shows no keys that we can read") from error
    return _Known(about, keys, clock.monotonic())


def _ask(method: str, url: str, **more: Any) -> Mapping[str, Any]:
    """A JSON object. Redirects are not followed: the answer must come from whom was asked."""
    if not is_protected(url):
        raise RefusedError("sign-on-failed", f"{url} is not https")
    try:
        with (
            httpx2.Client(timeout=WAIT_S, trust_env=False) as asking,
            asking.stream(method, url, **more) as reply,
        ):
            body = _read(reply)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        reason = f"{url} does not answer: {type(error).__name__}"
        raise RefusedError("sign-on-failed", reason) from error
    if reply.status_code != httpx2.codes.OK:
        raise RefusedError("sign-on-failed", f"{url} answered {reply.status_code}")
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise RefusedError("sign-on-failed", f"{url} answered no JSON object")
    return value


def _read(reply: httpx2.Response) -> bytes:
    body = b""
    for piece in reply.iter_bytes():
        body += piece
        if len(body) > BYTES_MAX:
            raise RefusedError("sign-on-failed", "the provider's reply is too long")
    return body
