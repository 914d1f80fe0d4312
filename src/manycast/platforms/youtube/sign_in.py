"""Google's sign-in for programs that no browser is sent back to: the device flow.

https://developers.google.com/youtube/v3/guides/auth/devices: it needs no redirect address that Google must know,
so it works for a network at home; its scope may do all that is needed here.
"""

from manycast.platforms.failures import PendingError, PlatformError, RefusedError
from manycast.platforms.values import App, Flow, Prompt, Tokens
from manycast.platforms.wire import Call, Reply, Request
from manycast.platforms.youtube.faults import NAME, sign_in_error, sign_in_fault


SCOPE = "https://www.googleapis.com/auth/youtube"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PENDING = {"authorization_pending", "slow_down"}


def begin(base: str, app: App, now_ms: int) -> Call[Flow]:
    form = {"client_id": app.client_id, "scope": SCOPE}
    request = Request(method="POST", url=f"{base}/device/code", form=form, signed=False, cost=0)
    return Call(request, lambda reply: _flow(reply, now_ms), sign_in_fault)


def poll(base: str, app: App, code: str, now_ms: int) -> Call[Tokens]:
    """Fails with PendingError until the person has agreed."""
    form = {
        "client_id": app.client_id,
        "client_secret": app.secret,
        "device_code": code,
        "grant_type": GRANT,
    }
    request = _token_request(base, form)

    def fault(reply: Reply, at_ms: int) -> PlatformError:
        if sign_in_error(reply) in PENDING:
            return PendingError(NAME)
        if sign_in_error(reply) == "invalid_grant":
            return RefusedError(NAME, "The code has run out. Begin again.")
        return sign_in_fault(reply, at_ms)

    return Call(request, lambda reply: _tokens(reply, now_ms), fault)


def renew(base: str, app: App, refresh: str, now_ms: int) -> Call[Tokens]:
    """Google gives no new refresh token with it."""
    form = {
        "client_id": app.client_id,
        "client_secret": app.secret,
        "refresh_token": refresh,
        "grant_type": "refresh_token",
    }
    return Call(_token_request(base, form), lambda reply: _tokens(reply, now_ms), sign_in_fault)


def revoke(base: str, token: str) -> Call[None]:
    form = {"token": token}
    request = Request(method="POST", url=f"{base}/revoke", form=form, signed=False, cost=0)
    return Call(request, lambda _: None, sign_in_fault)


def _token_request(base: str, form: dict[str, str]) -> Request:
    return Request(method="POST", url=f"{base}/token", form=form, signed=False, cost=0)


def _flow(reply: Reply, now_ms: int) -> Flow:
    value = reply.json()
    prompt = Prompt(
        url=str(value.get("verification_url") or value["verification_uri"]),
        user_code=str(value["user_code"]),
        interval_s=float(value.get("interval", 5)),
        expires_ms=now_ms + 1000 * int(value["expires_in"]),
    )
    return Flow(prompt=prompt, secret=str(value["device_code"]))


def _tokens(reply: Reply, now_ms: int) -> Tokens:
    value = reply.json()
    return Tokens(
        access=str(value["access_token"]),
        refresh=str(value.get("refresh_token", "")),
        expires_ms=now_ms + 1000 * int(value["expires_in"]),
        scopes=tuple(str(value.get("scope", "")).split()),
    )
