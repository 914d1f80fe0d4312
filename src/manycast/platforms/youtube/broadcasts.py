"""liveBroadcasts: what people watch. Each time on the air has one, bound to the stream that carries its media."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from manycast.platforms.values import Listing
from manycast.platforms.wire import Call
from manycast.platforms.youtube.data import PAGE_MAX, Page, one, page, read, write
from manycast.platforms.youtube.texts import description_of, title_of


PARTS = "id,snippet,status,contentDetails"
OPEN = {"created", "ready", "testStarting", "testing", "liveStarting", "live"}
"""Life cycle states that can still become, or are, live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    id: str
    title: str
    life: str
    """``created``, ``ready``, ``testStarting``, ``testing``, ``liveStarting``, ``live``, ``complete`` or ``revoked``."""
    privacy: str
    stream_id: str = ""
    chat_id: str = ""

    @property
    def url(self) -> str:
        return f"https://www.youtube.com/watch?v={self.id}"


def with_status(api: str, status: str, page_token: str = "") -> Call[Page[Broadcast]]:
    """``active`` or ``upcoming``."""
    query = {
        "part": PARTS,
        "broadcastStatus": status,
        "broadcastType": "all",
        "maxResults": str(PAGE_MAX),
    }
    if page_token:
        query["pageToken"] = page_token
    return read(f"{api}/liveBroadcasts", query, page(_broadcast))


def look(api: str, broadcast_id: str) -> Call[Page[Broadcast]]:
    return read(f"{api}/liveBroadcasts", {"part": PARTS, "id": broadcast_id}, page(_broadcast))


def make(api: str, listing: Listing, now_ms: int) -> Call[Broadcast]:
    """It goes live by itself with the first media, and ends by itself about a minute after the last: nobody's
    broadcast stays open when there is nobody left to close it."""
    begins = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="seconds")
    body = {
        "snippet": {
            "title": title_of(listing),
            "description": description_of(listing),
            "scheduledStartTime": begins,
        },
        # Whether it is made for children is for the channel's own setting to declare, not for us.
        "status": {"privacyStatus": "public"},
        "contentDetails": {
            "enableAutoStart": True,
            "enableAutoStop": True,
            "enableDvr": True,
            "recordFromStart": True,
            "latencyPreference": "low",
            "monitorStream": {"enableMonitorStream": False},
        },
    }
    return write("POST", f"{api}/liveBroadcasts", {"part": PARTS}, body, one(_broadcast))


def bind(api: str, broadcast_id: str, stream_id: str) -> Call[Broadcast]:
    query = {"part": PARTS, "id": broadcast_id, "streamId": stream_id}
    return write("POST", f"{api}/liveBroadcasts/bind", query, None, one(_broadcast))


def transition(api: str, broadcast_id: str, life: str) -> Call[Broadcast]:
    """To ``live`` or ``complete``."""
    query = {"part": PARTS, "id": broadcast_id, "broadcastStatus": life}
    return write("POST", f"{api}/liveBroadcasts/transition", query, None, one(_broadcast))


def ours(
    broadcasts: Iterable[Broadcast], stream_id: str, listing: Listing | None = None
) -> Broadcast | None:
    """Of those that our stream carries, or will; one that is live before one that waits.

    With a listing, also one that was made with it and is bound to nothing yet.
    """
    title = title_of(listing) if listing is not None else None
    found = [
        one
        for one in broadcasts
        if one.life in OPEN
        and (one.stream_id == stream_id or (not one.stream_id and one.title == title))
    ]
    return min(found, key=lambda one: (one.life != "live", not one.stream_id), default=None)


def _broadcast(value: Mapping[str, Any]) -> Broadcast:
    snippet, status = value["snippet"], value["status"]
    return Broadcast(
        id=str(value["id"]),
        title=str(snippet.get("title", "")),
        life=str(status["lifeCycleStatus"]),
        privacy=str(status.get("privacyStatus", "")),
        stream_id=str(value.get("contentDetails", {}).get("boundStreamId", "")),
        chat_id=str(snippet.get("liveChatId", "")),
    )
