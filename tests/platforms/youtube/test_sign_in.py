import json

import pytest

from manycast.platforms.failures import PendingError, RefusedError, UnauthorizedError
from manycast.platforms.values import App
from manycast.platforms.wire import Reply
from manycast.platforms.youtube import sign_in


BASE, APP = "https://oauth2.example", App("id", "secret")


def reply(value: object, status: int = 200) -> Reply:
    return Reply(status, {}, json.dumps(value).encode())


def test_a_device_asks_for_a_code() -> None:
    call = sign_in.begin(BASE, APP, 1000)
    assert (call.request.method, call.request.url) == ("POST", f"{BASE}/device/code")
    value = {
        "device_code": "dev",
        "user_code": "AB-CD",
        "verification_url": "https://google.com/device",
        "expires_in": 1800,
        "interval": 7,
    }
    flow = call.read(reply(value))
    assert (flow.secret, flow.prompt.user_code, flow.prompt.interval_s) == ("dev", "AB-CD", 7.0)
    assert flow.prompt.expires_ms == 1_801_000


def test_polling_waits_fails_and_ends() -> None:
    call = sign_in.poll(BASE, APP, "dev", 1000)
    for waiting in ("authorization_pending", "slow_down"):
        assert isinstance(call.fault(reply({"error": waiting}, 428), 0), PendingError)
    assert isinstance(call.fault(reply({"error": "access_denied"}, 403), 0), RefusedError)
    assert isinstance(call.fault(reply({"error": "invalid_grant"}, 400), 0), RefusedError)
    granted = {"access_token": "a", "refresh_token": "r", "expires_in": 3599, "scope": "x y"}
    tokens = call.read(reply(granted))
    assert (tokens.access, tokens.refresh, tokens.expires_ms) == ("a", "r", 3_600_000)
    assert tokens.scopes == ("x", "y")


def test_a_renewal_may_bring_no_new_refresh_token_and_may_be_refused_for_good() -> None:
    call = sign_in.renew(BASE, APP, "r", 0)
    assert call.read(reply({"access_token": "a", "expires_in": 10})).refresh == ""
    assert isinstance(call.fault(reply({"error": "invalid_grant"}, 400), 0), UnauthorizedError)
    with pytest.raises(LookupError):
        call.read(reply({"expires_in": 10}))


def test_no_secret_is_in_an_address_or_shown() -> None:
    for call in (
        sign_in.poll(BASE, APP, "dev-code", 0),
        sign_in.renew(BASE, APP, "refresh-token", 0),
        sign_in.revoke(BASE, "refresh-token"),
    ):
        shown = repr(call.request)
        assert not any(word in shown for word in ("dev-code", "refresh-token", "'secret'"))
        assert not call.request.signed
