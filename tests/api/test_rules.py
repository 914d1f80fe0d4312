from typing import Any

import pytest
from tests.api.asking import Room


RULE: dict[str, Any] = {"name": "on the air", "kinds": ["stream.live", "stream.ended"]}


def test_a_rule_is_made_read_changed_and_removed(room: Room) -> None:
    made = room.ask.post("/api/v1/rules", json=RULE)
    assert made.status_code == 201, made.text
    rule = made.json()
    assert (rule["lasting_s"], rule["cooldown_s"], rule["quiet"]) == (15, 300, None)
    place = f"/api/v1/rules/{rule['id']}"
    night = {"zone": "Europe/Berlin", "begins": "22:00", "ends": "07:00"}
    change = {"quiet": night, "kinds": ["disk.low", "disk.low"], "cooldown_s": 60}
    tag = {"If-Match": made.headers["ETag"]}
    changed = room.ask.patch(place, json=change, headers=tag).json()
    assert changed["quiet"] == {**night, "instead": "hold"}
    assert (changed["kinds"], changed["cooldown_s"]) == (["disk.low"], 60)
    assert room.ask.patch(place, json=change, headers=tag).status_code == 412
    over = room.ask.patch(place, json={"quiet": None, "name": None}, headers={"If-Match": "*"})
    assert (over.json()["quiet"], over.json()["name"]) == (None, RULE["name"])
    assert room.ask.delete(place).status_code == 204
    assert room.ask.get("/api/v1/rules").json()["items"] == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"targets": ["tgt_0000000000000000"]}, "#/targets"),
        ({"title": "{chanel} is live"}, "#/title"),
        ({"text": "{free} left"}, "#/text"),
        ({"kinds": ["test"]}, "#/kinds"),
        (
            {"quiet": {"zone": "Europe/Atlantis", "begins": "22:00", "ends": "07:00"}},
            "#/quiet/zone",
        ),
    ],
)
def test_what_a_rule_names_exists(room: Room, change: dict[str, Any], pointer: str) -> None:
    refused = room.ask.post("/api/v1/rules", json={**RULE, **change})
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]


def test_the_words_of_each_kind_are_listed(room: Room) -> None:
    kinds = {each["kind"]: each for each in room.ask.get("/api/v1/notice-kinds").json()["items"]}
    assert "test" not in kinds
    assert kinds["stream.live"]["of_channel"]
    assert not kinds["node.silent"]["of_channel"]
    assert {"channel", "time", "link"} <= {w["word"] for w in kinds["stream.live"]["words"]}
