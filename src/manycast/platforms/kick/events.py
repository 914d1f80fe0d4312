"""Events: subscribing to them, and what they say.

https://docs.kick.com/events/event-types. Kick sends them to one address of the app, signed (``webhooks``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from manycast.model.destinations import Platform
from manycast.platforms.kick.data import call
from manycast.platforms.values import ChatLine, Heard, Stirred
from manycast.platforms.wire import Call, Request


CHAT = "chat.message.sent"
STIRRING = ("livestream.status.updated", "livestream.metadata.updated")
WANTED = (CHAT, *STIRRING)
VERSION = 1
BADGES = {
    "broadcaster": "owner",
    "moderator": "moderator",
    "vip": "vip",
    "subscriber": "member",
    "founder": "member",
    "verified": "verified",
}
EMOTE = re.compile(r"\[emote:\d+:([^\]]+)\]")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    id: str
    event: str


def subscriptions(api: str) -> Call[tuple[Subscription, ...]]:
    """Of the account that asks."""
    request = Request(method="GET", url=f"{api}/public/v1/events/subscriptions")
    return call(
        request,
        lambda data: tuple(
            Subscription(id=str(one["id"]), event=str(one["event"])) for one in data or ()
        ),
    )


def subscribe(api: str, names: tuple[str, ...]) -> Call[tuple[str, ...]]:
    """What Kick says of those that it refused."""
    body = {
        "method": "webhook",
        "events": [{"name": name, "version": VERSION} for name in names],
    }
    request = Request(method="POST", url=f"{api}/public/v1/events/subscriptions", json=body)
    return call(request, lambda data: tuple(str(one["error"]) for one in data if one.get("error")))


def unsubscribe(api: str, ids: tuple[str, ...]) -> Call[None]:
    url = f"{api}/public/v1/events/subscriptions"
    request = Request(method="DELETE", url=url, query=tuple(("id", one) for one in ids))
    return call(request, lambda _: None)


def broadcaster_of(event: Mapping[str, Any]) -> str:
    """Whose channel it is about. Raises LookupError or TypeError."""
    return str(event["broadcaster"]["user_id"])


def heard(name: str, event: Mapping[str, Any]) -> Heard | None:
    """None: nothing for us. Raises LookupError, TypeError or ValueError where it is not as documented."""
    if name in STIRRING:
        return Stirred(platform=Platform.KICK)
    return _line(event) if name == CHAT else None


def _line(event: Mapping[str, Any]) -> ChatLine:
    sender, answered = event["sender"], event.get("replies_to") or {}
    identity = sender.get("identity") or {}
    colour = str(identity.get("username_color") or "")
    kinds = [str(badge.get("type", "")) for badge in identity.get("badges") or ()]
    if sender.get("is_verified"):
        kinds.append("verified")
    return ChatLine(
        platform=Platform.KICK,
        id=str(event["message_id"]),
        author_id=str(sender["user_id"]),
        author=str(sender["username"]),
        text=EMOTE.sub(r":\1:", str(event["content"])),
        at_ms=_ms(str(event["created_at"])),
        badges=tuple(dict.fromkeys(BADGES[kind] for kind in kinds if kind in BADGES)),
        colour=colour if COLOUR.fullmatch(colour) else "",
        reply_to=str((answered.get("sender") or {}).get("username") or ""),
    )


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
