from pathlib import Path

from tests.api.connected import CHANNEL, connect, connectable

from manycast.model.destinations import Platform
from manycast.platforms.failures import AwayError


def test_categories_are_asked_for_with_a_connected_account(tmp_path: Path) -> None:
    with connectable(tmp_path) as (room, _):
        place = f"{CHANNEL}/categories?platform=twitch&q=chatting"
        assert room.ask.get(place).json()["type"].endswith("no-account")
        connect(room)
        assert room.ask.get(place).json()["items"] == [
            {"id": "509658", "name": "Just chatting", "picture": ""}
        ]


def test_who_disconnects_gives_the_leave_back_and_keeps_the_destination(tmp_path: Path) -> None:
    with connectable(tmp_path) as (room, somewhere):
        account_id = connect(room)
        wanted = {"name": "mine", "platform": "twitch", "account_id": account_id}
        assert room.ask.post(f"{CHANNEL}/destinations", json=wanted).status_code == 201
        assert room.ask.delete(f"{CHANNEL}/accounts/{account_id}").status_code == 204
        assert somewhere.left == 1
        (kept,) = room.ask.get(f"{CHANNEL}/destinations").json()["items"]
        assert kept["account_id"] is None
        assert room.ask.delete(f"{CHANNEL}/accounts/{account_id}").status_code == 404


def test_a_platform_that_does_not_answer_keeps_nobody_from_disconnecting(tmp_path: Path) -> None:
    with connectable(tmp_path) as (room, somewhere):
        account_id = connect(room)
        somewhere.trouble = AwayError(Platform.TWITCH)
        assert room.ask.delete(f"{CHANNEL}/accounts/{account_id}").status_code == 204
        assert room.ask.get(f"{CHANNEL}/accounts").json()["items"] == []
