"""What Twitch's Helix is asked; dev.twitch.tv/docs/api/reference."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from manycast.model.destinations import PlatformState
from manycast.platforms.failures import RefusedError
from manycast.platforms.twitch.faults import TWITCH, of_helix
from manycast.platforms.values import Account, Category, Listing, OnAir
from manycast.platforms.wire import Call, Reply, Request


T = TypeVar("T")
TITLE_MAX = 140
TAGS_MAX = 10
TAG_MAX = 25
MESSAGE_MAX = 500
CATEGORIES_MAX = 20
"""Of a search that are shown to people who type."""
PICTURE = "52x72"
PAGE = "https://www.twitch.tv"
KEY_IN_TEMPLATE = "/{stream_key}"


@dataclass(frozen=True, slots=True)
class Helix:
    """Each is asked with the token of the account that it is about."""

    base: str
    """``https://api.twitch.tv/helix``"""

    def me(self) -> Call[Account]:
        def read(reply: Reply) -> Account:
            user = _only(reply)
            login = str(user["login"])
            return Account(
                external_id=str(user["id"]),
                name=str(user.get("display_name") or login),
                url=f"{PAGE}/{login}",
            )

        return self._get("users", (), read)

    def stream_key(self, broadcaster: str) -> Call[str]:
        def read(reply: Reply) -> str:
            return str(_only(reply)["stream_key"])

        return self._get("streams/key", (("broadcaster_id", broadcaster),), read)

    def stream(self, broadcaster: str) -> Call[OnAir]:
        return self._get("streams", (("user_id", broadcaster),), _on_air)

    def categories(self, text: str) -> Call[list[Category]]:
        query = (("query", text), ("first", str(CATEGORIES_MAX)))
        return self._get("search/categories", query, lambda reply: _each(reply, _category))

    def modify(self, broadcaster: str, changes: dict[str, Any]) -> Call[None]:
        """``changes`` from ``fitted``."""
        request = Request(
            method="PATCH",
            url=f"{self.base}/channels",
            query=(("broadcaster_id", broadcaster),),
            json=changes,
        )
        return Call(request, lambda _: None, of_helix)

    def say(self, broadcaster: str, text: str) -> Call[None]:
        request = Request(
            method="POST",
            url=f"{self.base}/chat/messages",
            json={"broadcaster_id": broadcaster, "sender_id": broadcaster, "message": text},
            repeatable=False,
        )
        return Call(request, _said, of_helix)

    def subscribe(self, kind: str, condition: dict[str, str], session: str) -> Call[None]:
        """To events of ``kind``, such as ``stream.online``, on a WebSocket that was welcomed as ``session``."""
        request = Request(
            method="POST",
            url=f"{self.base}/eventsub/subscriptions",
            json={
                "type": kind,
                "version": "1",
                "condition": condition,
                "transport": {"method": "websocket", "session_id": session},
            },
        )
        return Call(request, lambda _: None, of_helix)

    def _get(
        self, path: str, query: tuple[tuple[str, str], ...], read: Callable[[Reply], T]
    ) -> Call[T]:
        return Call(Request(method="GET", url=f"{self.base}/{path}", query=query), read, of_helix)


def ingests(url: str) -> Call[str]:
    """Twitch's own list of places to send to, the best for this machine's address first; asked in nobody's name."""
    return Call(Request(method="GET", url=url, signed=False), _nearest, of_helix)


def fitted(listing: Listing) -> tuple[dict[str, Any], list[str]]:
    """What Twitch can be told of it, and what it cannot, in sentences for people."""
    changes: dict[str, Any] = {}
    notes = []
    if listing.title:
        changes["title"] = listing.title[:TITLE_MAX]
        if len(listing.title) > TITLE_MAX:
            notes.append(f"Twitch shows {TITLE_MAX} characters of a title: the rest was left out.")
    if listing.category_id:
        changes["game_id"] = listing.category_id
    if listing.tags:
        tags = list(dict.fromkeys(filter(None, map(_tag, listing.tags))))
        changes["tags"] = tags[:TAGS_MAX]
        if len(tags) > TAGS_MAX:
            notes.append(f"Twitch takes {TAGS_MAX} tags: the rest was left out.")
        if any(_tag(tag) != tag for tag in listing.tags):
            notes.append(
                f"Tags on Twitch are letters and digits alone, {TAG_MAX} at most: some were shortened."
            )
    return changes, notes


def _tag(text: str) -> str:
    return re.sub(r"[\W_]", "", text)[:TAG_MAX]


def _only(reply: Reply) -> dict[str, Any]:
    """The one thing that was asked for."""
    (value,) = reply.json()["data"]
    return dict(value)


def _each(reply: Reply, read: Callable[[Any], T]) -> list[T]:
    return [read(value) for value in reply.json()["data"]]


def _category(value: Any) -> Category:
    picture = str(value.get("box_art_url") or "")
    picture = picture.replace("{width}x{height}", PICTURE)
    return Category(id=str(value["id"]), name=str(value["name"]), picture=picture)


def _on_air(reply: Reply) -> OnAir:
    """Twitch lists what is live and nothing else."""
    rows = reply.json()["data"]
    live = [row for row in rows if row["type"] == "live"]
    if not live:
        return OnAir(state=PlatformState.NOT_LIVE)
    row = live[0]
    return OnAir(
        state=PlatformState.LIVE,
        viewers=int(row["viewer_count"]),
        title=str(row["title"]),
        url=f"{PAGE}/{row['user_login']}",
        broadcast_id=str(row["id"]),
    )


def _said(reply: Reply) -> None:
    """Twitch takes a message with a 200 and may drop it all the same. Raises RefusedError."""
    row = _only(reply)
    if row["is_sent"] is not True:
        reason = row.get("drop_reason") or {}
        raise RefusedError(TWITCH, str(reason.get("message") or reason.get("code") or ""))


def _nearest(reply: Reply) -> str:
    """Without the key, over TLS."""
    rows = [row for row in reply.json()["ingests"] if row["url_template_secure"]]
    best = min(rows, key=lambda row: (not row.get("default"), row.get("priority", 0)))
    url, found, rest = str(best["url_template_secure"]).partition(KEY_IN_TEMPLATE)
    if not found or rest:
        raise ValueError("no place for the key")
    return url
