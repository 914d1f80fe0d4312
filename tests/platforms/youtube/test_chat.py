import json
from typing import Any

import pytest

from manycast.platforms.values import ChatLine, ChatRemoved
from manycast.platforms.wire import Reply
from manycast.platforms.youtube import chat


API = "https://api"
AUTHOR = {"channelId": "UC1", "displayName": "ann", "isChatModerator": True, "isVerified": False}


def message(kind: str, author: dict[str, Any] | None = AUTHOR, **more: Any) -> dict[str, Any]:
    snippet = {"type": kind, "publishedAt": "2026-01-14T16:08:06.5Z", **more}
    item: dict[str, Any] = {"id": "M1", "snippet": snippet}
    return item if author is None else {**item, "authorDetails": author}


def only(item: dict[str, Any]) -> ChatLine | ChatRemoved:
    (said,) = chat.heard({"items": [item]}).said
    return said


def test_a_message_has_an_author_a_text_and_a_time() -> None:
    line = only(message("textMessageEvent", displayMessage="hello"))
    assert isinstance(line, ChatLine)
    assert (line.id, line.author, line.author_id, line.text) == ("M1", "ann", "UC1", "hello")
    assert (line.at_ms, line.badges) == (1_768_406_886_500, ("moderator",))


def test_what_was_paid_is_told_with_what_was_written() -> None:
    details = {"amountDisplayString": "5.00 EUR", "userComment": "thank you", "tier": 2}
    line = only(
        message("superChatEvent", displayMessage="5.00 EUR from ann", superChatDetails=details)
    )
    assert isinstance(line, ChatLine)
    assert (line.text, line.paid) == ("thank you", "5.00 EUR")
    sticker = {"amountDisplayString": "1.00 EUR"}
    line = only(
        message("superStickerEvent", displayMessage="ann: cat", superStickerDetails=sticker)
    )
    assert isinstance(line, ChatLine)
    assert (line.text, line.paid) == ("ann: cat", "1.00 EUR")


def test_what_moderators_take_away_is_known_by_line_or_author() -> None:
    gone = message("messageDeletedEvent", messageDeletedDetails={"deletedMessageId": "M0"})
    assert only(gone) == ChatRemoved(platform=chat.Platform.YOUTUBE, line_id="M0")
    banned = {"bannedUserDetails": {"channelId": "UC9"}, "banType": "permanent"}
    away = message("userBannedEvent", userBannedDetails=banned)
    assert only(away) == ChatRemoved(platform=chat.Platform.YOUTUBE, author_id="UC9")


@pytest.mark.parametrize(
    "item",
    [
        message("tombstone", None),
        message("sponsorOnlyModeStartedEvent", None, displayMessage="members only"),
        message("pollEvent", hasDisplayContent=False, displayMessage="x"),
        message("chatEndedEvent", None),
    ],
)
def test_what_nobody_said_is_no_line(item: dict[str, Any]) -> None:
    assert not chat.heard({"items": [item]}).said


def test_a_response_may_end_the_chat_and_says_how_to_go_on() -> None:
    heard = chat.heard({"nextPageToken": "t", "pollingIntervalMillis": 3000, "items": []})
    assert (heard.next_token, heard.wait_ms, heard.over) == ("t", 3000, False)
    assert chat.heard({"offlineAt": "2026-01-14T16:08:06Z"}).over
    assert chat.heard({"items": [message("chatEndedEvent", None)]}).over


def test_lists_and_pushes_are_asked_for_with_what_was_told_last() -> None:
    for call in (chat.listed(API, "C1", "t"), chat.pushed(API, "C1", "t")):
        query = dict(call.request.query)
        assert (query["liveChatId"], query["pageToken"]) == ("C1", "t")
        assert call.request.cost == chat.CHAT_COST
    assert "pageToken" not in dict(chat.pushed(API, "C1", "").request.query)
    listed = chat.listed(API, "C1", "").read(Reply(200, {}, json.dumps({"items": []}).encode()))
    assert listed == chat.Heard(said=())


def test_saying_something_is_never_repeated() -> None:
    request = chat.say(API, "C1", "hello").request
    assert not request.repeatable
    assert request.json["snippet"]["textMessageDetails"] == {"messageText": "hello"}
