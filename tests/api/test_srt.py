from pathlib import Path

from tests.api.asking import Room, control_room

from manycast.settings.network import NetworkSettings
from manycast.settings.tree import Settings


def make(room: Room, *names: str) -> None:
    for name in names:
        assert room.ask.post("/api/v1/channels", json={"name": name}).status_code == 201


def test_the_passphrase_is_shown_once(room: Room) -> None:
    make(room, "live")
    made = room.ask.post("/api/v1/channels/live/srt", json={}).json()
    assert made["url"] == f"srt://testserver:8890?passphrase={made['passphrase']}"
    assert 10 <= len(made["passphrase"]) <= 79
    seen = room.ask.get("/api/v1/channels/live").text
    seen += room.ask.get("/api/v1/channels/live/addresses").text
    assert made["passphrase"] not in seen
    assert room.ask.get("/api/v1/channels/live").json()["srt"] is True


def test_each_channel_has_a_port_of_its_own_and_keeps_it(room: Room) -> None:
    make(room, "a", "b")
    for name in ("a", "b"):
        room.ask.post(f"/api/v1/channels/{name}/srt", json={})
    assert room.ask.delete("/api/v1/channels/a/srt").status_code == 204
    assert room.ask.get("/api/v1/channels/b/addresses").json()["srt"] == "srt://testserver:8891"
    assert room.ask.get("/api/v1/channels/a/addresses").json()["srt"] is None


def test_there_are_as_many_as_listeners(tmp_path: Path) -> None:
    settings = Settings(network=NetworkSettings(srt_channels_max=1))
    with control_room(tmp_path, settings) as room:
        make(room, "a", "b")
        assert room.ask.post("/api/v1/channels/a/srt", json={}).status_code == 200
        refused = room.ask.post("/api/v1/channels/b/srt", json={})
        assert refused.status_code == 409
        assert "srt_channels_max" in refused.json()["detail"]
        assert room.ask.post("/api/v1/channels/a/srt", json={}).status_code == 200
