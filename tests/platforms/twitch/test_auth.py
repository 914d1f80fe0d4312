import json

import pytest

from manycast.platforms.twitch.auth import SCOPES, Auth, sign
from manycast.platforms.values import App, Tokens
from manycast.platforms.wire import UNREADABLE, Reply, Request


AUTH = Auth("https://id.example/oauth2")
GIVEN = {"access_token": "a", "refresh_token": "r", "expires_in": 60, "scope": ["x"]}


def reply(value: object, status: int = 200) -> Reply:
    return Reply(status, {}, json.dumps(value).encode())


def test_a_code_asks_for_what_is_used_and_no_more() -> None:
    form = AUTH.begin(App("id"), 0).request.form
    assert form == {"client_id": "id", "scopes": " ".join(SCOPES)}


def test_a_token_goes_where_each_place_wants_it() -> None:
    asked = [
        sign(Request(method="GET", url=url), App("id"), "token").headers
        for url in ("https://api.example/helix/users", "https://id.example/oauth2/validate")
    ]
    assert [one["Authorization"] for one in asked] == ["Bearer token", "OAuth token"]
    assert {one["Client-Id"] for one in asked} == {"id"}


def test_a_secret_is_sent_only_where_there_is_one() -> None:
    bare, secret = (AUTH.renew(app, "r", 0).request.form for app in (App("id"), App("id", "s")))
    assert bare is not None
    assert "client_secret" not in bare
    assert secret is not None
    assert secret["client_secret"] == "s"


def test_tokens_are_read() -> None:
    tokens = AUTH.finish(App("id"), "code", 1000).read(reply(GIVEN))
    assert tokens == Tokens(access="a", refresh="r", expires_ms=61_000, scopes=("x",))


@pytest.mark.parametrize("name", ["access_token", "refresh_token", "expires_in"])
@pytest.mark.parametrize("value", [None, "", [], {}])
def test_tokens_that_are_none_are_not_taken(name: str, value: object) -> None:
    call = AUTH.renew(App("id"), "r", 0)
    with pytest.raises(UNREADABLE):
        call.read(reply({**GIVEN, name: value}))


def test_only_the_validation_is_signed() -> None:
    app = App("id")
    calls = [AUTH.begin(app, 0), AUTH.finish(app, "c", 0), AUTH.renew(app, "r", 0), AUTH.revoke(app, "t")]  # fmt: skip
    assert not [call for call in calls if call.request.signed]
    assert AUTH.validate().request.signed
