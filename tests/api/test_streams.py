from tests.api.asking import Room
from tests.control.reports import ORIGIN

from manycast.control.permissions import Principal, Role
from manycast.model.fleet import ChannelGrant
from manycast.origin.grants import dismissed
from manycast.runtime.store import grants


def test_what_is_on_the_air(room: Room) -> None:
    assert room.ask.get("/api/v1/streams").json()["items"] == []
    room.context.network.report(ORIGIN)
    (stream,) = room.ask.get("/api/v1/streams").json()["items"]
    assert room.ask.get("/api/v1/streams/live").json() == stream
    assert stream["ingest"]["video_bps"] == 2_500_000


def test_a_channel_off_the_air_has_no_stream(room: Room) -> None:
    assert room.ask.get("/api/v1/streams/live").status_code == 404


def granted(room: Room) -> ChannelGrant:
    with room.context.store.read() as db:
        (grant,) = grants.grants(db, room.context.store.secrets)
    return grant


def test_who_publishes_to_a_channel_must_go_when_another_takes_its_name(room: Room) -> None:
    assert room.ask.post("/api/v1/channels", json={"name": "live"}).status_code == 201
    room.ask.post("/api/v1/streams/live/disconnect")
    before = granted(room)
    gone = room.ask.delete("/api/v1/channels/live", headers={"If-Match": "*"})
    assert gone.status_code == 204
    later_ms = room.context.now_ms() + 1000
    object.__setattr__(room.context, "now_ms", lambda: later_ms)
    assert room.ask.post("/api/v1/channels", json={"name": "live"}).status_code == 201
    assert dismissed([before], [granted(room)], "live", before.kicks)


def test_a_publisher_is_disconnected_by_those_who_work_with_the_channel(room: Room) -> None:
    assert room.ask.post("/api/v1/streams/live/disconnect").status_code == 404
    assert room.ask.post("/api/v1/channels", json={"name": "live"}).status_code == 201
    before = granted(room)
    assert room.ask.post("/api/v1/streams/live/disconnect").status_code == 204
    assert dismissed([before], [granted(room)], "live", before.kicks)
    stranger = Principal(user_id="usr_b", name="b", role=Role.BROADCASTER)
    room.become(stranger)
    assert room.ask.post("/api/v1/streams/live/disconnect").status_code == 404
