from typing import Any

import pytest
from tests.api.asking import Room
from tests.runtime.store.sending import account

from manycast.runtime.store import channels, destinations
from manycast.runtime.store.grants import grants
from manycast.runtime.store.tables.audit import Audit


PATH = "/api/v1/channels/live/destinations"
KEY = "live_1234_secret"


@pytest.fixture(autouse=True)
def live(room: Room) -> None:
    room.ask.post("/api/v1/channels", json={"name": "live"})


def add(room: Room, **wanted: Any) -> dict[str, Any]:
    body = {"name": "elsewhere", "url": "rtmp://there.example/app", "key": KEY} | wanted
    reply = room.ask.post(PATH, json=body)
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


def connected(room: Room, **changes: Any) -> str:
    with room.context.store.record() as db:
        owner = channels.by_name(db, "live")
        assert owner is not None
        row = account(owner, **changes)
        db.add(row)
    return row.id


def test_the_key_is_kept_and_never_shown(room: Room) -> None:
    made = add(room)
    assert made["has_key"]
    place = f"{PATH}/{made['id']}"
    seen = room.ask.get(PATH).text + room.ask.get(place).text
    changed = room.ask.patch(place, json={"name": "there"}, headers={"If-Match": "*"})
    seen += changed.text + str(made)
    with room.context.store.read() as db:
        (grant,) = grants(db, room.context.store.secrets)
        seen += "".join(str(row.detail) for row in db.query(Audit))
    assert KEY not in seen
    assert grant.destinations[0].key == KEY


def test_each_is_started_and_stopped_by_itself_and_all_together(room: Room) -> None:
    one, other = add(room), add(room, name="other")

    def on() -> list[bool]:
        return [each["enabled"] for each in room.ask.get(PATH).json()["items"]]

    assert room.ask.post(f"{PATH}/{one['id']}/stop").json()["enabled"] is False
    assert on() == [False, True]
    room.ask.post(f"{PATH}/stop")
    assert on() == [False, False]
    room.ask.post(f"{PATH}/{other['id']}/start")
    assert on() == [False, True]
    assert [each["enabled"] for each in room.ask.post(f"{PATH}/start").json()["items"]] == [
        True,
        True,
    ]


def test_a_change_is_made_once_and_tried_at_once(room: Room) -> None:
    made = add(room, encode={"height": 720, "video_bps": 3_000_000})
    place = f"{PATH}/{made['id']}"
    version = {"If-Match": f'"{made["version"]}"'}
    changed = room.ask.patch(place, json={"rendition": "720p", "encode": None}, headers=version)
    assert (changed.json()["rendition"], changed.json()["encode"]) == ("720p", None)
    assert room.ask.patch(place, json={"name": "x"}, headers=version).status_code == 412
    with room.context.store.read() as db:
        owner = channels.by_name(db, "live")
        assert owner is not None
        assert destinations.of_channel(db, owner.id)[0].attempt == 1
    assert room.ask.delete(place, headers={"If-Match": "*"}).status_code == 204
    assert room.ask.get(PATH).json() == {"items": []}


@pytest.mark.parametrize("url", ["rtmp://mine.example/app", "rtmps://there.example/app"])
@pytest.mark.parametrize("platform", ["custom", "twitch"])
def test_a_key_goes_to_no_server_that_it_was_not_entered_for(
    room: Room, url: str, platform: str
) -> None:
    made = add(room, platform=platform)
    place, version = f"{PATH}/{made['id']}", {"If-Match": "*"}
    for account_id in ({}, {"account_id": None}):
        refused = room.ask.patch(place, json={"url": url} | account_id, headers=version)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "#/key"
    for taken in (
        {"url": "rtmp://there.example/other"},
        {"url": url, "key": "another-key"},
    ):
        assert room.ask.patch(place, json=taken, headers=version).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"url": ""}, "#/url"),
        ({"platform": "kick", "url": ""}, "#/url"),
        ({"platform": "twitch", "url": "", "key": ""}, "#/key"),
        ({"account_id": "acc_nothing000000000"}, "#/account_id"),
    ],
)
def test_one_that_leads_nowhere_is_refused(room: Room, wanted: dict[str, Any], field: str) -> None:
    body = {"name": "elsewhere", "url": "rtmp://there.example/app", "key": KEY} | wanted
    reply = room.ask.post(PATH, json=body)
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"] == field


def test_a_platform_knows_its_server_and_an_account_also_the_key(room: Room) -> None:
    with_key = add(room, platform="twitch", url="")
    assert with_key["url"].startswith("rtmps://ingest.")
    with_account = add(room, platform="twitch", url="", key="", account_id=connected(room))
    assert (with_account["url"], with_account["has_key"]) == ("", False)
    wrong = room.ask.post(
        PATH, json={"name": "x", "platform": "kick", "account_id": with_account["account_id"]}
    )
    assert wrong.json()["errors"][0]["pointer"] == "#/account_id"


def test_with_another_account_nothing_more_goes_to_the_channel_of_the_one_before(
    room: Room,
) -> None:
    one, other = connected(room, id="acc_one0000000000000", external_id="1"), connected(room)
    made = add(room, platform="twitch", account_id=one)
    place, version = f"{PATH}/{made['id']}", {"If-Match": "*"}
    same = room.ask.patch(place, json={"account_id": one}, headers=version).json()
    assert (same["url"], same["has_key"]) == (made["url"], True)
    moved = room.ask.patch(place, json={"account_id": other}, headers=version).json()
    assert (moved["account_id"], moved["url"], moved["has_key"]) == (other, "", False)


def test_all_of_them_are_not_one_that_is_called_so(room: Room) -> None:
    """Methods that are for one destination are none for the whole."""
    refused = room.ask.patch(f"{PATH}/start", json={}, headers={"If-Match": "*"})
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert room.ask.get(f"{PATH}/dst_none").status_code == 404


def test_there_are_not_more_than_an_origin_sends_to(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("manycast.api.destinations.DESTINATIONS_MAX", 1)
    add(room)
    again = room.ask.post(PATH, json={"name": "x", "url": "rtmp://there.example/app"})
    assert again.json()["type"].endswith("too-many-destinations")


def test_a_new_name_is_no_reason_to_try_again(room: Room) -> None:
    place = f"{PATH}/{add(room)['id']}"
    room.ask.patch(place, json={"name": "there"}, headers={"If-Match": "*"})
    with room.context.store.read() as db:
        owner = channels.by_name(db, "live")
        assert owner is not None
        assert destinations.of_channel(db, owner.id)[0].attempt == 0
