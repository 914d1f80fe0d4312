from pathlib import Path

from tests.api.asking import Room, control_room

from manycast.settings.recording import RecordingSettings
from manycast.settings.shared import SharedSettings
from manycast.settings.tree import Settings


SITE = "/api/v1/settings/site"


def test_a_change_is_seen_and_guarded_by_its_version(room: Room) -> None:
    first = room.ask.get(SITE)
    assert first.json()["version"] == 0
    tag = {"If-Match": first.headers["ETag"]}
    changed = room.ask.patch(SITE, json={"name": "Studio 7"}, headers=tag)
    assert changed.json()["name"] == "Studio 7"
    assert room.ask.get(SITE).json() == changed.json()
    assert room.ask.patch(SITE, json={"name": "x"}, headers=tag).status_code == 412


def test_new_channels_are_recorded_as_the_site_says(tmp_path: Path) -> None:
    with control_room(tmp_path, Settings(recording=RecordingSettings(enabled=True))) as room:
        made = room.ask.post("/api/v1/channels", json={"name": "a"}).json()
        assert made["channel"]["recording"] is True
        room.ask.patch(SITE, json={"record_new_channels": False}, headers={"If-Match": "*"})
        made = room.ask.post("/api/v1/channels", json={"name": "b"}).json()
        assert made["channel"]["recording"] is False
        made = room.ask.post("/api/v1/channels", json={"name": "c", "recording": True}).json()
        assert made["channel"]["recording"] is True


def test_the_settings_of_the_file_are_shown_without_passwords(tmp_path: Path) -> None:
    settings = Settings(shared=SharedSettings(url="redis://many:s3cret@cache.example.org"))
    with control_room(tmp_path, settings) as room:
        reply = room.ask.get("/api/v1/settings/effective")
    assert "cache.example.org" in reply.text
    assert "s3cret" not in reply.text
    groups = {group["name"]: group for group in reply.json()["groups"]}
    (port,) = [one for one in groups["network"]["settings"] if one["name"] == "control"]
    assert port["value"] == port["default"] == '":8080"'
    assert port["about"]
