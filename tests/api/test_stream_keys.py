import hashlib
import json

from tests.api.asking import Room

from manycast.api.stream_keys import KEYS_MAX
from manycast.runtime.channels import FILE, Channels
from manycast.runtime.importing import import_channels
from manycast.runtime.store import channels


ANY = {"If-Match": "*"}
KEYS = "/api/v1/channels/live/keys"


def made(room: Room, name: str = "live") -> tuple[str, str]:
    """Id and text of a new channel's key."""
    key = room.ask.post("/api/v1/channels", json={"name": name}).json()["key"]
    return key["key"]["id"], key["secret"]


def opens(room: Room, secret: str) -> bool:
    digest = hashlib.sha256(secret.encode()).hexdigest()
    with room.context.store.read() as db:
        return channels.by_digest(db, digest) is not None


def kicks(room: Room) -> int:
    """Since the channel was made."""
    with room.context.store.read() as db:
        row = channels.by_name(db, "live")
    assert row is not None
    return row.kicks - row.created_ms


def test_rotating_refuses_the_old_key(room: Room) -> None:
    key, old = made(room)
    new = room.ask.post(f"{KEYS}/{key}/rotate", json={}).json()
    assert new["key"]["rotated_at"] is not None
    assert new["secret"].startswith(new["key"]["hint"])
    assert not opens(room, old)
    assert opens(room, new["secret"])
    assert kicks(room) == 0


def test_rotating_disconnects_when_asked(room: Room) -> None:
    key, _ = made(room)
    room.ask.post(f"{KEYS}/{key}/rotate", json={"disconnect": True})
    assert kicks(room) == 1


def test_a_key_is_deleted_by_who_has_seen_it(room: Room) -> None:
    key, secret = made(room)
    assert room.ask.delete(f"{KEYS}/{key}").status_code == 428
    assert room.ask.delete(f"{KEYS}/{key}", headers={"If-Match": '"9"'}).status_code == 412
    assert room.ask.delete(f"{KEYS}/{key}?disconnect=true", headers=ANY).status_code == 204
    assert not opens(room, secret)
    assert kicks(room) == 1


def test_a_key_of_another_channel_is_not_found(room: Room) -> None:
    made(room)
    other, _ = made(room, "other")
    assert room.ask.post(f"{KEYS}/{other}/rotate", json={}).status_code == 404
    assert room.ask.delete(f"{KEYS}/{other}", headers=ANY).status_code == 404


def test_a_channel_has_a_limit_of_keys(room: Room) -> None:
    made(room)
    for _ in range(KEYS_MAX - 1):
        assert room.ask.post(KEYS, json={"name": "more"}).status_code == 201
    assert room.ask.post(KEYS, json={"name": "more"}).status_code == 409


def printed(room: Room) -> str:
    """The key that `manycast up` made and printed, which is the SRT passphrase too."""
    key = Channels(room.context.directory / FILE).ensure("live")
    import_channels(room.context.store, room.context.settings, room.context.directory, 1)
    return key


def test_the_printed_key_does_not_come_back_after_its_rotation(room: Room) -> None:
    old = printed(room)
    key = room.ask.get(KEYS).json()["items"][0]["id"]
    room.ask.post(f"{KEYS}/{key}/rotate", json={})
    import_channels(room.context.store, room.context.settings, room.context.directory, 2)
    assert not opens(room, old)
    assert old not in (room.context.directory / FILE).read_text()


def test_the_printed_key_opens_no_srt_door_after_its_rotation(room: Room) -> None:
    old = printed(room)
    key = room.ask.get(KEYS).json()["items"][0]["id"]
    new = room.ask.post(f"{KEYS}/{key}/rotate", json={}).json()["secret"]
    with room.context.store.read() as db:
        row = channels.by_name(db, "live")
    assert row is not None
    assert row.srt_sealed is not None
    assert room.context.store.secrets.open(row.srt_sealed) == new != old


def test_a_deleted_channel_does_not_come_back(room: Room) -> None:
    printed(room)
    assert room.ask.delete("/api/v1/channels/live", headers=ANY).status_code == 204
    assert json.loads((room.context.directory / FILE).read_text()) == {"channels": {}}
    import_channels(room.context.store, room.context.settings, room.context.directory, 2)
    assert room.ask.get("/api/v1/channels/live").status_code == 404


def test_a_file_that_cannot_be_written_keeps_the_old_key_good(room: Room) -> None:
    old = printed(room)
    key = room.ask.get(KEYS).json()["items"][0]["id"]
    (room.context.directory / FILE).write_text("{")
    assert room.ask.post(f"{KEYS}/{key}/rotate", json={}).status_code == 500
    assert opens(room, old)
