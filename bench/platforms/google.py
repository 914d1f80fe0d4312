"""Stands in for Google's sign-in, out of reach of tests: the device flow, tokens, renewal, revocation.

Follows "OAuth 2.0 for TV and Limited-Input Device Applications" (developers.google.com/youtube/v3/guides/auth/devices).
A person who uses the street in a browser gets a page with one button; tests call ``allow`` and ``deny``.
"""

import html
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from bench.platforms.front import Answer, Asked


CODE_S = 1800
TOKEN_S = 3599
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PAGE = """<!doctype html><title>Connect a device</title><h1>Google (a stand-in)</h1>
<form method="post"><label>Code <input name="user_code" value="{code}"></label>
<button name="said" value="yes">Allow</button> <button name="said" value="no">Deny</button></form>"""


@dataclass(slots=True)
class _Device:
    user_code: str
    scopes: str
    until: float
    allowed: bool | None = None


@dataclass
class Google:
    client_id: str = "1234-street.apps.googleusercontent.com"
    client_secret: str = "GOCSPX-street-secret"  # noqa: S105  opens nothing
    url: str = ""
    interval_s: int = 5
    """What is asked for between two polls; more often is answered with ``slow_down`` once."""
    refresh_tokens: set[str] = field(default_factory=set)
    access_tokens: dict[str, float] = field(default_factory=dict)
    """And when each ends, on the monotonic clock."""
    _devices: dict[str, _Device] = field(default_factory=dict)
    slow_downs: int = 0
    """So many polls more are told to slow down."""

    def allow(self, user_code: str) -> None:
        self._device(user_code).allowed = True

    def deny(self, user_code: str) -> None:
        self._device(user_code).allowed = False

    def expire(self) -> None:
        """Every access token is too old from now on."""
        self.access_tokens.clear()

    def revoke(self) -> None:
        """The person took every leave back."""
        self.access_tokens.clear()
        self.refresh_tokens.clear()

    def lets_in(self, access_token: str) -> bool:
        return self.access_tokens.get(access_token, 0.0) > time.monotonic()

    def grant(self) -> dict[str, Any]:
        """Tokens as after a person's yes."""
        refresh = f"1//{secrets.token_urlsafe(16)}"
        self.refresh_tokens.add(refresh)
        return {**self._access(), "refresh_token": refresh}

    def answer(self, asked: Asked) -> Answer | None:
        """None: not ours."""
        match asked.method, asked.path:
            case "POST", "/device/code":
                return self._begin(asked.form())
            case "POST", "/token":
                return self._token(asked.form())
            case "POST", "/revoke":
                return self._revoke(asked.form().get("token", ""))
            case (("GET" | "POST"), "/device"):
                return self._page(asked)
        return None

    def _device(self, user_code: str) -> _Device:
        return next(one for one in self._devices.values() if one.user_code == user_code)

    def _begin(self, form: dict[str, str]) -> Answer:
        if form.get("client_id") != self.client_id:
            return _refusal(401, "invalid_client", "The OAuth client was not found.")
        device, code = secrets.token_urlsafe(32), secrets.token_hex(4).upper()
        user_code = f"{code[:4]}-{code[4:]}"
        self._devices[device] = _Device(user_code, form["scope"], time.monotonic() + CODE_S)
        value = {
            "device_code": device,
            "user_code": user_code,
            "expires_in": CODE_S,
            "interval": self.interval_s,
            "verification_url": f"{self.url}/device",
        }
        return Answer(value=value)

    def _token(self, form: dict[str, str]) -> Answer:
        if (form.get("client_id"), form.get("client_secret")) != (
            self.client_id,
            self.client_secret,
        ):
            return _refusal(401, "invalid_client", "The provided client secret is invalid.")
        if form.get("grant_type") == DEVICE_GRANT:
            return self._poll(form.get("device_code", ""))
        if form.get("grant_type") != "refresh_token":
            return _refusal(400, "unsupported_grant_type", "Invalid grant_type")
        if form.get("refresh_token") not in self.refresh_tokens:
            return _refusal(400, "invalid_grant", "Token has been expired or revoked.")
        return Answer(value=self._access())

    def _poll(self, code: str) -> Answer:
        device = self._devices.get(code)
        if device is None or device.until < time.monotonic():
            return _refusal(400, "invalid_grant", "Malformed auth code.")
        if self.slow_downs > 0:
            self.slow_downs -= 1
            return _refusal(403, "slow_down", "Forbidden")
        if device.allowed is None:
            return _refusal(428, "authorization_pending", "Precondition Required")
        del self._devices[code]
        if not device.allowed:
            return _refusal(403, "access_denied", "Forbidden")
        return Answer(value=self.grant())

    def _access(self) -> dict[str, Any]:
        access = f"ya29.{secrets.token_urlsafe(24)}"
        self.access_tokens[access] = time.monotonic() + TOKEN_S
        scope = "https://www.googleapis.com/auth/youtube"
        return {
            "access_token": access,
            "expires_in": TOKEN_S,
            "scope": scope,
            "token_type": "Bearer",
        }

    def _revoke(self, token: str) -> Answer:
        if token not in self.access_tokens and token not in self.refresh_tokens:
            return _refusal(400, "invalid_token", "Token expired or revoked")
        self.revoke()
        return Answer(value={})

    def _page(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            form = asked.form()
            self._device(form["user_code"].strip().upper()).allowed = form["said"] == "yes"
            text = "<!doctype html><title>Done</title><h1>You may close this page.</h1>"
        else:
            text = PAGE.format(code=html.escape(asked.one("user_code")))
        return Answer(raw=text.encode(), headers={"content-type": "text/html; charset=utf-8"})


def _refusal(status: int, error: str, description: str) -> Answer:
    return Answer(status, {"error": error, "error_description": description})
