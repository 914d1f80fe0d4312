"""Channels: who the account is, where its stream goes to, whether it is live, and its title, category and tags."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from manycast.model.destinations import PlatformState
from manycast.platforms.kick.data import call
from manycast.platforms.values import Account, Category, Ingest, Listing, OnAir
from manycast.platforms.wire import Call, Request


SITE = "https://kick.com"
TAGS_MAX = 10
CATEGORIES_MAX = 20
"""That are offered for one search."""
NO_KEY = "Kick did not give the stream key. Connect the account again with every permission."


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    user_id: int
    slug: str
    title: str
    live: bool
    viewers: int | None
    ingest: Ingest | None
    """None: the leave does not cover it."""

    @property
    def account(self) -> Account:
        return Account(external_id=str(self.user_id), name=self.slug, url=f"{SITE}/{self.slug}")

    @property
    def on_air(self) -> OnAir:
        return OnAir(
            state=PlatformState.LIVE if self.live else PlatformState.NOT_LIVE,
            viewers=self.viewers if self.live else None,
            title=self.title,
            url=f"{SITE}/{self.slug}",
        )


def own(api: str) -> Call[Channel]:
    """The one of the account that asks."""
    request = Request(method="GET", url=f"{api}/public/v1/channels")
    return call(request, lambda data: _channel(data[0]))


def change(api: str, listing: Listing) -> Call[None] | None:
    """Empty fields stay as they are; None: all of them do."""
    body: dict[str, Any] = {}
    if listing.title:
        body["stream_title"] = listing.title
    if listing.category_id.isdecimal():
        body["category_id"] = int(listing.category_id)
    if listing.tags:
        body["custom_tags"] = list(listing.tags[:TAGS_MAX])
    request = Request(method="PATCH", url=f"{api}/public/v1/channels", json=body)
    return call(request, lambda _: None) if body else None


def lost(listing: Listing) -> list[str]:
    """What Kick cannot take as it is, for people."""
    said: list[str] = []
    if len(listing.tags) > TAGS_MAX:
        said.append(f"Kick takes {TAGS_MAX} tags: the others were left out.")
    if listing.category_id and not listing.category_id.isdecimal():
        said.append("This is no category of Kick: choose it again.")
    return said


def categories(api: str, text: str) -> Call[tuple[Category, ...]]:
    query = (("name", text), ("limit", str(CATEGORIES_MAX)))
    request = Request(method="GET", url=f"{api}/public/v2/categories", query=query)
    return call(request, lambda data: tuple(_category(item) for item in data))


def _channel(value: Mapping[str, Any]) -> Channel:
    stream = value.get("stream") or {}
    return Channel(
        user_id=int(value["broadcaster_user_id"]),
        slug=str(value["slug"]),
        title=str(value.get("stream_title", "")),
        live=bool(stream.get("is_live", False)),
        viewers=None if stream.get("viewer_count") is None else int(stream["viewer_count"]),
        ingest=_ingest(stream),
    )


def _ingest(stream: Mapping[str, Any]) -> Ingest | None:
    url, key = str(stream.get("url") or ""), str(stream.get("key") or "")
    if not url or not key:
        return None
    # IVS takes streams at an application that the address does not always name.
    url = url.rstrip("/")
    named = "/" in url.partition("://")[2]
    return Ingest(url=url if named else f"{url}/app", key=key)


def _category(value: Mapping[str, Any]) -> Category:
    return Category(
        id=str(value["id"]), name=str(value["name"]), picture=str(value.get("thumbnail") or "")
    )
