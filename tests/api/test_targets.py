from typing import Any

import pytest
from tests.api.asking import Room

from manycast.control.permissions import Principal, Role


HOOK = {"kind": "webhook", "name": "mine", "url": "https://hooks.example.org/in?token=hidden"}
CHAT = {"kind": "discord", "name": "team", "url": "https://discord.com/api/webhooks/1/hidden"}
MAIL = {"kind": "email", "name": "me", "recipients": ["me@example.org"]}


def make(room: Room, target: dict[str, Any]) -> dict[str, Any]:
    reply = room.ask.post("/api/v1/targets", json=target)
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


def test_a_webhook_has_a_secret_that_is_shown_once(room: Room) -> None:
    made = make(room, HOOK)
    assert made["secret"].startswith("whsec_")
    for place in ("/api/v1/targets", f"/api/v1/targets/{made['id']}", "/api/v1/audit"):
        assert made["secret"] not in room.ask.get(place).text


@pytest.mark.parametrize("target", [HOOK, CHAT])
def test_what_is_secret_in_an_address_is_never_shown(room: Room, target: dict[str, Any]) -> None:
    made = make(room, target)
    assert "hidden" not in str(made)
    assert "example.org" in made["address"] or "discord.com" in made["address"]


def test_chats_and_mailboxes_have_no_secret(room: Room) -> None:
    assert make(room, CHAT)["secret"] is None
    assert make(room, MAIL)["secret"] is None
    names = [each["name"] for each in room.ask.get("/api/v1/targets").json()["items"]]
    assert names == ["team", "me"]


def test_a_rotated_secret_is_another_one(room: Room) -> None:
    made = make(room, HOOK)
    rotated = room.ask.post(f"/api/v1/targets/{made['id']}/secret")
    assert rotated.json()["secret"] not in {made["secret"], ""}
    mailbox = make(room, MAIL)
    assert room.ask.post(f"/api/v1/targets/{mailbox['id']}/secret").status_code == 409


def test_a_change_needs_the_version_it_is_of(room: Room) -> None:
    made = make(room, HOOK)
    place = f"/api/v1/targets/{made['id']}"
    assert room.ask.patch(place, json={"enabled": False}).status_code == 428
    tag = {"If-Match": '"1"'}
    changed = room.ask.patch(place, json={"enabled": False, "name": "other"}, headers=tag)
    assert (changed.json()["enabled"], changed.json()["name"]) == (False, "other")
    assert room.ask.patch(place, json={"enabled": True}, headers=tag).status_code == 412


def test_a_mailbox_takes_recipients_and_a_hook_a_url(room: Room) -> None:
    mailbox, hook = make(room, MAIL), make(room, HOOK)
    any_version = {"If-Match": "*"}
    place = f"/api/v1/targets/{mailbox['id']}"
    assert room.ask.patch(place, json={"url": HOOK["url"]}, headers=any_version).status_code == 422
    to = {"recipients": ["a@example.org", "b@example.org"]}
    changed = room.ask.patch(place, json=to, headers=any_version)
    assert changed.json()["address"] == "a@example.org, b@example.org"
    place = f"/api/v1/targets/{hook['id']}"
    assert room.ask.patch(place, json=to, headers=any_version).status_code == 422
    url = {"url": "https://elsewhere.example.org/x"}
    changed = room.ask.patch(place, json=url, headers=any_version)
    assert changed.json()["address"] == "https://elsewhere.example.org/…"


def test_a_test_is_on_its_way_at_once(room: Room) -> None:
    made = make(room, MAIL)
    sent = room.ask.post(f"/api/v1/targets/{made['id']}/test")
    assert sent.status_code == 202
    assert sent.json()["state"] == "waiting"
    listed = room.ask.get("/api/v1/deliveries", params={"target_id": made["id"], "kind": "test"})
    assert [each["id"] for each in listed.json()["items"]] == [sent.json()["id"]]


def test_a_target_that_goes_leaves_the_rules_that_named_it(room: Room) -> None:
    first, second = make(room, MAIL), make(room, CHAT)
    rule = {"name": "r", "kinds": ["stream.live"], "targets": [first["id"], second["id"]]}
    made = room.ask.post("/api/v1/rules", json=rule).json()
    assert room.ask.delete(f"/api/v1/targets/{first['id']}").status_code == 204
    assert room.ask.get(f"/api/v1/targets/{first['id']}").status_code == 404
    left = room.ask.get(f"/api/v1/rules/{made['id']}").json()
    assert left["targets"] == [second["id"]]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.BROADCASTER])
def test_targets_are_the_operators_business(room: Room, role: Role) -> None:
    room.become(Principal(user_id="u", name="u", role=role))
    assert room.ask.get("/api/v1/targets").status_code == 403
    assert room.ask.post("/api/v1/targets", json=HOOK).status_code == 403
