"""Kick's sign-in: OAuth 2.1 with PKCE, for an app that has a secret.

https://docs.kick.com/getting-started/generating-tokens-oauth2-flow. The browser comes back to an address that the app's
owner entered at Kick.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import urlencode

from manycast.platforms.failures import RefusedError
from manycast.platforms.kick.faults import NAME, sign_in_fault
from manycast.platforms.values import App, Flow, Prompt, Tokens
from manycast.platforms.wire import Call, Reply, Request


SCOPES = (
    "user:read",
    "channel:read",
    "channel:write",
    "streamkey:read",
    "chat:write",
    "events:subscribe",
)
FLOW_MS = 900_000
"""For a person to log in and allow it."""


def begin(base: str, app: App, redirect_url: str, secret: str, state: str, now_ms: int) -> Flow:
    """``secret`` is the verifier of PKCE, of 43 to 128 characters."""
    challenge = urlsafe_b64encode(sha256(secret.encode()).digest()).decode().rstrip("=")
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect_url,
        "scope": " ".join(SCOPES),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "state": state,
    }
    prompt = Prompt(url=f"{base}/oauth/authorize?{urlencode(query)}", expires_ms=now_ms + FLOW_MS)
    return Flow(prompt=prompt, secret=secret, state=state, redirect_url=redirect_url)


def code_of(flow: Flow, answer: Mapping[str, str]) -> str:
    """From the query that the browser came back with. Raises RefusedError."""
    if answer.get("error"):
        said = (
            "The person did not allow it."
            if answer["error"] == "access_denied"
            else answer["error"]
        )
        raise RefusedError(NAME, said)
    if not answer.get("code") or answer.get("state") != flow.state:
        raise RefusedError(NAME, "This did not begin here. Begin again.")
    return answer["code"]


def exchange(base: str, app: App, flow: Flow, code: str, now_ms: int) -> Call[Tokens]:
    form = {
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "client_secret": app.secret,
        "redirect_uri": flow.redirect_url,
        "code_verifier": flow.secret,
        "code": code,
    }
    return _tokens_for(base, form, now_ms)


def renew(base: str, app: App, refresh: str, now_ms: int) -> Call[Tokens]:
    """Each gives a new refresh token too."""
    form = {
        "grant_type": "refresh_token",
        "client_id": app.client_id,
        "client_secret": app.secret,
        "refresh_token": refresh,
    }
    return _tokens_for(base, form, now_ms)


def revoke(base: str, token: str) -> Call[None]:
    """In a form, as RFC 7009 says, and not in the address, as Kick's documents say: addresses end up in logs."""
    form = {"token": token, "token_hint_type": "refresh_token"}
    request = Request(method="POST", url=f"{base}/oauth/revoke", form=form, signed=False, cost=0)
    return Call(request, lambda _: None, sign_in_fault)


def _tokens_for(base: str, form: dict[str, str], now_ms: int) -> Call[Tokens]:
    request = Request(
        method="POST",
        url=f"{base}/oauth/token",
        form=form,
        signed=False,
        cost=0,
        repeatable=form["grant_type"] == "refresh_token",
    )
    return Call(request, lambda reply: _tokens(reply, now_ms), sign_in_fault)


def _tokens(reply: Reply, now_ms: int) -> Tokens:
    value = reply.json()
    return Tokens(
        access=str(value["access_token"]),
        refresh=str(value["refresh_token"]),
        expires_ms=now_ms + 1000 * int(value["expires_in"]),
        scopes=tuple(str(value.get("scope", "")).split()),
    )
