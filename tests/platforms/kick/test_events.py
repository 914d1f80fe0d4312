import json
from typing import Any

import pytest

from manycast.platforms.kick import events
from manycast.platforms.values import ChatLine, Stirred
from manycast.platforms.wire import Reply


API = "https://api"
MESSAGE: dict[str, Any] = {
    "message_id": "m-1",
    "replies_to": {"message_id": "m-0", "sender": {"user_id": 1, "username": "parent"}},
    "broadcaster": {"user_id": 123, "username": "me"},
    "sender": {
        "user_id": 987,
        "username": "ann",
        "is_verified": True,
        "identity": {
            "username_color": "#FF5733",
            "badges": [
                {"text": "Moderator", "type": "moderator"},
                {"text": "Sub Gifter", "type": "sub_gifter", "count": 5},
                {"text": "Subscriber", "type": "subscriber", "count": 3},
            ],
        },
    },
    "content": "Hello [emote:4148074:HYPERCLAP]",
    "created_at": "2025-01-14T16:08:06Z",
}


def test_a_message_as_in_the_documents_is_a_line() -> None:
    line = events.heard(events.CHAT, MESSAGE)
    assert isinstance(line, ChatLine)
    assert (line.id, line.author, line.author_id, line.reply_to) == ("m-1", "ann", "987", "parent")
    assert (line.text, line.at_ms) == ("Hello :HYPERCLAP:", 1_736_870_886_000)
    assert (line.badges, line.colour) == (("moderator", "member", "verified"), "#FF5733")
    assert events.broadcaster_of(MESSAGE) == "123"


def test_what_may_be_missing_is() -> None:
    sender = {"user_id": 987, "username": "ann", "identity": None}
    plain = {**MESSAGE, "replies_to": None, "sender": sender}
    line = events.heard(events.CHAT, plain)
    assert isinstance(line, ChatLine)
    assert (line.badges, line.colour, line.reply_to) == ((), "", "")


def test_a_colour_is_a_colour() -> None:
    identity = {"username_color": "url(x)", "badges": None}
    sender = {"user_id": 1, "username": "ann", "identity": identity}
    line = events.heard(events.CHAT, {**MESSAGE, "sender": sender})
    assert isinstance(line, ChatLine)
    assert line.colour == ""


@pytest.mark.parametrize("name", events.STIRRING)
def test_a_stream_that_changed_is_worth_a_look(name: str) -> None:
    assert isinstance(events.heard(name, {"broadcaster": {"user_id": 1}}), Stirred)


def test_what_we_did_not_ask_for_is_nothing() -> None:
    assert events.heard("channel.followed", {}) is None


def test_subscriptions_are_listed_made_and_ended() -> None:
    there = {"data": [{"id": "s1", "event": "chat.message.sent", "version": 1}]}
    read = events.subscriptions(API).read(Reply(200, {}, json.dumps(there).encode()))
    assert read == (events.Subscription(id="s1", event="chat.message.sent"),)
    assert events.subscriptions(API).read(Reply(200, {}, b'{"data": null}')) == ()
    call = events.subscribe(API, events.WANTED)
    assert call.request.json["method"] == "webhook"
    made = {"data": [{"name": "a", "subscription_id": "s"}, {"name": "b", "error": "unknown"}]}
    assert call.read(Reply(200, {}, json.dumps(made).encode())) == ("unknown",)
    ended = events.unsubscribe(API, ("s1", "s2")).request
    assert ended.query == (("id", "s1"), ("id", "s2"))
