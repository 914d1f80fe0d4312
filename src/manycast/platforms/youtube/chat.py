"""Live chat: messages as they are pushed or listed, and sending one.

https://developers.google.com/youtube/v3/live/docs/liveChatMessages. ``streamList`` over HTTP is ``liveChat/messages/stream``
of the discovery document; its reply is an array of list responses that grows while the chat goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from manycast.model.destinations import Platform
from manycast.platforms.values import ChatLine, ChatRemoved
from manycast.platforms.wire import Call
from manycast.platforms.youtube.data import one, read, write


CHAT_COST = 5
"""Units of one list or of one connection, as people measured it; the documents say 1, or nothing."""
PARTS = "id,snippet,authorDetails"
TEXT_MAX = 200
"""Characters of a message."""
LIST_MAX = 2000
"""Messages of one list."""
ROLES = {
    "isChatOwner": "owner",
    "isChatModerator": "moderator",
    "isChatSponsor": "member",
    "isVerified": "verified",
}
COMMENTS = {
    "superChatEvent": "superChatDetails",
    "memberMilestoneChatEvent": "memberMilestoneChatDetails",
    "fanFundingEvent": "fanFundingEventDetails",
}
"""Kinds that carry something a person wrote beside what YouTube says of it, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Of one list response."""

    said: tuple[ChatLine | ChatRemoved, ...]
    next_token: str = ""
    """Asks for what follows."""
    wait_ms: int = 0
    """YouTube wants no further list before."""
    over: bool = False
    """The broadcast ended, and its chat with it."""


def pushed(api: str, chat_id: str, token: str) -> Call[None]:
    query = _query(chat_id, token)
    return read(f"{api}/liveChat/messages/stream", query, lambda _: None, CHAT_COST)


def listed(api: str, chat_id: str, token: str) -> Call[Heard]:
    query = {**_query(chat_id, token), "maxResults": str(LIST_MAX)}
    return read(f"{api}/liveChat/messages", query, one(heard), CHAT_COST)


def say(api: str, chat_id: str, text: str) -> Call[None]:
    snippet = {
        "liveChatId": chat_id,
        "type": "textMessageEvent",
        "textMessageDetails": {"messageText": text},
    }
    url, query = f"{api}/liveChat/messages", {"part": "snippet"}
    return write("POST", url, query, {"snippet": snippet}, lambda _: None)


def heard(value: Mapping[str, Any]) -> Heard:
    """A list response. Raises LookupError, TypeError or ValueError where it is none."""
    items = value.get("items") or ()
    said = [one for item in items if (one := _said(item)) is not None]
    ended = any(item["snippet"].get("type") == "chatEndedEvent" for item in items)
    return Heard(
        said=tuple(said),
        next_token=str(value.get("nextPageToken") or ""),
        wait_ms=int(value.get("pollingIntervalMillis") or 0),
        over=ended or bool(value.get("offlineAt")),
    )


def _query(chat_id: str, token: str) -> dict[str, str]:
    query = {"part": PARTS, "liveChatId": chat_id}
    return {**query, "pageToken": token} if token else query


def _said(item: Mapping[str, Any]) -> ChatLine | ChatRemoved | None:
    """None: nothing that is shown."""
    snippet = item["snippet"]
    kind = str(snippet["type"])
    if kind == "messageDeletedEvent":
        removed = str(snippet["messageDeletedDetails"]["deletedMessageId"])
        return ChatRemoved(platform=Platform.YOUTUBE, line_id=removed)
    if kind == "userBannedEvent":
        banned = snippet["userBannedDetails"]["bannedUserDetails"]["channelId"]
        return ChatRemoved(platform=Platform.YOUTUBE, author_id=str(banned))
    text = _text(kind, snippet)
    author = item.get("authorDetails")
    return None if not text or author is None else _line(item, snippet, author, text)


def _line(
    item: Mapping[str, Any], snippet: Mapping[str, Any], author: Mapping[str, Any], text: str
) -> ChatLine:
    return ChatLine(
        platform=Platform.YOUTUBE,
        id=str(item["id"]),
        author_id=str(author.get("channelId", "")),
        author=str(author.get("displayName", "")),
        text=text,
        at_ms=_ms(str(snippet["publishedAt"])),
        badges=tuple(badge for role, badge in ROLES.items() if author.get(role)),
        paid=_paid(snippet),
    )


def _text(kind: str, snippet: Mapping[str, Any]) -> str:
    details = snippet.get(COMMENTS.get(kind, ""))
    if isinstance(details, Mapping) and details.get("userComment"):
        return str(details["userComment"])
    shown = snippet.get("hasDisplayContent", True)
    return str(snippet.get("displayMessage") or "") if shown else ""


def _paid(snippet: Mapping[str, Any]) -> str:
    for name in ("superChatDetails", "superStickerDetails", "fanFundingEventDetails"):
        details = snippet.get(name)
        if isinstance(details, Mapping):
            return str(details.get("amountDisplayString", ""))
    return ""


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
