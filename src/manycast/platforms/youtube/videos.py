"""Videos, their categories, and channels: a broadcast is a video whose viewers are counted and whose snippet can be changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from manycast.platforms.values import Account, Category, Listing
from manycast.platforms.wire import Call
from manycast.platforms.youtube.data import Page, one, page, read, write
from manycast.platforms.youtube.texts import description_of, tags_of, title_of


REGION = "US"
"""Where categories are listed for; nearly all are the same everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    id: str
    title: str
    description: str = ""
    category_id: str = ""
    tags: tuple[str, ...] = ()
    languages: Mapping[str, str] = field(default_factory=dict)
    """Fields of its snippet that would be lost if a change did not repeat them."""
    live: bool = False
    """People see it just now."""
    viewers: int | None = None
    """None: nobody, or the owner hides it."""
    chat_id: str = ""


def look(api: str, video_id: str) -> Call[Page[Video]]:
    query = {"part": "snippet,liveStreamingDetails", "id": video_id}
    return read(f"{api}/videos", query, page(_video))


def change(api: str, video: Video) -> Call[Video]:
    """Everything of the snippet that is not sent is deleted."""
    snippet = {
        **video.languages,
        "title": video.title,
        "description": video.description,
        "categoryId": video.category_id,
        "tags": list(video.tags),
    }
    body = {"id": video.id, "snippet": snippet}
    return write("PUT", f"{api}/videos", {"part": "snippet"}, body, one(_video))


def with_listing(video: Video, listing: Listing) -> Video:
    """Empty fields of the listing leave the video as it is."""
    return replace(
        video,
        title=title_of(listing) if listing.title else video.title,
        description=description_of(listing) if listing.description else video.description,
        category_id=listing.category_id or video.category_id,
        tags=tags_of(listing.tags) if listing.tags else video.tags,
    )


def categories(api: str) -> Call[tuple[Category, ...]]:
    query = {"part": "snippet", "regionCode": REGION}
    return read(f"{api}/videoCategories", query, lambda reply: _categories(reply.json()))


def account(api: str) -> Call[Account | None]:
    """None: this Google account has no channel."""
    query = {"part": "snippet", "mine": "true"}
    return read(f"{api}/channels", query, lambda reply: _account(reply.json()))


def _video(value: Mapping[str, Any]) -> Video:
    snippet, live = value["snippet"], value.get("liveStreamingDetails", {})
    viewers = live.get("concurrentViewers")
    keep = ("defaultLanguage", "defaultAudioLanguage")
    return Video(
        id=str(value["id"]),
        title=str(snippet["title"]),
        description=str(snippet.get("description", "")),
        category_id=str(snippet.get("categoryId", "")),
        tags=tuple(str(tag) for tag in snippet.get("tags") or ()),
        languages={name: str(snippet[name]) for name in keep if name in snippet},
        live=snippet.get("liveBroadcastContent") == "live",
        viewers=None if viewers is None else int(viewers),
        chat_id=str(live.get("activeLiveChatId", "")),
    )


def _categories(value: Mapping[str, Any]) -> tuple[Category, ...]:
    return tuple(
        Category(id=str(item["id"]), name=str(item["snippet"]["title"]))
        for item in value["items"]
        if item["snippet"].get("assignable")
    )


def _account(value: Mapping[str, Any]) -> Account | None:
    if value["kind"] != "youtube#channelListResponse":
        raise ValueError("not a list of channels")
    for item in value.get("items", ()):
        channel, snippet = str(item["id"]), item["snippet"]
        url = f"https://www.youtube.com/channel/{channel}"
        return Account(external_id=channel, name=str(snippet["title"]), url=url)
    return None
