import hashlib

from tests.api.asking import ADMIN, Room

from manycast.control.permissions import NODE


ADMISSIONS = "/api/v1/ingest/admissions"


def ask(room: Room, key: str) -> dict[str, str]:
    return {"digest": hashlib.sha256(key.encode()).hexdigest()}


def test_a_good_key_is_admitted_and_its_use_noted(room: Room) -> None:
    made = room.ask.post("/api/v1/channels", json={"name": "live"}).json()["key"]
    version = made["key"]["version"]
    room.become(NODE)
    admitted = room.ask.post(ADMISSIONS, json=ask(room, made["secret"])).json()
    kicks = admitted.pop("kicks")
    assert admitted == {"channel": "live", "key_id": made["key"]["id"]}
    assert kicks > 0
    room.become(ADMIN)
    (key,) = room.ask.get("/api/v1/channels/live/keys").json()["items"]
    assert key["used_at"] is not None
    assert key["version"] == version, "using a key changes nothing that somebody could have seen"


def test_an_unknown_key_is_not(room: Room) -> None:
    room.become(NODE)
    assert room.ask.post(ADMISSIONS, json=ask(room, "guess")).status_code == 404


def test_only_nodes_ask(room: Room) -> None:
    assert room.ask.post(ADMISSIONS, json=ask(room, "guess")).status_code == 403
