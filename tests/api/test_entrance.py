from dataclasses import replace

from sqlalchemy import select
from tests.api.asking import Room
from tests.api.browser import Browser, enter, set_up

from manycast.control.browsers import csrf_token
from manycast.control.permissions import Role
from manycast.runtime.store.tables.accounts import LoginSession
from manycast.runtime.store.tables.channels import Channel, ChannelMember


def test_whoever_enters_gets_the_token_of_the_cookie(room: Room) -> None:
    browser = set_up(room)
    cookie = browser.client.cookies["manycast_session"]
    assert browser.token == csrf_token(cookie) == browser.get("/session").json()["csrf_token"]


def test_whoever_enters_learns_of_the_channels_they_belong_to(room: Room) -> None:
    browser, user = enter(room, "bob", Role.BROADCASTER)
    with room.context.store.record() as db:
        db.add(
            Channel(
                id="chn_1",
                name="live",
                title="",
                description="",
                recording=False,
                kicks=0,
                created_ms=0,
            )
        )
        db.flush()
        db.add(ChannelMember(channel_id="chn_1", user_id=user.id, created_ms=0))
    assert browser.get("/session").json()["channels"] == ["chn_1"]


def test_sessions_that_are_over_are_swept_away_by_the_next_login(room: Room) -> None:
    set_up(room)
    later = room.context.now_ms() + room.context.settings.accounts.session_idle_s * 1000
    room.app.state.context = replace(room.context, now_ms=lambda: later)
    Browser(room).log_in()
    with room.context.store.read() as db:
        assert [row.created_ms for row in db.scalars(select(LoginSession))] == [later]
