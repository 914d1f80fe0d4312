"""What Twitch says over EventSub's WebSocket; dev.twitch.tv/docs/eventsub/websocket-reference."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from manycast.platforms.twitch.faults import TWITCH
from manycast.platforms.values import ChatLine, ChatRemoved, Heard, Stirred
from manycast.platforms.wire import UNREADABLE


CHAT = (
    "channel.chat.message",
    "channel.chat.message_delete",
    "channel.chat.clear_user_messages",
    "channel.chat.clear",
)
STREAM = ("stream.online", "stream.offline")
BADGES = {
    "broadcaster": "owner",
    "moderator": "moderator",
    "lead_moderator": "moderator",
    "vip": "vip",
    "subscriber": "member",
    "founder": "member",
    "partner": "verified",
}
COLOUR_LENGTH = len("#rrggbb")


@dataclass(frozen=True, slots=True)
class Welcome:
    session: str
    """What subscriptions name."""
    silence_s: float
    """Longer than this the server is never silent."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Connect here; subscriptions come along, and the old connection goes on until the new one is welcomed."""

    url: str


@dataclass(frozen=True, slots=True)
class Revoked:
    kind: str
    status: str
    """Such as ``authorization_revoked``."""


@dataclass(frozen=True, slots=True)
class Happened:
    kind: str
    """Such as ``stream.online``."""
    at_ms: int
    event: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Alive:
    """A keepalive, or something that is not for us."""


Message = Welcome | Moved | Revoked | Happened | Alive


def subscriptions(broadcaster: str) -> list[tuple[str, dict[str, str]]]:
    """Each kind with its condition; asked for in the broadcaster's own name they cost nothing."""
    stream = {"broadcaster_user_id": broadcaster}
    return [
        *((kind, {**stream, "user_id": broadcaster}) for kind in CHAT),
        *((kind, stream) for kind in STREAM),
    ]


def read(text: str | bytes) -> Message:
    """Raises ValueError when it is nothing that Twitch documents."""
    try:
        message = json.loads(text)
        metadata, payload = message["metadata"], message["payload"]
        match metadata["message_type"]:
            case "session_welcome":
                session = payload["session"]
                return Welcome(str(session["id"]), float(session["keepalive_timeout_seconds"]))
            case "session_reconnect":
                return Moved(str(payload["session"]["reconnect_url"]))
            case "revocation":
                gone = payload["subscription"]
                return Revoked(str(gone["type"]), str(gone["status"]))
            case "notification":
                at_ms = moment_ms(metadata["message_timestamp"])
                return Happened(str(metadata["subscription_type"]), at_ms, dict(payload["event"]))
            case _:
                return Alive()
    except UNREADABLE as error:
        raise ValueError(f"not as documented: {type(error).__name__}") from None


def heard(happened: Happened) -> Heard | None:
    """None: nothing that we asked for. Raises ValueError."""
    understand = _KINDS.get(happened.kind)
    try:
        return understand(happened) if understand else None
    except UNREADABLE as error:
        raise ValueError(f"not as documented: {type(error).__name__}") from None


def moment_ms(text: str) -> int:
    """Of RFC 3339 with nanoseconds, which Python reads to the microsecond."""
    whole, dot, fraction = text.removesuffix("Z").partition(".")
    seconds = datetime.fromisoformat(f"{whole}+00:00").timestamp()
    digits = fraction[:3].ljust(3, "0") if dot else "0"
    if not digits.isdecimal():
        raise ValueError(f"no time: {text[:40]}")
    return round(seconds) * 1000 + int(digits)


def _line(happened: Happened) -> Heard:
    event = happened.event
    colour = str(event.get("color") or "")
    return ChatLine(
        platform=TWITCH,
        id=str(event["message_id"]),
        author_id=str(event["chatter_user_id"]),
        author=str(event["chatter_user_name"]),
        text=str(event["message"]["text"]),
        at_ms=happened.at_ms,
        badges=_badges(event),
        colour=colour if _is_colour(colour) else "",
        reply_to=str((event.get("reply") or {}).get("parent_user_name") or ""),
        paid=_paid(event),
    )


def _badges(event: Mapping[str, Any]) -> tuple[str, ...]:
    named = (BADGES.get(str(badge["set_id"])) for badge in event.get("badges") or ())
    return tuple(dict.fromkeys(filter(None, named)))


def _paid(event: Mapping[str, Any]) -> str:
    bits = (event.get("cheer") or {}).get("bits")
    return f"{int(bits)} bits" if bits else ""


def _is_colour(text: str) -> bool:
    """It ends in somebody's style."""
    digits = text.removeprefix("#")
    return len(text) == COLOUR_LENGTH and len(digits) == 6 and set(digits.lower()) <= _HEX


def _deleted(happened: Happened) -> Heard:
    return ChatRemoved(platform=TWITCH, line_id=str(happened.event["message_id"]))


def _banned(happened: Happened) -> Heard:
    return ChatRemoved(platform=TWITCH, author_id=str(happened.event["target_user_id"]))


_HEX = frozenset("0123456789abcdef")
_KINDS: dict[str, Callable[[Happened], Heard]] = {
    "channel.chat.message": _line,
    "channel.chat.message_delete": _deleted,
    "channel.chat.clear_user_messages": _banned,
    "channel.chat.clear": lambda _: ChatRemoved(platform=TWITCH),
    "stream.online": lambda _: Stirred(platform=TWITCH),
    "stream.offline": lambda _: Stirred(platform=TWITCH),
}
