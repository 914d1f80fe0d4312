from tests.api.asking import Room
from tests.control.reports import ORIGIN


def test_what_is_on_the_air(room: Room) -> None:
    assert room.ask.get("/api/v1/streams").json()["items"] == []
    room.context.network.report(ORIGIN)
    (stream,) = room.ask.get("/api/v1/streams").json()["items"]
    assert room.ask.get("/api/v1/streams/live").json() == stream | {}
    assert stream["ingest"]["video_bps"] == 2_500_000


def test_a_channel_off_the_air_has_no_stream(room: Room) -> None:
    assert room.ask.get("/api/v1/streams/live").status_code == 404
