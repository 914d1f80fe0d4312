from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select
from tests.api.asking import ADMIN, Room

from manycast.api.idempotency import KEPT_MS
from manycast.control.permissions import Principal, Role
from manycast.runtime.store.tables.channels import StreamKey
from manycast.runtime.store.tables.idempotency import Idempotency


ONCE = {"Idempotency-Key": "k-1"}


def keys_in(room: Room) -> int:
    with room.context.store.read() as db:
        return len(db.scalars(select(StreamKey)).all())


def test_what_was_shown_once_is_shown_again_to_whoever_asked(room: Room) -> None:
    room.ask.post("/api/v1/channels", json={"name": "live"})
    place = "/api/v1/channels/live/keys"
    first = room.ask.post(place, json={"name": "a"}, headers=ONCE).json()
    assert room.ask.post(place, json={"name": "a"}, headers=ONCE).json() == first
    assert keys_in(room) == 2


def test_the_kept_reply_holds_no_readable_secret(room: Room) -> None:
    made = room.ask.post("/api/v1/channels", json={"name": "live"}, headers=ONCE).json()
    with room.context.store.read() as db:
        kept = db.scalars(select(Idempotency)).one()
    assert made["key"]["secret"].encode() not in kept.sealed
    assert made["key"]["secret"] in room.context.store.secrets.open(kept.sealed)


def test_keys_of_two_people_never_meet(room: Room) -> None:
    assert room.ask.post("/api/v1/channels", json={"name": "a"}, headers=ONCE).status_code == 201
    room.become(Principal(user_id="usr_other", name="other", role=Role.ADMIN))
    other = room.ask.post("/api/v1/channels", json={"name": "b"}, headers=ONCE)
    assert other.status_code == 201
    assert "Idempotency-Replayed" not in other.headers


def test_a_refused_request_leaves_its_key_unused(room: Room) -> None:
    room.ask.post("/api/v1/channels", json={"name": "live"})
    assert room.ask.post("/api/v1/channels", json={"name": "live"}, headers=ONCE).status_code == 409
    assert room.ask.post("/api/v1/channels", json={"name": "more"}, headers=ONCE).status_code == 201


def test_replies_are_forgotten_after_a_day(room: Room) -> None:
    room.ask.post("/api/v1/channels", json={"name": "live"}, headers=ONCE)
    with room.context.store.record() as db:
        db.get_one(Idempotency, (ADMIN.user_id, "k-1")).at_ms -= KEPT_MS + 1
    room.ask.post("/api/v1/channels", json={"name": "more"}, headers={"Idempotency-Key": "k-2"})
    with room.context.store.read() as db:
        assert [row.key for row in db.scalars(select(Idempotency))] == ["k-2"]


def test_many_at_once_make_one(room: Room) -> None:
    room.ask.post("/api/v1/channels", json={"name": "live"})
    before = keys_in(room)

    def ask(_: int) -> int:
        place = "/api/v1/channels/live/keys"
        return room.ask.post(place, json={"name": "a"}, headers=ONCE).status_code

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(8))) == {201}
    assert keys_in(room) == before + 1
