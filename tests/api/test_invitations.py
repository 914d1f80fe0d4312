from dataclasses import replace

import pytest
from tests.api.asking import Room
from tests.api.browser import Browser, enter, problem

from manycast.control.permissions import Role
from manycast.runtime.store import invitations
from manycast.runtime.store.tables.accounts import Invitation


@pytest.fixture
def ann(room: Room) -> Browser:
    return enter(room, "ann", Role.ADMIN)[0]


def test_the_link_holds_the_token_where_no_browser_sends_it(ann: Browser) -> None:
    made = ann.post("/invitations", {"role": "broadcaster", "note": "Bob"}).json()
    assert made["link"] == f"http://testserver/invite#{made['token']}"
    assert made["invitation"]["kind"] == "join"
    assert made["token"] not in ann.get("/invitations").text


def test_a_link_follows_the_public_address(room: Room, ann: Browser) -> None:
    control = replace(room.context.settings.control, public_url="https://tv.example.org/")
    settings = replace(room.context.settings, control=control)
    room.app.state.context = replace(room.context, settings=settings)
    secure = f"__Host-manycast_session={ann.client.cookies['manycast_session']}"
    reply = ann.ask("POST", "/invitations", {"role": "viewer"}, Cookie=secure)
    assert reply.json()["link"].startswith("https://tv.example.org/invite#mci_")


def test_who_is_invited_is_listed_until_withdrawn(ann: Browser) -> None:
    body = {"role": "operator", "email": "Bob@Example.org", "note": "Bob of the late show"}
    made = ann.post("/invitations", body).json()["invitation"]
    (listed,) = ann.get("/invitations").json()["items"]
    assert listed == made
    assert (listed["email"], listed["created_by"]) == ("bob@example.org", "ann")
    assert ann.ask("DELETE", f"/invitations/{made['id']}").status_code == 204
    assert ann.get("/invitations").json()["items"] == []
    assert ann.ask("DELETE", f"/invitations/{made['id']}").status_code == 404


def test_the_same_invitation_asked_for_twice_is_made_once(ann: Browser) -> None:
    body = {"role": "viewer", "note": "Bob"}
    first, second = (
        ann.ask("POST", "/invitations", body, **{"Idempotency-Key": "one"}) for _ in range(2)
    )
    assert first.json() == second.json()
    assert len(ann.get("/invitations").json()["items"]) == 1


def test_nobody_is_invited_to_a_channel_that_is_not_there(ann: Browser) -> None:
    reply = ann.post("/invitations", {"role": "viewer", "channels": ["nothing"]})
    assert problem(reply) == "not-found"
    assert reply.json()["errors"][0]["pointer"] == "#/channels"


def test_there_is_an_end_to_invitations(ann: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("manycast.api.invitations.INVITATIONS_MAX", 1)
    assert ann.post("/invitations", {"role": "viewer"}).status_code == 201
    assert problem(ann.post("/invitations", {"role": "viewer"})) == "too-many-invitations"


def test_a_newer_reset_makes_the_older_void(room: Room, ann: Browser) -> None:
    _, user = enter(room, "bob", Role.VIEWER)
    old, new = (ann.post(f"/users/{user.id}/reset", {}).json() for _ in range(2))
    assert (
        problem(Browser(room).post("/invitations/lookup", {"token": old["token"]}))
        == "no-invitation"
    )
    offer = Browser(room).post("/invitations/lookup", {"token": new["token"]}).json()
    assert (offer["kind"], offer["name"]) == ("reset", "bob")


def test_a_link_ends_when_it_was_told_to(room: Room, ann: Browser) -> None:
    token = ann.post("/invitations", {"role": "viewer", "expires_in_s": 60}).json()["token"]
    now = room.context.now_ms()
    with room.context.store.record() as db:
        assert invitations.by_token(db, token, now + 50_000)
        assert not invitations.by_token(db, token, now + 70_000)
        invitations.sweep(db, now + 70_000)
        assert not db.query(Invitation).all()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.BROADCASTER, Role.OPERATOR])
def test_only_administrators_let_people_in(room: Room, role: Role) -> None:
    browser, user = enter(room, "bob", role)
    assert browser.post("/invitations", {"role": "viewer"}).status_code == 403
    assert browser.post(f"/users/{user.id}/reset", {}).status_code == 403
