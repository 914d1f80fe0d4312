from dataclasses import replace

import pytest
from tests.api.asking import Room
from tests.api.browser import Browser, enter, problem

from manycast.control.permissions import ALLOWED, Action, Role


def bearer(room: Room, secret: str, path: str, method: str = "GET") -> int:
    headers = {"Authorization": f"Bearer {secret}"}
    return room.ask.request(method, f"/api/v1{path}", headers=headers).status_code


def test_a_key_is_shown_once_and_works_until_deleted(room: Room) -> None:
    browser, _ = enter(room, "bob", Role.OPERATOR)
    body = {"name": "the wall", "scopes": ["users:read"]}
    made = browser.post("/api-keys", body).json()
    assert made["secret"].startswith("mck_")
    assert made["key"]["hint"] == made["secret"][:8]
    assert made["secret"] not in browser.get("/api-keys").text
    assert bearer(room, made["secret"], "/users") == 200
    assert bearer(room, made["secret"], "/invitations") == 200
    assert bearer(room, made["secret"], "/fleet") == 403
    (listed,) = browser.get("/api-keys").json()["items"]
    assert listed["used_at"]
    assert browser.ask("DELETE", f"/api-keys/{listed['id']}").status_code == 204
    assert bearer(room, made["secret"], "/users") == 401


def test_a_key_ends_when_it_was_told_to(room: Room) -> None:
    browser, _ = enter(room, "bob", Role.OPERATOR)
    body = {"name": "for a minute", "scopes": ["users:read"], "expires_in_s": 60}
    secret = browser.post("/api-keys", body).json()["secret"]
    assert bearer(room, secret, "/users") == 200
    later = room.context.now_ms() + 61_000
    room.app.state.context = replace(room.context, now_ms=lambda: later)
    assert bearer(room, secret, "/users") == 401


@pytest.mark.parametrize("role", Role)
def test_a_key_never_has_more_than_its_owner_and_never_the_account(room: Room, role: Role) -> None:
    browser, _ = enter(room, "bob", role)
    for scope in set(Action) - {Action.NODE}:
        reply = browser.post("/api-keys", {"name": "a key", "scopes": [scope]})
        fine = scope in ALLOWED[role] and scope is not Action.SELF
        assert reply.status_code == (201 if fine else 422), scope


def test_a_key_shrinks_with_the_role_of_its_owner(room: Room) -> None:
    ann, _ = enter(room, "ann", Role.ADMIN)
    bob, user = enter(room, "bob", Role.ADMIN)
    secret = bob.post("/api-keys", {"name": "a key", "scopes": ["audit:read"]}).json()["secret"]
    assert bearer(room, secret, "/audit") == 200
    ann.ask("PATCH", f"/users/{user.id}", {"role": "operator"})
    assert bearer(room, secret, "/audit") == 403
    ann.ask("PATCH", f"/users/{user.id}", {"disabled": True})
    assert bearer(room, secret, "/audit") == 401


def test_a_key_makes_no_keys(room: Room) -> None:
    browser, _ = enter(room, "bob", Role.ADMIN)
    secret = browser.post("/api-keys", {"name": "k", "scopes": ["users:write"]}).json()["secret"]
    for path in ("/api-keys", "/sessions"):
        assert bearer(room, secret, path) == 403
    assert bearer(room, secret, "/api-keys", "POST") in {403, 422}


def test_nobody_sees_or_deletes_the_keys_of_another(room: Room) -> None:
    ann, _ = enter(room, "ann", Role.ADMIN)
    bob, _ = enter(room, "bob", Role.ADMIN)
    key = ann.post("/api-keys", {"name": "k", "scopes": ["live:read"]}).json()["key"]
    assert bob.get("/api-keys").json()["items"] == []
    assert problem(bob.ask("DELETE", f"/api-keys/{key['id']}")) == "not-found"


def test_a_key_asked_for_twice_is_made_once(room: Room) -> None:
    browser, _ = enter(room, "bob", Role.VIEWER)
    body = {"name": "k", "scopes": ["live:read"]}
    first, second = (
        browser.ask("POST", "/api-keys", body, **{"Idempotency-Key": "one"}) for _ in range(2)
    )
    assert first.json() == second.json()
    assert len(browser.get("/api-keys").json()["items"]) == 1


def test_there_is_an_end_to_keys(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("manycast.api.api_keys.KEYS_MAX", 1)
    browser: Browser = enter(room, "bob", Role.VIEWER)[0]
    body = {"name": "k", "scopes": ["live:read"]}
    assert browser.post("/api-keys", body).status_code == 201
    assert problem(browser.post("/api-keys", body)) == "too-many-keys"


def test_a_key_makes_nobody_who_may_do_more(room: Room) -> None:
    """Else one of `users:write` or `settings:write` alone would be an administrator one request later."""
    ann, user = enter(room, "ann", Role.ADMIN)
    scopes = ["users:write", "settings:write", *ALLOWED[Role.VIEWER] - {Action.SELF}]
    made = ann.post("/api-keys", {"name": "invites", "scopes": scopes}).json()
    sign_on = {"name": "Eve", "issuer": "https://eve.example", "client_id": "a"}

    def asks(method: str, path: str, body: object) -> int:
        bearer = {"Authorization": f"Bearer {made['secret']}", "If-Match": "*"}
        return room.ask.request(method, f"/api/v1{path}", json=body, headers=bearer).status_code

    assert asks("POST", "/invitations", {"role": "admin"}) == 403
    assert asks("POST", f"/users/{user.id}/reset", {"forget_second_factor": True}) == 403
    assert asks("PATCH", f"/users/{user.id}", {"role": "admin"}) == 403
    assert asks("PUT", "/settings/sign-on", sign_on | {"client_secret": "b"}) == 403
    assert asks("POST", "/invitations", {"role": "viewer"}) == 201
