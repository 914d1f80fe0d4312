import logging
from pathlib import Path

import pytest
from tests.api.asking import Room
from tests.api.connected import CHANNEL, connect, connectable
from tests.runtime.platforms.somewhere import TOKEN

from manycast.model.destinations import Platform
from manycast.platforms.failures import AwayError, RefusedError
from manycast.runtime.platforms.stored import StoredVault
from manycast.runtime.store.tables.audit import Audit


BEGIN = f"{CHANNEL}/accounts/twitch/connect"
RETURN = "/api/v1/platforms/return"


def accounts(room: Room) -> list[dict[str, object]]:
    items: list[dict[str, object]] = room.ask.get(f"{CHANNEL}/accounts").json()["items"]
    return items


def test_a_person_enters_a_code_and_the_account_is_connected(tmp_path: Path) -> None:
    with connectable(tmp_path, done=False) as (room, somewhere):
        prompt = room.ask.post(BEGIN).json()
        assert prompt["user_code"] == "ABCD-EFGH"
        finish = f"{CHANNEL}/accounts/connect/{prompt['id']}"
        assert room.ask.post(finish).json() == {"state": "waiting", "account": None}
        somewhere.done = True
        done = room.ask.post(finish).json()
        assert (done["state"], done["account"]["name"]) == ("connected", "streamer")
        assert room.ask.post(finish).json() == done
        assert [one["id"] for one in accounts(room)] == [done["account"]["id"]]


def test_tokens_are_sealed_and_never_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with connectable(tmp_path) as (room, _):
        account_id = connect(room)
        seen = str(accounts(room))
        with room.context.store.read() as db:
            seen += "".join(str(row.detail) for row in db.query(Audit))
        assert StoredVault(room.context.store).leave(account_id).tokens.access == TOKEN
        files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert TOKEN not in seen + caplog.text
    assert files
    assert not any(TOKEN.encode() in content for content in files)


def test_an_account_that_is_connected_again_stays_the_same(tmp_path: Path) -> None:
    with connectable(tmp_path) as (room, _):
        assert connect(room) == connect(room)


def test_a_browser_that_comes_back_has_connected_the_account(tmp_path: Path) -> None:
    with connectable(tmp_path, code="") as (room, _):
        prompt = room.ask.post(BEGIN).json()
        assert prompt["user_code"] is None
        query = {"state": prompt["id"], "code": "good"}
        back = room.ask.get(RETURN, params=query, follow_redirects=False)
        (account,) = accounts(room)
        assert back.status_code == 303
        assert back.headers["location"] == f"/streams/live?connected={account['id']}"
        done = room.ask.post(f"{CHANNEL}/accounts/connect/{prompt['id']}").json()
        assert done["state"] == "connected"


def test_nobody_is_led_to_connect_an_account_to_a_channel_of_somebody_else(tmp_path: Path) -> None:
    """Who began is kept by their own browser."""
    with connectable(tmp_path, code="") as (room, _):
        prompt = room.ask.post(BEGIN).json()
        room.ask.cookies.clear()
        query = {"state": prompt["id"], "code": "good"}
        back = room.ask.get(RETURN, params=query, follow_redirects=False)
        assert back.headers["location"].startswith("/?connect_problem=")
        assert accounts(room) == []


def test_who_gives_no_permission_is_told_so(tmp_path: Path) -> None:
    with connectable(tmp_path, code="") as (room, _):
        prompt = room.ask.post(BEGIN).json()
        query = {"state": prompt["id"], "error": "access_denied"}
        back = room.ask.get(RETURN, params=query, follow_redirects=False)
        assert "permission" in back.headers["location"]
        waiting = room.ask.post(f"{CHANNEL}/accounts/connect/{prompt['id']}")
        assert waiting.status_code == 404


def test_what_the_platform_says_is_answered_in_words(tmp_path: Path) -> None:
    with connectable(tmp_path, trouble=RefusedError(Platform.TWITCH, "no")) as (room, somewhere):
        refused = room.ask.post(BEGIN)
        assert (refused.status_code, "Twitch" in refused.json()["detail"]) == (409, True)
        somewhere.trouble = AwayError(Platform.TWITCH)
        assert room.ask.post(BEGIN).status_code == 502
        nobody = room.ask.post(f"{CHANNEL}/accounts/kick/connect")
        assert nobody.json()["type"].endswith("no-platform-app")
        assert room.ask.post(f"{CHANNEL}/accounts/connect/{'x' * 20}").status_code == 404
