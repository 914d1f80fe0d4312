import pytest
from tests.api.asking import Room


PATH = "/api/v1/channels/live/obs-multitrack"


@pytest.fixture(autouse=True)
def live(room: Room) -> None:
    room.ask.post("/api/v1/channels", json={"name": "live"})


def test_obs_gets_what_it_is_asked_to_encode_and_no_key(room: Room) -> None:
    key = room.ask.get("/api/v1/channels/live/keys").json()["items"][0]["hint"]
    reply = room.ask.get(PATH)
    encoders = reply.json()["encoder_configurations"]
    assert [one["height"] for one in encoders] == [1080, 720, 480]
    assert key not in reply.text


@pytest.mark.parametrize("query", ["tracks=0", "tracks=11", "width=1", "encoder=x", "frame_rate=0"])
def test_what_no_encoder_does_is_refused(room: Room, query: str) -> None:
    assert room.ask.get(f"{PATH}?{query}").status_code == 422


def test_of_a_channel_that_there_is(room: Room) -> None:
    assert room.ask.get("/api/v1/channels/nothing/obs-multitrack").status_code == 404
