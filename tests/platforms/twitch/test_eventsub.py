import contextlib
import json

import pytest
from hypothesis import given, strategies as st

from manycast.platforms.twitch.eventsub import (
    Alive,
    Happened,
    Moved,
    Revoked,
    Welcome,
    heard,
    moment_ms,
    read,
    subscriptions,
)
from manycast.platforms.values import ChatLine


EVENT = {
    "message_id": "m1",
    "chatter_user_id": "7",
    "chatter_user_name": "Ada",
    "message": {"text": "Hi"},
}


def message(kind: str, payload: object, **metadata: str) -> str:
    return json.dumps({"metadata": {"message_type": kind, **metadata}, "payload": payload})


def test_each_message_is_read() -> None:
    session = {"id": "s", "keepalive_timeout_seconds": 10, "reconnect_url": "wss://there"}
    assert read(message("session_welcome", {"session": session})) == Welcome("s", 10.0)
    assert read(message("session_reconnect", {"session": session})) == Moved("wss://there")
    gone = {"type": "stream.online", "status": "authorization_revoked"}
    revoked = Revoked("stream.online", "authorization_revoked")
    assert read(message("revocation", {"subscription": gone})) == revoked
    assert read(message("session_keepalive", {})) == Alive()
    told = message(
        "notification",
        {"event": EVENT},
        subscription_type="channel.chat.message",
        message_timestamp="2026-01-01T00:00:01.123456789Z",
    )
    assert read(told) == Happened("channel.chat.message", 1_767_225_601_123, EVENT)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-01-01T00:00:00Z", 1_767_225_600_000),
        ("2026-01-01T00:00:00.5Z", 1_767_225_600_500),
        ("2026-01-01T00:00:00.123456789Z", 1_767_225_600_123),
    ],
)
def test_times_are_read_to_the_millisecond(text: str, ms: int) -> None:
    assert moment_ms(text) == ms


@pytest.mark.parametrize("colour", ["", "red", "#12345", "#12345g", "url(x)", "#1234567", None])
def test_a_colour_that_is_none_is_left_out(colour: object) -> None:
    line = heard(Happened("channel.chat.message", 0, {**EVENT, "color": colour}))
    assert isinstance(line, ChatLine)
    assert line.colour == ""


def test_badges_are_named_once_and_as_on_every_platform() -> None:
    badges = [{"set_id": name} for name in ("broadcaster", "subscriber", "founder", "turbo")]
    line = heard(Happened("channel.chat.message", 0, {**EVENT, "badges": badges}))
    assert isinstance(line, ChatLine)
    assert line.badges == ("owner", "member")


def test_what_was_not_asked_for_is_nothing() -> None:
    assert heard(Happened("channel.follow", 0, {})) is None


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    with contextlib.suppress(ValueError):
        read(text)


@given(
    st.sampled_from([kind for kind, _ in subscriptions("1")]),
    st.dictionaries(
        st.sampled_from([*EVENT, "badges", "cheer", "reply", "color", "target_user_id"]),
        st.none() | st.text(max_size=3) | st.floats() | st.lists(st.none() | st.text(max_size=2)),
    ),
)
def test_any_event_is_heard_or_refused(kind: str, event: dict[str, object]) -> None:
    with contextlib.suppress(ValueError):
        heard(Happened(kind, 0, event))
