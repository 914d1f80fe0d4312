from tests.api.asking import Room
from tests.control.reports import ORIGIN

from manycast.control.permissions import Principal, Role
from manycast.runtime.store import grants


def test_what_is_on_the_air(room: Room) -> None:
    assert room.ask.get("/api/v1/streams").json()["items"] == []
    room.context.network.report(ORIGIN)
    (stream,) = room.ask.get("/api/v1/streams").json()["items"]
    assert room.ask.get("/api/v1/streams/live").json() == stream
    assert stream["ingest"]["video_bps"] == 2_500_000


def test_a_channel_off_the_air_has_no_stream(room: Room) -> None:
    assert room.ask.get("/api/v1/streams/live").status_code == 404


def test_a_publisher_is_disconnected_by_those_who_work_with_the_channel(room: Room) -> None:
    assert room.ask.post("/api/v1/streams/live/disconnect").status_code == 404
    assert room.ask.post("/api/v1/channels", json={"name": "live"}).status_code == 201
    assert room.ask.post("/api/v1/streams/live/disconnect").status_code == 204
    with room.context.store.read() as db:
        (grant,) = grants.grants(db, room.context.store.secrets)
    assert grant.kicks == 1
    stranger = Principal(user_id="usr_b", name="b", role=Role.BROADCASTER)
    room.become(stranger)
    assert room.ask.post("/api/v1/streams/live/disconnect").status_code == 404
