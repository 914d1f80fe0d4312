from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.api.asking import Room
from tests.api.browser import PASSWORD, Browser, enter, problem, set_up
from tests.api.test_account import with_phone

from manycast.control.permissions import Role
from manycast.runtime.store.tables.channels import Channel


NEW = "another fine sentence"


@pytest.fixture
def ann(room: Room) -> Browser:
    return enter(room, "ann", Role.ADMIN)[0]


def invite(ann: Browser, **body: object) -> str:
    return str(ann.post("/invitations", {"role": "broadcaster", **body}).json()["token"])


def taken(token: str, name: str | None = "bob", **more: object) -> dict[str, object]:
    return {"token": token, "name": name, "password": NEW, **more}


def test_whoever_has_the_link_joins_once_with_role_and_channels(room: Room, ann: Browser) -> None:
    with room.context.store.record() as db:
        for name in ("live", "late"):
            made = Channel(id=f"chn_{name}", name=name, title="", description="")
            made.recording, made.kicks, made.created_ms = False, 0, 0
            db.add(made)
    token = invite(ann, channels=["live", "late"], email="bob@example.org")
    bob = Browser(room)
    offer = bob.post("/invitations/lookup", {"token": token}).json()
    assert offer["channels"] == ["late", "live"]
    with room.context.store.record() as db:
        db.delete(db.get_one(Channel, "chn_late"))
    session = bob.post("/invitations/acceptance", taken(token)).json()
    assert session["user"]["role"] == "broadcaster"
    assert session["user"]["email"] == "bob@example.org"
    assert session["channels"] == ["chn_live"], "the other is gone"
    assert bob.get("/session").status_code == 200
    assert problem(bob.post("/invitations/acceptance", taken(token, "joe"))) == "no-invitation"
    assert Browser(room).log_in("bob", NEW).status_code == 201


def test_two_who_have_the_link_make_one_account(room: Room, ann: Browser) -> None:
    token = invite(ann)
    with ThreadPoolExecutor(4) as people:
        replies = list(
            people.map(
                lambda n: Browser(room).post("/invitations/acceptance", taken(token, f"bob{n}")),
                range(4),
            )
        )
    assert sorted(reply.status_code for reply in replies) == [201, 404, 404, 404]
    assert len(ann.get("/users").json()["items"]) == 2


def test_a_link_that_nobody_made_offers_nothing(room: Room, ann: Browser) -> None:
    assert problem(ann.post("/invitations/lookup", {"token": "mci_guess"})) == "no-invitation"
    assert problem(ann.post("/invitations/acceptance", taken("mci_guess"))) == "no-invitation"


def test_what_is_wrong_with_an_answer_is_said_and_the_link_stays_good(
    room: Room, ann: Browser
) -> None:
    token = invite(ann)
    bob = Browser(room)
    assert problem(bob.post("/invitations/acceptance", taken(token, None))) == "name-needed"
    assert problem(bob.post("/invitations/acceptance", taken(token, "ANN"))) == "name-taken"
    weak = taken(token) | {"password": "bobbobbobbob"}
    assert problem(bob.post("/invitations/acceptance", weak)) == "weak-password"
    assert bob.post("/invitations/acceptance", taken(token)).status_code == 201


def test_another_site_accepts_nothing(room: Room, ann: Browser) -> None:
    reply = Browser(room).ask(
        "POST", "/invitations/acceptance", taken(invite(ann)), Origin="http://evil.example"
    )
    assert problem(reply) == "foreign-page"


def test_a_reset_replaces_the_password_and_ends_every_session(room: Room) -> None:
    ann = set_up(room)
    bob, user = enter(room, "bob", Role.VIEWER)
    token = ann.post(f"/users/{user.id}/reset", {}).json()["token"]
    fresh = Browser(room)
    assert fresh.post("/invitations/acceptance", taken(token, None)).status_code == 201
    assert bob.get("/session").status_code == 401
    assert fresh.get("/session").json()["user"]["id"] == user.id
    assert Browser(room).log_in("bob", NEW).status_code == 201
    assert problem(fresh.post("/invitations/acceptance", taken(token, None))) == "no-invitation"


def test_a_reset_is_no_way_around_the_second_factor(room: Room) -> None:
    ann = set_up(room)
    me = ann.get("/session").json()["user"]["id"]
    _, codes = with_phone(room, ann)
    token = ann.post(f"/users/{me}/reset", {}).json()["token"]
    stranger = Browser(room)
    assert stranger.post("/invitations/lookup", {"token": token}).json()["code_needed"]
    for code, name in ((None, "second-factor-needed"), ("000000", "wrong-code")):
        answer = taken(token, None, code=code)
        assert problem(stranger.post("/invitations/acceptance", answer)) == name
    answer = taken(token, None, code=codes[0])
    assert stranger.post("/invitations/acceptance", answer).status_code == 201


def test_an_administrator_may_forget_the_phone_that_somebody_lost(room: Room) -> None:
    ann = set_up(room)
    me = ann.get("/session").json()["user"]["id"]
    with_phone(room, ann)
    body = {"forget_second_factor": True}
    token = ann.post(f"/users/{me}/reset", body).json()["token"]
    stranger = Browser(room)
    assert stranger.post("/invitations/acceptance", taken(token, None)).status_code == 201
    assert not stranger.get("/session").json()["user"]["second_factor"]
    assert problem(Browser(room).log_in("ann", PASSWORD)) == "wrong-credentials"


def test_a_reset_opens_no_account_that_is_closed(room: Room, ann: Browser) -> None:
    _, user = enter(room, "bob", Role.VIEWER)
    token = ann.post(f"/users/{user.id}/reset", {}).json()["token"]
    ann.ask("PATCH", f"/users/{user.id}", {"disabled": True})
    reply = Browser(room).post("/invitations/acceptance", taken(token, None))
    assert problem(reply) == "disabled"
