import pytest
from tests.api.asking import Room
from tests.api.browser import Browser, enter, problem
from tests.runtime.store.people import person

from manycast.control.permissions import Role


def test_everybody_is_listed_page_by_page(room: Room) -> None:
    browser, _ = enter(room, "ann", Role.OPERATOR)
    with room.context.store.record() as db:
        for number in range(5):
            person(db, f"user{number}", Role.VIEWER)
    names, path = [], "/users?limit=2"
    while path:
        page = browser.get(path).json()
        names += [each["name"] for each in page["items"]]
        path = f"/users?limit=2&cursor={page['next']}" if page["next"] else ""
    assert sorted(names) == ["ann", *(f"user{number}" for number in range(5))]
    seen = {each["name"]: each["seen_at"] for each in browser.get("/users").json()["items"]}
    assert seen["ann"]
    assert seen["user0"] is None


def test_a_new_role_counts_at_once(room: Room) -> None:
    ann, _ = enter(room, "ann", Role.ADMIN)
    bob, user = enter(room, "bob", Role.ADMIN)
    assert bob.get("/audit").status_code == 200
    assert ann.ask("PATCH", f"/users/{user.id}", {"role": "viewer"}).json()["role"] == "viewer"
    assert bob.get("/audit").status_code == 403


def test_whoever_is_disabled_is_out_until_enabled(room: Room) -> None:
    ann, _ = enter(room, "ann", Role.ADMIN)
    bob, user = enter(room, "bob", Role.VIEWER)
    ann.ask("PATCH", f"/users/{user.id}", {"disabled": True})
    assert bob.get("/session").status_code == 401
    assert not ann.ask("PATCH", f"/users/{user.id}", {"disabled": False}).json()["disabled"]
    assert bob.get("/session").status_code == 401, "the session has ended"


@pytest.mark.parametrize("change", [{"role": "operator"}, {"disabled": True}, None])
def test_the_last_administrator_stays_one(room: Room, change: dict[str, object] | None) -> None:
    ann, user = enter(room, "ann", Role.ADMIN)
    enter(room, "bob", Role.ADMIN)
    with room.context.store.record() as db:
        users = [row for row in db.query(type(user)).all() if row.name == "bob"]
        users[0].disabled = True
    method = "PATCH" if change else "DELETE"
    assert problem(ann.ask(method, f"/users/{user.id}", change)) == "last-admin"
    assert ann.get("/audit").status_code == 200


def test_a_name_belongs_to_one_person(room: Room) -> None:
    ann, _ = enter(room, "ann", Role.ADMIN)
    _, user = enter(room, "bob", Role.VIEWER)
    assert problem(ann.ask("PATCH", f"/users/{user.id}", {"name": "ANN"})) == "name-taken"
    assert ann.ask("PATCH", f"/users/{user.id}", {"name": "Bob"}).json()["name"] == "Bob"


def test_nobody_overwrites_a_change_they_have_not_seen(room: Room) -> None:
    ann, _ = enter(room, "ann", Role.ADMIN)
    _, user = enter(room, "bob", Role.VIEWER)
    seen = ann.get(f"/users/{user.id}").headers["ETag"]
    ann.ask("PATCH", f"/users/{user.id}", {"role": "operator"})
    ann.version = seen
    assert problem(ann.ask("PATCH", f"/users/{user.id}", {"role": "admin"})) == "stale"
    assert problem(ann.ask("DELETE", f"/users/{user.id}")) == "stale"


def test_who_is_deleted_is_gone_and_what_they_did_is_kept(room: Room) -> None:
    ann, _ = enter(room, "ann", Role.ADMIN)
    bob, user = enter(room, "bob", Role.ADMIN)
    bob.post("/invitations", {"role": "viewer", "note": "for Joe"})
    assert ann.ask("DELETE", f"/users/{user.id}").status_code == 204
    assert bob.get("/session").status_code == 401
    assert ann.get(f"/users/{user.id}").status_code == 404
    assert [each["action"] for each in ann.get("/audit?actor=bob").json()["items"]] == [
        "invitation.create"
    ]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.BROADCASTER])
def test_who_only_broadcasts_sees_nobody(room: Room, role: Role) -> None:
    browser, _ = enter(room, "joe", role)
    assert browser.get("/users").status_code == 403
    assert Browser(room).get("/users").status_code == 401


def test_an_administrator_logs_somebody_out_everywhere(room: Room) -> None:
    ann, _ = enter(room, "ann", Role.ADMIN)
    bob, user = enter(room, "bob", Role.OPERATOR)
    assert bob.ask("DELETE", f"/users/{user.id}/sessions").status_code == 403
    assert ann.ask("DELETE", f"/users/{user.id}/sessions").status_code == 204
    assert bob.get("/session").status_code == 401
    assert ann.get("/session").status_code == 200
    assert ann.ask("DELETE", "/users/usr_0000000000000000/sessions").status_code == 404
