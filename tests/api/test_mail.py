from typing import Any

import pytest
from tests.api.asking import Room

from manycast.control.permissions import Principal, Role
from manycast.runtime.store import mail


SERVER: dict[str, Any] = {
    "host": "mail.example.org", "username": "me", "password": "hunter2", "sender": "m@example.org"
}  # fmt: skip


def put(room: Room, **changes: Any) -> Any:
    headers = {"If-Match": room.ask.get("/api/v1/settings/mail").headers["ETag"]}
    return room.ask.put("/api/v1/settings/mail", json={**SERVER, **changes}, headers=headers)


def password(room: Room) -> str:
    with room.context.store.read() as db:
        return mail.password(mail.read(db)[1], room.context.store.secrets)


def test_the_password_is_never_shown_and_stays_until_another_is_given(room: Room) -> None:
    made = put(room)
    assert made.status_code == 200, made.text
    assert made.json()["password_set"]
    assert "hunter2" not in made.text + room.ask.get("/api/v1/settings/mail").text
    assert put(room, password=None, port=465, security="tls").json()["port"] == 465
    assert password(room) == "hunter2"
    assert not put(room, password="").json()["password_set"]


def test_a_password_goes_to_nobody_it_was_not_given_for(room: Room) -> None:
    put(room)
    assert not put(room, password=None, host="elsewhere.example.org").json()["password_set"]
    assert password(room) == ""


def test_two_who_change_it_do_not_overwrite_each_other(room: Room) -> None:
    assert room.ask.put("/api/v1/settings/mail", json=SERVER).status_code == 428
    old = {"If-Match": '"0"'}
    assert room.ask.put("/api/v1/settings/mail", json=SERVER, headers=old).status_code == 200
    assert room.ask.put("/api/v1/settings/mail", json=SERVER, headers=old).status_code == 412


@pytest.mark.parametrize(
    "change",
    [{"host": "a\r\nb"}, {"sender": "x"}, {"port": 0}, {"security": "maybe"}, {"username": "\n"}],
)
def test_what_no_server_can_be_is_refused(room: Room, change: dict[str, Any]) -> None:
    assert put(room, **change).status_code == 422


def test_the_mail_server_is_the_administrators_business(room: Room) -> None:
    room.become(Principal(user_id="u", name="u", role=Role.OPERATOR))
    assert room.ask.get("/api/v1/settings/mail").status_code == 200
    assert put(room).status_code == 403
