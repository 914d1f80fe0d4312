import pytest
from tests.api.asking import Room
from tests.api.browser import Browser, enter, problem
from tests.runtime.accounts.openid import CLIENT, SECRET, openid_provider

from manycast.control.permissions import Role
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.tables.accounts import Identity, User


BODY = {
    "name": "Example",
    "issuer": "https://id.example.org",
    "client_id": CLIENT,
    "client_secret": SECRET,
}


@pytest.fixture
def ann(room: Room) -> Browser:
    return enter(room, "ann", Role.ADMIN)[0]


def test_a_provider_is_set_changed_and_removed(ann: Browser) -> None:
    assert ann.get("/settings/sign-on").status_code == 404
    made = ann.ask("PUT", "/settings/sign-on", BODY)
    assert made.json()["redirect_uri"] == "http://testserver/api/v1/sign-on/callback"
    ann.version = made.headers["ETag"]
    changed = BODY | {"name": "Other", "client_secret": None, "role_for_strangers": "viewer"}
    assert ann.ask("PUT", "/settings/sign-on", changed).status_code == 200
    assert problem(ann.ask("PUT", "/settings/sign-on", changed)) == "stale"
    read = ann.get("/settings/sign-on").json()
    assert (read["name"], read["role_for_strangers"]) == ("Other", "viewer")
    assert ann.ask("DELETE", "/settings/sign-on").status_code == 204
    assert ann.ask("DELETE", "/settings/sign-on").status_code == 404
    assert ann.get("/entrance").json()["sign_on"] is None


def test_a_provider_without_tls_is_refused(ann: Browser) -> None:
    reply = ann.ask("PUT", "/settings/sign-on", BODY | {"issuer": "http://id.example.org"})
    assert problem(reply) == "issuer-unprotected"


def test_an_administrator_tries_it_before_others_do(ann: Browser) -> None:
    assert ann.post("/settings/sign-on/trial").status_code == 404
    ann.ask("PUT", "/settings/sign-on", BODY | {"issuer": "http://127.0.0.1:1"})
    trial = ann.post("/settings/sign-on/trial").json()
    assert not trial["works"]
    assert "does not answer" in trial["trouble"]
    with openid_provider() as openid:
        ann.ask("PUT", "/settings/sign-on", BODY | {"issuer": openid.url})
        assert ann.post("/settings/sign-on/trial").json() == {"works": True, "trouble": None}


def test_only_administrators_choose_whom_to_believe(room: Room) -> None:
    browser, _ = enter(room, "bob", Role.OPERATOR)
    assert browser.get("/settings/sign-on").status_code == 404, "may look"
    assert browser.ask("PUT", "/settings/sign-on", BODY).status_code == 403


def test_nobody_throws_away_the_only_key(room: Room, ann: Browser) -> None:
    me = ann.get("/session").json()["user"]["id"]
    identity = Identity(id=new_id("idn"), user_id=me, issuer="https://i", subject="1", created_ms=0)
    with room.context.store.record() as db:
        db.add(identity)
    assert problem(ann.ask("DELETE", f"/account/identities/{identity.id}")) == "last-way-in"
    other, _ = enter(room, "bob", Role.VIEWER)
    assert other.ask("DELETE", f"/account/identities/{identity.id}").status_code == 404
    with room.context.store.record() as db:
        db.get_one(User, me).password_hash = "a hash"
    assert ann.ask("DELETE", f"/account/identities/{identity.id}").status_code == 204
    assert ann.get("/account/identities").json()["items"] == []
