import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest

from manycast.platforms.failures import RefusedError
from manycast.platforms.kick import sign_in
from manycast.platforms.values import App
from manycast.platforms.wire import Reply


BASE, APP = "https://id.example", App("id", "app-secret")
FLOW = sign_in.begin(BASE, APP, "https://here/back", "v" * 43, "the-state", 1000)


def test_the_browser_takes_the_challenge_along_and_not_the_verifier() -> None:
    query = {k: v[0] for k, v in parse_qs(urlsplit(FLOW.prompt.url).query).items()}
    proof = urlsafe_b64encode(sha256(b"v" * 43).digest()).decode().rstrip("=")
    assert (query["code_challenge"], query["code_challenge_method"]) == (proof, "S256")
    assert (query["state"], query["redirect_uri"]) == ("the-state", "https://here/back")
    assert query["scope"].split() == list(sign_in.SCOPES)
    assert "v" * 43 not in FLOW.prompt.url
    assert "app-secret" not in FLOW.prompt.url


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "access_denied"},
        {"error": "server_error", "code": "x", "state": "the-state"},
        {"code": "x"},
        {"code": "x", "state": "another"},
        {"state": "the-state"},
        {},
    ],
)
def test_only_what_began_here_is_believed(answer: dict[str, str]) -> None:
    with pytest.raises(RefusedError):
        sign_in.code_of(FLOW, answer)


def test_a_code_is_exchanged_once_and_renewals_bring_a_new_refresh_token() -> None:
    code = sign_in.code_of(FLOW, {"code": "c", "state": "the-state"})
    call = sign_in.exchange(BASE, APP, FLOW, code, 1000)
    assert call.request.form is not None
    assert call.request.form["code_verifier"] == "v" * 43
    assert not call.request.repeatable
    value = {"access_token": "a", "refresh_token": "r2", "expires_in": 7200, "scope": "x y"}
    renewal = sign_in.renew(BASE, APP, "r", 1000)
    tokens = renewal.read(Reply(200, {}, json.dumps(value).encode()))
    assert (tokens.access, tokens.refresh, tokens.expires_ms) == ("a", "r2", 7_201_000)
    assert renewal.request.repeatable


def test_no_secret_is_in_an_address_or_shown() -> None:
    for call in (
        sign_in.exchange(BASE, APP, FLOW, "the-code", 0),
        sign_in.renew(BASE, APP, "the-refresh", 0),
        sign_in.revoke(BASE, "the-refresh"),
    ):
        shown = repr(call.request)
        words = ("app-secret", "the-code", "the-refresh", "v" * 43)
        assert not any(word in shown for word in words)
    assert "v" * 43 not in repr(FLOW)
