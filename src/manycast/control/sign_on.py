"""Single sign-on by OpenID Connect: the code flow with PKCE, as a browser carries it, and what a provider's word is worth."""

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet


ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519", "RS384", "RS512", "ES384", "ES512")
"""Signatures by a key of the provider's alone: none that is made with a secret we share, and never ``none``."""
SCOPES = "openid email profile"
ATTEMPT_MS = 600_000
"""From leaving for the provider to coming back."""
CLOCK_S = 60
"""How far the provider's clock may be off."""
CHARACTERS_MAX = 255
"""Of a subject (OpenID Connect Core, section 2)."""


class RefusedError(Exception):
    """Nobody is let in; ``name`` is for the login page, the message for the log. Neither holds a secret."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the browser takes along, sealed, so that only it can come back with the answer."""

    state: str
    nonce: str
    verifier: str
    next: str
    """The page of ours to go on to."""
    at_ms: int
    link_to: str = ""
    """Who is logged in and wants this way as well; empty: whoever the provider says."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is in the provider's words."""

    issuer: str
    subject: str
    email: str | None
    """In lower case, and only if the provider has verified it."""
    name: str
    """What they might like to be called."""


def challenge(verifier: str) -> str:
    """S256 of RFC 7636."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def question(endpoint: str, client_id: str, redirect_uri: str, attempt: Attempt) -> str:
    """Where the browser is sent to."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPES,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": challenge(attempt.verifier),
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def check_return(
    attempt: Attempt, state: str, issuer: str | None, expected: str, now_ms: int
) -> None:
    """That the answer belongs to this browser's question, and comes from whom it went to (RFC 9207). Raises RefusedError."""
    if not hmac.compare_digest(attempt.state.encode(), state.encode()):
        raise RefusedError("sign-on-expired", "the answer belongs to another question")
    if not 0 <= now_ms - attempt.at_ms <= ATTEMPT_MS:
        raise RefusedError("sign-on-expired", "the answer came too late")
    if issuer is not None and issuer != expected:
        raise RefusedError("sign-on-failed", "the answer comes from another provider")


def identity(
    token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, now_s: int
) -> tuple[Identity, Mapping[str, Any]]:
    """What an ID token says, and all its claims (OpenID Connect Core, 3.1.3.7). Raises RefusedError, joserfc's InvalidKeyIdError.

    The latter says that the provider may have changed its keys.
    """
    try:
        claims = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
    except JoseError as error:
        if error.error == "invalid_key_id":
            raise
        raise RefusedError("sign-on-failed", f"the ID token is no good: {error.error}") from error
    except ValueError as error:
        raise RefusedError("sign-on-failed", "the ID token is none") from error
    _check(claims, issuer, client_id, nonce, now_s)
    return described(claims, issuer), claims


def described(claims: Mapping[str, Any], issuer: str) -> Identity:
    email, verified = claims.get("email"), claims.get("email_verified")
    wanted = claims.get("preferred_username") or email or claims.get("name") or ""
    return Identity(
        issuer=issuer,
        subject=str(claims["sub"]),
        email=email.lower() if isinstance(email, str) and verified in {True, "true"} else None,
        name=login_name(str(wanted)),
    )


def login_name(wanted: str) -> str:
    """Like it, of the characters that a name may have."""
    plain = wanted.partition("@")[0].encode("ascii", "ignore").decode()
    kept = "".join(c for c in plain.replace(" ", ".") if c.isalnum() or c in "._-").lstrip("._-")
    return kept[:40] if len(kept) > 1 else "somebody"


def local(path: str) -> str:
    """The path when it is of a page of ours, else the home page: nobody is sent on to another site."""
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if fine and "\\" not in path else "/"


def is_protected(url: str) -> bool:
    """Whether it goes by TLS, or never leaves this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return True
    return parts.scheme == "http" and _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check(claims: Mapping[str, Any], issuer: str, client_id: str, nonce: str, now_s: int) -> None:
    audience = claims.get("aud")
    many = audience if isinstance(audience, list) else [audience]
    subject = claims.get("sub")
    failed = [
        name
        for name, fine in (
            ("iss", claims.get("iss") == issuer),
            ("aud", client_id in many),
            ("azp", claims.get("azp", client_id) == client_id),
            ("azp", len(many) == 1 or "azp" in claims),
            ("sub", isinstance(subject, str) and 0 < len(subject) <= CHARACTERS_MAX),
            ("exp", _number(claims, "exp") > now_s - CLOCK_S),
            ("iat", 0 < _number(claims, "iat") <= now_s + CLOCK_S),
            ("nbf", _number(claims, "nbf") <= now_s + CLOCK_S),
            ("nonce", hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode())),
        )
        if not fine
    ]
    if failed:
        raise RefusedError("sign-on-failed", f"the ID token is not for us, or not now: {failed[0]}")


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name, 0)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else -1
