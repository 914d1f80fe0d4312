from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from tests.api.asking import Room
from tests.api.browser import PASSWORD, Browser, enter, problem, set_up
from tests.runtime.store.people import api_key, person

from manycast.control.events import DeviceSignedIn, Event
from manycast.control.permissions import Action, Role
from manycast.control.throttle import PAIR
from manycast.runtime.store.tables.accounts import LoginSession, User
from manycast.runtime.store.tables.audit import Audit


def audited(room: Room, action: str) -> list[Audit]:
    with room.context.store.read() as db:
        return list(db.scalars(select(Audit).where(Audit.action == action)))


def test_the_right_password_logs_in_by_name_in_any_case_or_by_address(room: Room) -> None:
    set_up(room)
    with room.context.store.record() as db:
        db.scalars(select(User)).one().email = "ann@example.org"
    for name in ("ann", "ANN", " ann ", "Ann@Example.org"):
        browser = Browser(room)
        assert browser.log_in(name).status_code == 201
        assert browser.get("/session").json()["user"]["name"] == "ann"


def test_what_a_known_name_costs_more_comes_after_the_reply(room: Room) -> None:
    """A row in the books is some milliseconds: enough to tell which accounts there are."""
    set_up(room)
    order = []
    room.context.store.on_change = order.append

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def noted(message: Message) -> None:
            order.append(message["type"])
            await send(message)

        await room.app(scope, receive, noted)

    wrong = {"name": "ann", "password": "a wrong password"}
    TestClient(watched).post("/api/v1/session", json=wrong)
    assert order == ["http.response.start", "http.response.body", "session.refuse"]


def test_a_wrong_name_reads_like_a_wrong_password(room: Room) -> None:
    set_up(room)
    wrong_name = Browser(room).log_in("bob")
    wrong_password = Browser(room).log_in("ann", "a wrong password")
    assert wrong_name.status_code == wrong_password.status_code == 401
    assert wrong_name.json() == wrong_password.json()
    assert [row.detail for row in audited(room, "session.refuse")] == [{"reason": "wrong password"}]


def test_guessing_is_slow_and_says_when_to_come_again(room: Room) -> None:
    set_up(room)
    stranger = Browser(room, address="198.51.100.66")
    replies = [stranger.log_in("ann", f"guess number {n}") for n in range(PAIR.burst + 1)]
    assert [reply.status_code for reply in replies[:-1]] == [401] * PAIR.burst
    assert replies[-1].status_code == 429
    assert 0 < int(replies[-1].headers["Retry-After"]) <= 60
    assert stranger.log_in().status_code == 429, "the right one waits as well"
    assert Browser(room).log_in().status_code == 201, "its owner does not"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(room: Room) -> None:
    set_up(room)
    cookie = Browser(room).log_in().headers["Set-Cookie"]
    assert cookie.startswith("manycast_session=mcs_")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    control = replace(room.context.settings.control, public_url="https://testserver")
    settings = replace(room.context.settings, control=control)
    room.app.state.context = replace(room.context, settings=settings)
    cookie = Browser(room).log_in().headers["Set-Cookie"]
    assert cookie.startswith("__Host-manycast_session=mcs_")
    assert "Secure" in cookie.split("; ")


def test_each_login_has_a_session_of_its_own_and_ends_the_one_before(room: Room) -> None:
    browser = set_up(room)
    before = browser.client.cookies["manycast_session"]
    browser.log_in()
    assert browser.client.cookies["manycast_session"] != before
    browser.client.cookies.set("manycast_session", before)
    with room.context.store.read() as db:
        assert len(db.scalars(select(LoginSession)).all()) == 1


def test_a_cookie_that_somebody_planted_is_not_taken_on(room: Room) -> None:
    set_up(room)
    victim = Browser(room)
    victim.client.cookies.set("manycast_session", "mcs_planted")
    victim.log_in()
    planted = Browser(room)
    planted.client.cookies.set("manycast_session", "mcs_planted")
    assert planted.get("/session").status_code == 401


def test_logging_out_ends_the_session_for_good(room: Room) -> None:
    browser = set_up(room)
    cookie = browser.client.cookies["manycast_session"]
    reply = browser.ask("DELETE", "/session")
    assert reply.status_code == 204
    assert reply.headers["Clear-Site-Data"] == '"cache"'
    assert "manycast_session" not in browser.client.cookies
    browser.client.cookies.set("manycast_session", cookie)
    assert browser.get("/session").status_code == 401
    assert len(audited(room, "session.delete")) == 1


def test_another_site_logs_nobody_in(room: Room) -> None:
    set_up(room)
    body = {"name": "ann", "password": PASSWORD}
    reply = Browser(room).ask("POST", "/session", body, Origin="http://evil.example")
    assert problem(reply) == "foreign-page"


def test_a_disabled_account_stays_closed(room: Room) -> None:
    set_up(room)
    with room.context.store.record() as db:
        db.scalars(select(User)).one().disabled = True
    assert problem(Browser(room).log_in()) == "disabled"
    assert problem(Browser(room).log_in("ann", "a wrong password")) == "wrong-credentials"


def test_a_password_kept_with_less_work_is_kept_anew(room: Room) -> None:
    with room.context.store.record() as db:
        old = PasswordHasher(1, 8_192, 1).hash(PASSWORD)
        person(db, "ann", password_hash=old)
    room.become(None)
    for _ in range(2):
        assert Browser(room).log_in().status_code == 201
    with room.context.store.read() as db:
        assert db.scalars(select(User.password_hash)).one() != old


@pytest.mark.parametrize("role", Role)
def test_a_session_says_what_its_person_may_do(room: Room, role: Role) -> None:
    browser, user = enter(room, "bob", role)
    session = browser.get("/session").json()
    assert session["user"]["id"] == user.id
    assert ("users:write" in session["actions"]) is (role is Role.ADMIN)
    assert session["every_channel"] is (role in {Role.OPERATOR, Role.ADMIN})


def test_an_api_key_says_whose_it_is(room: Room) -> None:
    room.become(None)
    with room.context.store.record() as db:
        api_key(db, person(db, "bob"), "mck_bob", Action.FLEET_READ)
    headers = {"Authorization": "Bearer mck_bob"}
    session = room.ask.get("/api/v1/session", headers=headers).json()
    assert session["user"]["name"] == "bob"
    assert session["actions"] == ["fleet:read"]
    assert session["csrf_token"] is session["session_id"] is None


def test_a_node_is_nobody(room: Room) -> None:
    room.app.state.context = replace(room.context, fleet_token="fleet")
    room.become(None)
    assert (
        room.ask.get("/api/v1/session", headers={"Authorization": "Bearer fleet"}).status_code
        == 401
    )


def test_a_login_from_a_device_never_seen_is_told(room: Room) -> None:
    told: list[Event] = []
    room.app.state.context = replace(room.context, happened=told.append)
    set_up(room)
    Browser(room).log_in()
    Browser(room, agent="Chromium").log_in()
    assert not told, "the same address"
    Browser(room, agent="Unheard-of\x7f", address="198.51.100.1").log_in()
    assert [type(event) for event in told] == [DeviceSignedIn]


@pytest.mark.parametrize("body", [{}, {"name": "ann"}, {"name": "ann", "password": "x" * 300}])
def test_what_is_no_login_is_said_without_repeating_the_password(
    room: Room, body: dict[str, Any]
) -> None:
    reply = Browser(room).post("/session", body)
    assert reply.status_code == 422
    assert "x" * 20 not in reply.text
