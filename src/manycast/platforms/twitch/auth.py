"""Twitch's leave: the device code grant, which asks for no secret and no address of ours; dev.twitch.tv/docs/authentication."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from manycast.platforms.twitch.faults import TWITCH, of_helix, of_token
from manycast.platforms.values import App, Flow, Prompt, Tokens
from manycast.platforms.wire import Call, Dialect, Reply, Request


SCOPES = (
    "channel:read:stream_key",
    "channel:manage:broadcast",
    "user:read:chat",
    "user:write:chat",
)
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PER_MINUTE = 600
"""Helix allows 800 points a minute for each person of an app; what else the app does needs some."""


@dataclass(frozen=True, slots=True)
class Validated:
    """What Twitch knows of an access token."""

    user_id: str
    login: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Auth:
    base: str
    """``https://id.twitch.tv/oauth2``"""

    def begin(self, app: App, now_ms: int) -> Call[Flow]:
        form = {"client_id": app.client_id, "scopes": " ".join(SCOPES)}

        def read(reply: Reply) -> Flow:
            value = reply.json()
            prompt = Prompt(
                url=str(value["verification_uri"]),
                user_code=str(value["user_code"]),
                interval_s=float(value.get("interval", 5)),
                expires_ms=now_ms + 1000 * int(value["expires_in"]),
            )
            return Flow(prompt=prompt, secret=str(value["device_code"]))

        return Call(self._post("device", form), read, of_token)

    def finish(self, app: App, device_code: str, now_ms: int) -> Call[Tokens]:
        """Fails with PendingError until the person has agreed."""
        form = {
            "client_id": app.client_id,
            "scopes": " ".join(SCOPES),
            "device_code": device_code,
            "grant_type": DEVICE_GRANT,
        }
        return Call(self._post("token", form), _tokens(now_ms), of_token)

    def renew(self, app: App, refresh: str, now_ms: int) -> Call[Tokens]:
        form = {
            "client_id": app.client_id,
            "refresh_token": refresh,
            "grant_type": "refresh_token",
        }
        if app.secret:  # an app that was registered as confidential needs it here alone
            form["client_secret"] = app.secret
        return Call(self._post("token", form), _tokens(now_ms), of_token)

    def validate(self) -> Call[Validated]:
        """Twitch wants every app to ask this hourly while it keeps somebody's tokens."""
        request = Request(method="GET", url=f"{self.base}/validate")

        def read(reply: Reply) -> Validated:
            value = reply.json()
            return Validated(
                str(value["user_id"]), str(value["login"]), tuple(value.get("scopes") or ())
            )

        return Call(request, read, of_helix)

    def revoke(self, app: App, token: str) -> Call[None]:
        form = {"client_id": app.client_id, "token": token}
        return Call(self._post("revoke", form), lambda _: None, of_token)

    def dialect(self, now_ms: Callable[[], int]) -> Dialect:
        return Dialect(
            platform=TWITCH,
            sign=sign,
            renew=lambda app, refresh: self.renew(app, refresh, now_ms()),
            per_minute=PER_MINUTE,
        )

    def _post(self, path: str, form: dict[str, str]) -> Request:
        # Repeatable: a code or token that is good once is lost with the first answer, or not at all.
        return Request(method="POST", url=f"{self.base}/{path}", form=form, signed=False)


def sign(request: Request, app: App, access: str) -> Request:
    scheme = "OAuth" if request.url.endswith("/validate") else "Bearer"
    headers = {"Authorization": f"{scheme} {access}", "Client-Id": app.client_id}
    return replace(request, headers={**request.headers, **headers})


def _tokens(now_ms: int) -> Callable[[Reply], Tokens]:
    def read(reply: Reply) -> Tokens:
        value = reply.json()
        return Tokens(
            access=_text(value["access_token"]),
            refresh=_text(value["refresh_token"]),
            expires_ms=now_ms + 1000 * int(value["expires_in"]),
            scopes=tuple(value.get("scope") or ()),
        )

    return read


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a token is text")
    return value
