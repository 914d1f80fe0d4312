from pathlib import Path

from tests.api.connected import CHANNEL, connect, connectable

from manycast.model.destinations import Platform
from manycast.platforms.failures import AwayError


PATH = f"{CHANNEL}/listing"
ALWAYS = {"If-Match": "*"}


def test_one_change_reaches_every_account_with_its_exceptions(tmp_path: Path) -> None:
    with connectable(tmp_path) as (room, somewhere):
        account_id = connect(room)
        assert room.ask.get(PATH).json()["version"] == 0
        wanted = {
            "title": "For all",
            "tags": ["music"],
            "platforms": {"twitch": {"title": "For Twitch alone", "category": {"id": "5"}}},
        }
        reply = room.ask.put(PATH, json=wanted, headers={"If-Match": '"0"'}).json()
        (told,) = somewhere.told
        assert (told.title, told.category_id, told.tags) == ("For Twitch alone", "5", ("music",))
        (taken,) = reply["taken"]
        assert (taken["account_id"], taken["ok"]) == (account_id, True)
        assert taken["text"] == "It was shortened."
        shown = room.ask.get(PATH).json()
        assert shown == reply["listing"]
        assert shown["platforms"]["kick"]["title"] is None


def test_a_platform_that_does_not_answer_is_named_and_the_change_stays(tmp_path: Path) -> None:
    with connectable(tmp_path) as (room, somewhere):
        connect(room)
        somewhere.trouble = AwayError(Platform.TWITCH)
        (taken,) = room.ask.put(PATH, json={"title": "x"}, headers=ALWAYS).json()["taken"]
        assert (taken["ok"], taken["text"]) == (False, str(somewhere.trouble))
        assert room.ask.get(PATH).json()["title"] == "x"


def test_nobody_overwrites_what_they_have_not_seen(tmp_path: Path) -> None:
    with connectable(tmp_path) as (room, _):
        room.ask.put(PATH, json={"title": "one"}, headers=ALWAYS)
        late = room.ask.put(PATH, json={"title": "two"}, headers={"If-Match": '"0"'})
        assert late.status_code == 412
