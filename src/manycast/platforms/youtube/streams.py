"""liveStreams: where media is sent to, and what YouTube makes of it. One is enough for a channel's whole life."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from manycast.platforms.values import Ingest
from manycast.platforms.wire import Call
from manycast.platforms.youtube.data import PAGE_MAX, Page, one, page, read, write


PARTS = "id,snippet,cdn,status"
TITLE = "manycast"
"""By which ours is found again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    id: str
    title: str
    ingest: Ingest = field(repr=False)
    status: str = ""
    """``created``, ``ready``, ``active``, ``inactive`` or ``error``."""
    health: str = ""
    """``good``, ``ok``, ``bad``, ``noData`` or ``revoked``."""
    issues: tuple[str, ...] = ()
    """What YouTube would have otherwise, worst first, in its words."""


def mine(api: str, page_token: str = "") -> Call[Page[Stream]]:
    query = {"part": PARTS, "mine": "true", "maxResults": str(PAGE_MAX)}
    if page_token:
        query["pageToken"] = page_token
    return read(f"{api}/liveStreams", query, page(_stream))


def look(api: str, stream_id: str) -> Call[Page[Stream]]:
    return read(f"{api}/liveStreams", {"part": PARTS, "id": stream_id}, page(_stream))


def make(api: str) -> Call[Stream]:
    body = {
        "snippet": {"title": TITLE},
        "cdn": {"ingestionType": "rtmp", "resolution": "variable", "frameRate": "variable"},
        "contentDetails": {"isReusable": True},
    }
    query = {"part": f"{PARTS},contentDetails"}
    return write("POST", f"{api}/liveStreams", query, body, one(_stream))


def ours(streams: tuple[Stream, ...]) -> Stream | None:

    return next((stream for stream in streams if stream.title == TITLE), None)


def _stream(value: Mapping[str, Any]) -> Stream:
    info, status = value["cdn"]["ingestionInfo"], value.get("status", {})
    health = status.get("healthStatus", {})
    url = info.get("rtmpsIngestionAddress") or info["ingestionAddress"]
    return Stream(
        id=str(value["id"]),
        title=str(value["snippet"]["title"]),
        ingest=Ingest(url=str(url), key=str(info["streamName"])),
        status=str(status.get("streamStatus", "")),
        health=str(health.get("status", "")),
        issues=_issues(health.get("configurationIssues") or []),
    )


def _issues(values: list[Mapping[str, Any]]) -> tuple[str, ...]:
    order = {"error": 0, "warning": 1}
    grave = [one for one in values if one.get("severity") in order]
    grave.sort(key=lambda one: order[str(one["severity"])])
    return tuple(str(one.get("description") or one.get("reason") or one["type"]) for one in grave)
