import pytest
from tests.api.asking import Room

from manycast.control.permissions import Principal, Role


def test_a_channel_comes_with_a_key_that_is_shown_once(room: Room) -> None:
    made = room.ask.post("/api/v1/channels", json={"name": "live"})
    assert made.status_code == 201, made.text
    secret = made.json()["key"]["secret"]
    assert len(secret) == 24
    for place in ("/api/v1/channels", "/api/v1/channels/live", "/api/v1/channels/live/keys"):
        assert secret not in room.ask.get(place).text


def test_a_name_is_taken_once(room: Room) -> None:
    assert room.ask.post("/api/v1/channels", json={"name": "live"}).status_code == 201
    again = room.ask.post("/api/v1/channels", json={"name": "live"})
    assert again.status_code == 409
    assert again.json()["errors"][0]["pointer"] == "#/name"


def test_a_creation_that_is_repeated_with_its_key_happens_once(room: Room) -> None:
    headers = {"Idempotency-Key": "a-1"}
    first = room.ask.post("/api/v1/channels", json={"name": "live"}, headers=headers)
    again = room.ask.post("/api/v1/channels", json={"name": "live"}, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.headers["ETag"] == again.headers["ETag"]
    other = room.ask.post("/api/v1/channels", json={"name": "else"}, headers=headers)
    assert other.status_code == 409


def test_nobody_overwrites_what_they_have_not_seen(room: Room) -> None:
    made = room.ask.post("/api/v1/channels", json={"name": "live"})
    change = {"title": "Mine"}
    assert room.ask.patch("/api/v1/channels/live", json=change).status_code == 428
    tag = {"If-Match": made.headers["ETag"]}
    changed = room.ask.patch("/api/v1/channels/live", json=change, headers=tag)
    assert changed.json()["title"] == "Mine"
    assert room.ask.patch("/api/v1/channels/live", json=change, headers=tag).status_code == 412
    new = {"If-Match": changed.headers["ETag"]}
    assert room.ask.delete("/api/v1/channels/live", headers=new).status_code == 204
    assert room.ask.get("/api/v1/channels/live").status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.BROADCASTER])
def test_people_see_the_channels_they_belong_to(room: Room, role: Role) -> None:
    ids = [
        room.ask.post("/api/v1/channels", json={"name": name}).json()["channel"]["id"]
        for name in ("mine", "theirs")
    ]
    room.become(Principal(user_id="u", name="u", role=role, channels=frozenset(ids[:1])))
    names = [one["name"] for one in room.ask.get("/api/v1/channels").json()["items"]]
    assert names == ["mine"]
    assert room.ask.get("/api/v1/channels/theirs").status_code == 404


def test_a_long_list_is_read_page_by_page(room: Room) -> None:
    for number in range(7):
        room.ask.post("/api/v1/channels", json={"name": f"c{number}"})
    names, cursor = [], None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        found = room.ask.get("/api/v1/channels", params=query).json()
        names += [one["name"] for one in found["items"]]
        cursor = found["next"]
        if cursor is None:
            break
    assert names == [f"c{number}" for number in range(7)]
