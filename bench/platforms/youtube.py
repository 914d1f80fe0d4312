"""Stands in for YouTube, which is out of reach of tests: broadcasts, streams, videos, chat, quota.

Follows the YouTube Live Streaming API and Data API v3 (developers.google.com/youtube/v3/live/docs: liveBroadcasts,
liveStreams, liveChatMessages with list, insert and streamList, errors; v3/docs: channels, videos, videoCategories;
v3/determine_quota_cost). ``streamList`` is ``GET liveChat/messages/stream`` as in the discovery document: a JSON array
of list responses that grows while the chat goes on. Whether a stream is active follows from what ``arrives``.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.platforms.front import Answer, Asked, Front, serving
from bench.platforms.google import Google


Resource = dict[str, Any]
UNITS_A_DAY = 10_000
COSTS = {"GET": 1, "POST": 50, "PUT": 50}
STREAM_COST = 5
"""Of ``streamList``, by what people measured: the documents do not say."""
CHANNEL = "UCstreet000000000000000"
POLL_MS = 200
"""Told as ``pollingIntervalMillis``; YouTube says some seconds."""
MESSAGES_MAX = 75
"""Of a chat's past that the first answer holds."""
CATEGORIES = {"20": "Gaming", "22": "People & Blogs", "10": "Music", "28": "Science & Technology"}


@dataclass(slots=True)
class Stream:
    id: str
    title: str
    key: str
    arriving: bool = False
    since: float = 0.0
    """When what arrives began or ended to arrive."""
    health: str = "good"
    issues: list[Resource] = field(default_factory=list)


@dataclass(slots=True)
class Broadcast:
    id: str
    snippet: Resource
    privacy: str
    details: Resource
    life: str = "created"
    stream_id: str = ""
    category: str = "22"
    tags: list[str] = field(default_factory=list)
    viewers: int = 0

    @property
    def chat_id(self) -> str:
        return f"chat-{self.id}"


class Refusal(Exception):  # noqa: N818  what it is called in the code that raises it
    def __init__(self, status: int, reason: str, message: str = "") -> None:
        super().__init__(reason)
        self.answer = error(status, reason, message)


def error(
    status: int, reason: str, message: str = "", domain: str = "youtube.liveBroadcast"
) -> Answer:
    """Google's body of an error; ``reason`` as in the tables of errors."""
    domain = "youtube.quota" if reason == "quotaExceeded" else domain
    said = message or f"The request was refused: {reason}."
    errors = [{"message": said, "domain": domain, "reason": reason}]
    return Answer(status, {"error": {"code": status, "message": said, "errors": errors}})


class YouTube:
    def __init__(self) -> None:
        self.google = Google()
        self.front = Front(self._answer)
        self.channel = {
            "id": CHANNEL,
            "snippet": {"title": "Street Channel", "customUrl": "@street"},
        }
        self.streams: dict[str, Stream] = {}
        self.broadcasts: dict[str, Broadcast] = {}
        self.ingest = ("rtmp://a.rtmp.youtube.com/live2", "rtmps://a.rtmps.youtube.com:443/live2")
        """RTMP and RTMPS."""
        self.units = 0
        self.units_max = UNITS_A_DAY
        self.start_s = 0.0
        """From the first frame until an auto-start broadcast is live."""
        self.stop_s = 60.0
        """From the last frame until an auto-stop broadcast is complete."""
        self.live_enabled = True
        """Whether the channel may stream, which takes a person a day to be let."""
        self.refuse_push = False
        """Answer ``streamList`` as if it did not exist."""
        self._chats: dict[str, list[Resource]] = {}
        self._said = asyncio.Event()

    # What the world does.

    def arrives(self, key: str) -> bool:
        """Media begins to come with this key; False: nobody's."""
        return self._media(key, arriving=True)

    def leaves(self, key: str) -> bool:
        return self._media(key, arriving=False)

    def says(self, chat_id: str, author: str, text: str, **more: Any) -> Resource:
        """A viewer writes into a chat; ``more`` is laid over the message's snippet."""
        author_id = f"UC-{author}"
        snippet = {
            "type": "textMessageEvent",
            "liveChatId": chat_id,
            "authorChannelId": author_id,
            "publishedAt": _now(),
            "hasDisplayContent": True,
            "displayMessage": text,
            "textMessageDetails": {"messageText": text},
        }
        roles = {
            "isVerified": False,
            "isChatOwner": author_id == CHANNEL,
            "isChatSponsor": False,
            "isChatModerator": False,
        }
        details = {"channelId": author_id, "displayName": author, **roles}
        message = {
            "kind": "youtube#liveChatMessage",
            "id": f"LCC.{secrets.token_urlsafe(12)}",
            "snippet": {**snippet, **more},
            "authorDetails": details,
        }
        self._chats.setdefault(chat_id, []).append(message)
        self._stir()
        return message

    def _stir(self) -> None:
        """Whoever waits for a chat looks again."""
        self._said.set()
        self._said = asyncio.Event()

    async def changes(self) -> None:
        """Until a chat or a broadcast does."""
        await self._said.wait()

    def live(self) -> Broadcast | None:
        self._pass_time()
        return next((one for one in self.broadcasts.values() if one.life == "live"), None)

    def _media(self, key: str, *, arriving: bool) -> bool:
        found = next((one for one in self.streams.values() if one.key == key), None)
        if found is not None and found.arriving != arriving:
            self._pass_time()
            found.arriving, found.since = arriving, time.monotonic()
        return found is not None

    def _pass_time(self) -> None:
        """What auto-start and auto-stop have done by now."""
        now = time.monotonic()
        for one in self.broadcasts.values():
            stream = self.streams.get(one.stream_id)
            if stream is None:
                continue
            age = now - stream.since
            if stream.arriving and one.life == "ready" and one.details.get("enableAutoStart"):
                one.life = "live" if age >= self.start_s else "ready"
            ends = one.life == "live" and one.details.get("enableAutoStop")
            if not stream.arriving and ends and age >= self.stop_s:
                one.life = "complete"

    # What is asked.

    async def _answer(self, asked: Asked) -> Answer:
        found = self.google.answer(asked)
        if found is not None:
            return found
        try:
            return await self._api(asked)
        except Refusal as refusal:
            return refusal.answer

    async def _api(self, asked: Asked) -> Answer:
        if not self.google.lets_in(asked.bearer):
            raise Refusal(401, "authError", "Request had invalid authentication credentials.")
        name = asked.path.removeprefix("/youtube/v3/")
        pushed = name == "liveChat/messages/stream"
        cost = STREAM_COST if pushed else COSTS[asked.method]
        if self.units + cost > self.units_max:
            raise Refusal(
                403,
                "quotaExceeded",
                'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.',
            )
        self.units += cost
        self._pass_time()
        if pushed and not self.refuse_push:
            return self._push(asked)
        return Answer(value=self._call(asked, name))

    def _call(self, asked: Asked, name: str) -> Resource:
        calls: dict[str, Callable[[Asked], Resource]] = {
            "GET channels": lambda _: _list("channel", [self.channel]),
            "GET liveStreams": self._list_streams,
            "POST liveStreams": self._insert_stream,
            "GET liveBroadcasts": self._list_broadcasts,
            "POST liveBroadcasts": self._insert_broadcast,
            "POST liveBroadcasts/bind": self._bind,
            "POST liveBroadcasts/transition": self._transition,
            "GET videos": self._list_videos,
            "PUT videos": self._update_video,
            "GET videoCategories": _list_categories,
            "GET liveChat/messages": self._list_messages,
            "POST liveChat/messages": self._insert_message,
        }
        call = calls.get(f"{asked.method} {name}")
        if call is None:
            raise Refusal(404, "notFound", "Not Found")
        if not asked.one("part"):
            raise Refusal(400, "missingRequiredParameter", "No filter selected.")
        return call(asked)

    def _list_streams(self, asked: Asked) -> Resource:
        if asked.one("mine") == "true":
            return _list("liveStream", [self._stream(one) for one in self.streams.values()])
        wanted = asked.one("id").split(",")
        return _list(
            "liveStream", [self._stream(self.streams[i]) for i in wanted if i in self.streams]
        )

    def _insert_stream(self, asked: Asked) -> Resource:
        self._must_be_enabled()
        body = asked.json()
        if body["cdn"].get("ingestionType") != "rtmp" or not body["cdn"].get("resolution"):
            raise Refusal(400, "ingestionTypeRequired")
        stream = Stream(secrets.token_urlsafe(12), body["snippet"]["title"], _key())
        self.streams[stream.id] = stream
        return self._stream(stream)

    def _list_broadcasts(self, asked: Asked) -> Resource:
        filters = [name for name in ("id", "mine", "broadcastStatus") if asked.one(name)]
        if len(filters) != 1:
            raise Refusal(400, "incompatibleParameters", "Exactly one filter must be given.")
        wanted = asked.one("broadcastStatus")
        lives = {
            "active": {"live", "testing"},
            "upcoming": {"created", "ready"},
            "completed": {"complete"},
        }
        found = [
            one
            for one in self.broadcasts.values()
            if (asked.one("id") and one.id in asked.one("id").split(","))
            or asked.one("mine") == "true"
            or (wanted and (wanted == "all" or one.life in lives[wanted]))
        ]
        return _list("liveBroadcast", [self._broadcast(one) for one in found])

    def _insert_broadcast(self, asked: Asked) -> Resource:
        self._must_be_enabled()
        body = asked.json()
        title = body["snippet"].get("title", "")
        if not 1 <= len(title) <= 100 or set(title) & set("<>"):
            raise Refusal(400, "invalidTitle")
        if not body["snippet"].get("scheduledStartTime"):
            raise Refusal(400, "scheduledStartTimeRequired")
        if body["status"].get("privacyStatus") not in {"public", "unlisted", "private"}:
            raise Refusal(400, "privacyStatusRequired")
        made = Broadcast(
            secrets.token_urlsafe(8),
            dict(body["snippet"]),
            body["status"]["privacyStatus"],
            dict(body.get("contentDetails", {})),
        )
        self.broadcasts[made.id] = made
        return self._broadcast(made)

    def _bind(self, asked: Asked) -> Resource:
        broadcast = self._found(asked.one("id"))
        if broadcast.life not in {"created", "ready"}:
            raise Refusal(403, "liveBroadcastBindingNotAllowed")
        if asked.one("streamId") not in self.streams:
            raise Refusal(404, "liveStreamNotFound")
        broadcast.stream_id, broadcast.life = asked.one("streamId"), "ready"
        return self._broadcast(broadcast)

    def _transition(self, asked: Asked) -> Resource:
        broadcast, wanted = self._found(asked.one("id")), asked.one("broadcastStatus")
        if broadcast.life == wanted:
            raise Refusal(403, "redundantTransition")
        stream = self.streams.get(broadcast.stream_id)
        if wanted == "live" and (stream is None or not stream.arriving):
            raise Refusal(403, "errorStreamInactive")
        if (broadcast.life, wanted) not in {
            ("ready", "live"),
            ("testing", "live"),
            ("live", "complete"),
            ("testing", "complete"),
        }:
            raise Refusal(403, "invalidTransition")
        broadcast.life = wanted
        self._stir()
        return self._broadcast(broadcast)

    def _list_videos(self, asked: Asked) -> Resource:
        found = [self.broadcasts[i] for i in asked.one("id").split(",") if i in self.broadcasts]
        return _list("video", [_video(one) for one in found])

    def _update_video(self, asked: Asked) -> Resource:
        body = asked.json()
        broadcast, snippet = self._found(body["id"]), body["snippet"]
        if not snippet.get("title") or snippet.get("categoryId") not in CATEGORIES:
            raise Refusal(400, "invalidVideoMetadata")
        if sum(len(tag) + (2 if " " in tag else 0) for tag in snippet.get("tags", [])) > 500:
            raise Refusal(400, "invalidTags")
        kept = {k: v for k, v in broadcast.snippet.items() if k == "scheduledStartTime"}
        broadcast.snippet = {
            **kept,
            "title": snippet["title"],
            "description": snippet.get("description", ""),
        }
        broadcast.category, broadcast.tags = snippet["categoryId"], snippet.get("tags", [])
        return _video(broadcast)

    def _list_messages(self, asked: Asked) -> Resource:
        chat = self._chat(asked)
        items = self._chats.get(chat, [])
        start = int(asked.one("pageToken") or max(0, len(items) - MESSAGES_MAX))
        found = _list("liveChatMessage", items[start:])
        return {**found, "nextPageToken": str(len(items)), "pollingIntervalMillis": POLL_MS}

    def _insert_message(self, asked: Asked) -> Resource:
        snippet = asked.json()["snippet"]
        text = snippet["textMessageDetails"]["messageText"]
        if not 1 <= len(text) <= 200:
            raise Refusal(400, "messageTextInvalid")
        self._open(snippet["liveChatId"])
        name = str(self.channel["snippet"]["title"])  # type: ignore[index]  # it is a resource
        message = self.says(snippet["liveChatId"], name, text, authorChannelId=CHANNEL)
        message["authorDetails"] |= {"channelId": CHANNEL, "isChatOwner": True}
        return message

    def _push(self, asked: Asked) -> Answer:
        chat = self._chat(asked)
        items = self._chats.setdefault(chat, [])
        start = int(asked.one("pageToken") or max(0, len(items) - MESSAGES_MAX))
        return Answer(pushed=self._chunks(chat, items, start))

    async def _chunks(self, chat: str, items: list[Resource], at: int) -> AsyncIterator[bytes]:
        """A JSON array; each element is a list response."""
        before = b"["
        while True:
            new, at, said = items[at:], len(items), self._said
            value: Resource = {**_list("liveChatMessage", new), "nextPageToken": str(at)}
            over = self.broadcasts[chat.removeprefix("chat-")].life == "complete"
            if over:
                value["offlineAt"] = _now()
            yield before + Answer(value=value).bytes()
            before = b",\r\n"
            if over:
                yield b"]"
                return
            await said.wait()

    # Parts.

    def _chat(self, asked: Asked) -> str:
        chat = asked.one("liveChatId")
        self._open(chat)
        return chat

    def _open(self, chat: str) -> None:
        broadcast = self.broadcasts.get(chat.removeprefix("chat-"))
        if broadcast is None:
            raise Refusal(404, "liveChatNotFound")
        if broadcast.life == "complete":
            raise Refusal(403, "liveChatEnded")

    def _must_be_enabled(self) -> None:
        if not self.live_enabled:
            raise Refusal(
                403, "liveStreamingNotEnabled", "The user is not enabled for live streaming."
            )

    def _found(self, broadcast_id: str) -> Broadcast:
        if broadcast_id not in self.broadcasts:
            raise Refusal(404, "liveBroadcastNotFound", "Broadcast not found")
        return self.broadcasts[broadcast_id]

    def _stream(self, stream: Stream) -> Resource:
        rtmp, rtmps = self.ingest
        info = {
            "streamName": stream.key,
            "ingestionAddress": rtmp,
            "backupIngestionAddress": f"{rtmp}?backup=1",
            "rtmpsIngestionAddress": rtmps,
            "rtmpsBackupIngestionAddress": f"{rtmps}?backup=1",
        }
        bound = any(one.stream_id == stream.id for one in self.broadcasts.values())
        status = (
            "active"
            if stream.arriving
            else "inactive"
            if stream.since
            else "ready"
            if bound
            else "created"
        )
        health = {
            "status": stream.health if stream.arriving else "noData",
            "configurationIssues": stream.issues,
        }
        return {
            "kind": "youtube#liveStream",
            "id": stream.id,
            "snippet": {"title": stream.title, "channelId": CHANNEL},
            "cdn": {
                "ingestionType": "rtmp",
                "ingestionInfo": info,
                "resolution": "variable",
                "frameRate": "variable",
            },
            "status": {"streamStatus": status, "healthStatus": health},
            "contentDetails": {"isReusable": True},
        }

    @staticmethod
    def _broadcast(one: Broadcast) -> Resource:
        return {
            "kind": "youtube#liveBroadcast",
            "id": one.id,
            "snippet": {**one.snippet, "channelId": CHANNEL, "liveChatId": one.chat_id},
            "status": {
                "lifeCycleStatus": one.life,
                "privacyStatus": one.privacy,
                "recordingStatus": "notRecording",
            },
            "contentDetails": {
                **one.details,
                **({"boundStreamId": one.stream_id} if one.stream_id else {}),
            },
        }


def _video(one: Broadcast) -> Resource:
    details: Resource = {"scheduledStartTime": one.snippet.get("scheduledStartTime")}
    if one.life == "live":
        details |= {"activeLiveChatId": one.chat_id, "concurrentViewers": str(one.viewers)}
    snippet = {
        "title": one.snippet["title"],
        "description": one.snippet.get("description", ""),
        "categoryId": one.category,
        "tags": one.tags,
        "channelId": CHANNEL,
        "liveBroadcastContent": "live" if one.life == "live" else "upcoming",
    }
    return {
        "kind": "youtube#video",
        "id": one.id,
        "snippet": snippet,
        "liveStreamingDetails": details,
    }


def _list_categories(_: Asked) -> Resource:
    made = [{"id": k, "snippet": {"title": v, "assignable": True}} for k, v in CATEGORIES.items()]
    closed = {"id": "18", "snippet": {"title": "Short Movies", "assignable": False}}
    return _list("videoCategory", [*made, closed])


def _list(kind: str, items: list[Resource]) -> Resource:
    about = {"totalResults": len(items), "resultsPerPage": max(5, len(items))}
    return {"kind": f"youtube#{kind}ListResponse", "pageInfo": about, "items": items}


def _key() -> str:
    return "-".join(secrets.token_hex(2) for _ in range(5))


def _now() -> str:
    return datetime.now(tz=UTC).isoformat()


@asynccontextmanager
async def youtube() -> AsyncIterator[YouTube]:
    """On a free port of this machine."""
    made = YouTube()
    async with serving(made.front) as url:
        made.google.url = url
        yield made
