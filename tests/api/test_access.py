import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient
from tests.api.asking import ADMIN, Room, control_room
from tests.runtime.store.people import api_key, logged_in, person

from manycast.api.access import KNOWN, PUBLIC, By, may, needed, require, still
from manycast.api.app import BARE, ROUTERS
from manycast.api.problems import Problem
from manycast.control.browsers import csrf_token
from manycast.control.permissions import Action, Principal, Role
from manycast.settings.control import ControlSettings
from manycast.settings.guard import GuardSettings
from manycast.settings.state import StateSettings
from manycast.settings.tree import Settings


SETTINGS = Settings(state=StateSettings(wait_s=0.1), guard=GuardSettings(proxies=("192.0.2.7",)))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with control_room(tmp_path, SETTINGS) as room:
        room.become(None)

        def who(who: object = may(Action.LIVE_READ)) -> str:
            assert isinstance(who, Principal)
            return who.name

        def change(by: By, who: object = may(Action.CHANNELS_WRITE)) -> str:
            return f"{by.name} from {by.address}"

        def report(who: object = may(Action.NODE)) -> str:
            return "noted"

        room.app.add_api_route("/who", who)
        room.app.add_api_route("/change", change, methods=["POST"])
        room.app.add_api_route("/report", report, methods=["POST"])
        with room.context.store.record() as db:
            ann = person(db, "ann", Role.OPERATOR)
            now = room.context.now_ms()
            logged_in(db, ann, "cookie", now)
            api_key(db, ann, "mck_reads", Action.LIVE_READ)
        yield room


def with_cookie(room: Room, cookie: str = "cookie") -> None:
    room.ask.cookies.set("manycast_session", cookie)


def problem(reply: object) -> str:
    return str(reply.json()["type"]).rpartition(":")[2]  # type: ignore[attr-defined]  # of httpx2


def test_nobody_passes_without_credentials(room: Room) -> None:
    reply = room.ask.get("/who")
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"] == "Bearer"
    with_cookie(room, "another")
    assert room.ask.get("/who").status_code == 401


def test_a_session_reads_with_its_cookie_alone(room: Room) -> None:
    with_cookie(room)
    assert room.ask.get("/who").json() == "ann"


def test_a_session_changes_nothing_without_its_token(room: Room) -> None:
    with_cookie(room)
    assert problem(room.ask.post("/change")) == "csrf"
    assert problem(room.ask.post("/change", headers={"X-CSRF-Token": csrf_token("x")})) == "csrf"
    good = {"X-CSRF-Token": csrf_token("cookie")}
    assert room.ask.post("/change", headers=good).json() == "ann from testclient"


@pytest.mark.parametrize(
    "lie", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_another_site_changes_nothing_even_with_the_token(room: Room, lie: dict[str, str]) -> None:
    with_cookie(room)
    reply = room.ask.post("/change", headers={"X-CSRF-Token": csrf_token("cookie"), **lie})
    assert problem(reply) == "foreign-page"


def test_a_key_does_what_its_scopes_say_and_needs_no_token(room: Room) -> None:
    bearer = {"Authorization": "Bearer mck_reads"}
    assert room.ask.get("/who", headers=bearer).json() == "ann"
    refused = room.ask.post("/change", headers=bearer)
    assert problem(refused) == "forbidden"
    assert "scopes" in refused.json()["detail"]


def test_a_wrong_key_is_not_helped_by_a_good_cookie(room: Room) -> None:
    with_cookie(room)
    reply = room.ask.get("/who", headers={"Authorization": "Bearer mck_wrong"})
    assert reply.status_code == 401


def test_a_node_reports_and_does_nothing_else(tmp_path: Path, room: Room) -> None:
    bearer = {"Authorization": "Bearer the fleet"}
    assert room.ask.post("/report", headers=bearer).status_code == 401
    room.app.state.context = replace(room.context, fleet_token="the fleet")
    assert room.ask.post("/report", headers=bearer).json() == "noted"
    assert room.ask.get("/who", headers=bearer).status_code == 403
    assert room.ask.post("/report", headers={"Authorization": "Bearer "}).status_code == 401


def test_without_a_fleet_token_an_empty_one_opens_nothing(room: Room) -> None:
    assert not room.context.fleet_token
    assert room.ask.post("/report", headers={"Authorization": "Bearer "}).status_code == 401


@pytest.mark.parametrize(
    ("peer", "expected"), [("192.0.2.7", "203.0.113.9"), ("198.51.100.1", "198.51.100.1")]
)
def test_only_a_proxy_of_ours_says_whose_request_it_is(
    room: Room, peer: str, expected: str
) -> None:
    with TestClient(room.app, client=(peer, 4711), cookies={"manycast_session": "cookie"}) as ask:
        headers = {"X-CSRF-Token": csrf_token("cookie"), "X-Forwarded-For": "203.0.113.9"}
        assert ask.post("/change", headers=headers).json() == f"ann from {expected}"


def test_with_https_the_cookie_belongs_to_one_host(room: Room) -> None:
    settings = replace(SETTINGS, control=ControlSettings(public_url="https://tv.example"))
    room.app.state.context = replace(room.context, settings=settings)
    assert room.ask.get("/who", headers={"Cookie": "manycast_session=cookie"}).status_code == 401
    secure = {"Cookie": "__Host-manycast_session=cookie"}
    assert room.ask.get("/who", headers=secure).json() == "ann"


def test_a_database_that_is_locked_refuses_nobody_who_reads(room: Room) -> None:
    with_cookie(room)
    late = replace(room.context, now_ms=lambda: room.context.now_ms() + 120_000)
    room.app.state.context = late
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with room.context.store.record():
            locked.set()
            done.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait()
    try:
        assert room.ask.get("/who").json() == "ann"
        assert room.ask.get("/who").json() == "ann"
    finally:
        done.set()
        holder.join()


def test_every_route_says_its_action_or_is_public() -> None:
    silent = {
        route.operation_id
        for router in (*ROUTERS, *BARE)
        for route in router.routes
        if isinstance(route, APIRoute) and needed(route.dependant) is None
    }
    assert silent == PUBLIC | KNOWN


def test_require_is_about_the_channel() -> None:
    member = Principal(
        user_id="u", name="u", role=Role.BROADCASTER, channels=frozenset({"chn_mine"})
    )
    require(member, Action.KEYS_WRITE, "chn_mine")
    with pytest.raises(Problem, match="role does not allow"):
        require(member, Action.KEYS_WRITE, "chn_yours")


def test_a_stream_of_events_ends_with_its_credential(room: Room) -> None:
    with room.context.store.record() as db:
        bob = person(db, "bob", Role.VIEWER)
        session = logged_in(db, bob, "bob", room.context.now_ms())
    who = replace(ADMIN, user_id=bob.id, role=Role.VIEWER, credential_id=session.id)
    assert still(room.context, who)
    with room.context.store.record() as db:
        db.delete(db.merge(session))
    assert not still(room.context, who)


def test_what_was_refused_is_in_the_log(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    room.ask.post("/change", headers={"Authorization": "Bearer mck_reads"})
    room.ask.get("/who", headers={"Authorization": "Bearer mck_wrong"})
    assert "ann was refused channels:write" in caplog.messages
    assert "an API key that is none came from testclient" in caplog.messages
    assert "mck_" not in caplog.text
