"""Stands in for Twitch, which is out of reach of tests: device code grant, Helix, and EventSub beside it.

Follows dev.twitch.tv/docs: "Getting OAuth Access Tokens" (device code grant flow), "Refreshing Access Tokens",
"Validating Tokens", "Twitch API Reference", "Video Broadcast". Whether the channel is live follows from what
``arrives``. A person who uses the street in a browser gets a page with one button; tests call ``allow``.
"""

import html
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.platforms.eventsub import EventSub
from bench.platforms.front import Answer, Asked, Front, serving


Resource = dict[str, Any]
CODE_S, TOKEN_S = 1800, 14_000
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
CATEGORIES = {"509658": "Just Chatting", "1469308723": "Software and Game Development"}
TITLE_MAX, TAGS_MAX, TAG_MAX, MESSAGE_MAX = 140, 10, 25, 500
POINTS = 800
"""A minute, for one person of one app."""
SCOPES = {
    "GET /helix/streams/key": "channel:read:stream_key",
    "PATCH /helix/channels": "channel:manage:broadcast",
    "POST /helix/chat/messages": "user:write:chat",
}
OWN = ("/helix/streams/key", "/helix/channels")
"""Of the person alone whose token it is."""
PAGE = """<!doctype html><title>Twitch (a stand-in)</title><h1>Activate your device</h1>
<form method="post"><label>Code <input name="user_code" value="{code}"></label>
<button name="said" value="yes">Authorize</button></form>"""


@dataclass(slots=True)
class _Leave:
    scopes: tuple[str, ...]
    until: float


@dataclass(slots=True)
class _Device:
    user_code: str
    scopes: tuple[str, ...]
    until: float
    allowed: bool = False


@dataclass
class Twitch:
    client_id: str = "street0client0id0of0thirty0char"
    client_secret: str = ""
    """Not empty: the app is confidential, and renewing needs it."""
    user_id: str = "141981764"
    login: str = "street"
    display_name: str = "Street"
    key: str = field(default_factory=lambda: f"live_141981764_{secrets.token_hex(12)}")
    ingest: str = "rtmps://ingest.example/app"
    """Where broadcasters are sent; without the key."""
    title: str = "Street"
    game_id: str = "509658"
    tags: list[str] = field(default_factory=list)
    viewers: int = 0
    interval_s: float = 5
    live: bool = False
    listed: bool = True
    """False: Helix is late, as it can be by a minute: what is live is not among the streams yet."""
    drops: str = ""
    """Why a chat message that was taken is not shown; empty: it is."""
    access: dict[str, _Leave] = field(default_factory=dict)
    refresh: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Of an app without a secret each is good once."""
    said: list[str] = field(default_factory=list)
    """Chat messages that the app sent."""
    points: int = POINTS
    _devices: dict[str, _Device] = field(default_factory=dict)
    _streams: int = 0

    def __post_init__(self) -> None:
        self.front = Front(self._answer)
        self.events = EventSub(self.user_id)

    # What the world does.

    async def arrives(self, key: str) -> bool:
        """Media begins to come with this key; False: it is not the channel's."""
        if key != self.key:
            return False
        if not self.live:
            self.live = True
            self._streams += 1
            await self.events.tell("stream.online", {**self._broadcaster(), "type": "live"})
        return True

    async def leaves(self, key: str) -> bool:
        if key != self.key:
            return False
        if self.live:
            self.live = False
            await self.events.tell("stream.offline", self._broadcaster())
        return True

    async def says(self, author: str, text: str, **more: Any) -> Resource:
        """A viewer writes into the chat; ``more`` is laid over the event."""
        event = {
            **self._broadcaster(),
            "chatter_user_id": str(sum(author.encode())),
            "chatter_user_login": author.lower(),
            "chatter_user_name": author,
            "message_id": secrets.token_hex(16),
            "message": {"text": text, "fragments": [{"type": "text", "text": text}]},
            "color": "#00FF7F",
            "badges": [{"set_id": "moderator", "id": "1", "info": ""}],
            "message_type": "text",
            "cheer": None,
            "reply": None,
            **more,
        }
        await self.events.tell("channel.chat.message", event)
        return event

    async def moderate(self, kind: str, **event: str) -> None:
        """``channel.chat.message_delete`` with message_id, and its like."""
        await self.events.tell(kind, {**self._broadcaster(), **event})

    def allow(self, user_code: str) -> None:
        next(one for one in self._devices.values() if one.user_code == user_code).allowed = True

    def grant(self, scopes: tuple[str, ...]) -> Resource:
        """Tokens as after a person's yes."""
        access, refresh = secrets.token_hex(15), secrets.token_hex(25)
        self.access[access] = _Leave(scopes, time.monotonic() + TOKEN_S)
        self.refresh[refresh] = scopes
        return {
            "access_token": access,
            "expires_in": TOKEN_S,
            "refresh_token": refresh,
            "scope": list(scopes),
            "token_type": "bearer",
        }

    def expire(self) -> None:
        """Every access token is too old from now on."""
        self.access.clear()

    async def revoke(self) -> None:
        """The person disconnected the app."""
        self.access.clear()
        self.refresh.clear()
        await self.events.revoke("authorization_revoked")

    # What Twitch answers.

    async def _answer(self, asked: Asked) -> Answer:
        openly: dict[str, Callable[[], Answer]] = {
            "POST /oauth2/device": lambda: self._begin(asked.form()),
            "POST /oauth2/token": lambda: self._token(asked.form()),
            "POST /oauth2/revoke": lambda: self._revoke(asked.form()),
            "GET /oauth2/validate": lambda: self._validate(asked),
            "GET /ingests": lambda: Answer(value=self._ingests()),
        }
        answer = openly.get(f"{asked.method} {asked.path}")
        if answer is not None:
            return answer()
        return self._page(asked) if asked.path == "/activate" else self._helix(asked)

    def _begin(self, form: dict[str, str]) -> Answer:
        if form.get("client_id") != self.client_id:
            return Answer(400, {"status": 400, "message": "invalid client"})
        code, user_code = secrets.token_hex(20), secrets.token_hex(4).upper()
        scopes = tuple(form.get("scopes", "").split())
        self._devices[code] = _Device(user_code, scopes, time.monotonic() + CODE_S)
        value = {
            "device_code": code,
            "expires_in": CODE_S,
            "interval": self.interval_s,
            "user_code": user_code,
            "verification_uri": f"{self.front.url}/activate?public=true&device-code={user_code}",
        }
        return Answer(value=value)

    def _token(self, form: dict[str, str]) -> Answer:
        if form.get("client_id") != self.client_id:
            return Answer(400, {"status": 400, "message": "invalid client"})
        if form.get("grant_type") == DEVICE_GRANT:
            return self._poll(form.get("device_code", ""))
        if form.get("grant_type") != "refresh_token":
            return Answer(400, {"status": 400, "message": "invalid grant type"})
        if self.client_secret and form.get("client_secret") != self.client_secret:
            return Answer(403, {"status": 403, "message": "invalid client secret"})
        scopes = self.refresh.pop(form.get("refresh_token", ""), None)
        if scopes is None:
            refusal = {"error": "Bad Request", "status": 400, "message": "Invalid refresh token"}
            return Answer(400, refusal)
        return Answer(value=self.grant(scopes))

    def _poll(self, code: str) -> Answer:
        device = self._devices.get(code)
        if device is None or device.until < time.monotonic():
            return Answer(400, {"status": 400, "message": "invalid device code"})
        if not device.allowed:
            return Answer(400, {"status": 400, "message": "authorization_pending"})
        del self._devices[code]
        return Answer(value=self.grant(device.scopes))

    def _revoke(self, form: dict[str, str]) -> Answer:
        if self.access.pop(form.get("token", ""), None) is None:
            return Answer(400, {"status": 400, "message": "Invalid token"})
        return Answer()

    def _validate(self, asked: Asked) -> Answer:
        token = asked.headers.get("authorization", "").removeprefix("OAuth ")
        leave = self.access.get(token)
        if leave is None:
            return Answer(401, {"status": 401, "message": "invalid access token"})
        value = {
            "client_id": self.client_id,
            "login": self.login,
            "scopes": list(leave.scopes),
            "user_id": self.user_id,
            "expires_in": int(leave.until - time.monotonic()),
        }
        return Answer(value=value)

    def _page(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            self.allow(asked.form()["user_code"].strip().upper())
            text = "<!doctype html><title>Done</title><h1>You may close this page.</h1>"
        else:
            text = PAGE.format(code=html.escape(asked.one("device-code")))
        return Answer(raw=text.encode(), headers={"content-type": "text/html; charset=utf-8"})

    def _ingests(self) -> Resource:
        far = {"default": False, "priority": 2, "name": "Far", "availability": 1.0}
        near = {"default": True, "priority": 1, "name": "Street", "availability": 1.0}
        plain = self.ingest.replace("rtmps://", "rtmp://")
        return {
            "ingests": [
                {**far, "_id": 2, "url_template": "rtmp://far.example/app/{stream_key}",
                 "url_template_secure": "rtmps://far.example/app/{stream_key}"},
                {**near, "_id": 1, "url_template": plain + "/{stream_key}",
                 "url_template_secure": self.ingest + "/{stream_key}"},
            ]
        }  # fmt: skip

    def _helix(self, asked: Asked) -> Answer:
        leave = self.access.get(asked.bearer)
        if leave is None or leave.until < time.monotonic():
            return _refusal(401, "Unauthorized", "Invalid OAuth token")
        if asked.headers.get("client-id") != self.client_id:
            return _refusal(401, "Unauthorized", "Client ID and OAuth token do not match")
        self.points -= 1
        if self.points < 0:
            self.points = POINTS
            reset = {"ratelimit-reset": str(int(time.time()) + 1), "ratelimit-remaining": "0"}
            return _refusal(429, "Too Many Requests", "", reset)
        needed = SCOPES.get(f"{asked.method} {asked.path}", "")
        if needed and needed not in leave.scopes:
            return _refusal(401, "Unauthorized", f"Missing scope: {needed}")
        return self._resource(asked, leave)

    def _resource(self, asked: Asked, leave: _Leave) -> Answer:
        if asked.path in OWN and asked.one("broadcaster_id") != self.user_id:
            refused = "The ID in broadcaster_id must match the user ID found in the request's OAuth token."
            return _refusal(403, "Forbidden", refused)
        shown = self.live and self.listed and asked.one("user_id") == self.user_id
        answers: dict[str, Callable[[], Answer]] = {
            "GET /helix/users": lambda: _data([self._user()]),
            "GET /helix/streams/key": lambda: _data([{"stream_key": self.key}]),
            "GET /helix/streams": lambda: _data([self._stream()] if shown else []),
            "GET /helix/search/categories": lambda: self._search(asked.one("query")),
            "PATCH /helix/channels": lambda: self._modify(asked.json()),
            "POST /helix/chat/messages": lambda: self._say(asked.json()),
            "POST /helix/eventsub/subscriptions": lambda: self.events.subscribe(
                asked.json(), leave.scopes
            ),
        }
        answer = answers.get(f"{asked.method} {asked.path}")
        return answer() if answer else _refusal(404, "Not Found", "")

    def _search(self, text: str) -> Answer:
        if not text:
            return _refusal(400, "Bad Request", 'Missing required parameter "query"')
        art = "https://static-cdn.jtvnw.net/ttv-boxart/{}-{{width}}x{{height}}.jpg"
        found = [(key, name) for key, name in CATEGORIES.items() if text.lower() in name.lower()]
        return _data([{"id": k, "name": n, "box_art_url": art.format(k)} for k, n in found])

    def _modify(self, changes: Resource) -> Answer:
        title, tags = changes.get("title"), changes.get("tags", [])
        if title == "" or len(title or "") > TITLE_MAX:
            return _refusal(400, "Bad Request", "The title is empty or too long.")
        if len(tags) > TAGS_MAX or any(len(t) > TAG_MAX or not t.isalnum() for t in tags):
            return _refusal(400, "Bad Request", "The tags are not valid.")
        if changes.get("game_id", self.game_id) not in CATEGORIES:
            return _refusal(400, "Bad Request", "The game_id is not valid.")
        self.title = self.title if title is None else title
        self.game_id = changes.get("game_id", self.game_id)
        self.tags = list(tags) if "tags" in changes else self.tags
        return Answer(204)

    def _say(self, message: Resource) -> Answer:
        text = message["message"]
        if not text or len(text) > MESSAGE_MAX:
            return _refusal(400, "Bad Request", "The text must be 1 to 500 characters.")
        row: Resource = {"message_id": secrets.token_hex(16), "is_sent": not self.drops}
        row["drop_reason"] = {"code": "msg_rejected", "message": self.drops} if self.drops else None
        if not self.drops:
            self.said.append(text)
        return _data([row])

    def _user(self) -> Resource:
        return {
            "id": self.user_id,
            "login": self.login,
            "display_name": self.display_name,
            "broadcaster_type": "",
        }

    def _stream(self) -> Resource:
        return {
            "id": str(40_000_000_000 + self._streams),
            "user_id": self.user_id,
            "user_login": self.login,
            "user_name": self.display_name,
            "type": "live",
            "title": self.title,
            "game_id": self.game_id,
            "viewer_count": self.viewers,
            "tags": self.tags,
            "started_at": "2026-01-01T00:00:00Z",
        }

    def _broadcaster(self) -> Resource:
        return {
            "broadcaster_user_id": self.user_id,
            "broadcaster_user_login": self.login,
            "broadcaster_user_name": self.display_name,
        }


def _data(rows: list[Resource]) -> Answer:
    return Answer(value={"data": rows, "pagination": {}})


def _refusal(
    status: int, error: str, message: str, headers: dict[str, str] | None = None
) -> Answer:
    return Answer(status, {"error": error, "status": status, "message": message}, headers or {})


@asynccontextmanager
async def standing_in(twitch: Twitch) -> AsyncIterator[dict[str, str]]:
    """Yields the settings that point manycast at it."""
    async with serving(twitch.front) as url, twitch.events.serving() as events:
        yield {
            "twitch_api": f"{url}/helix",
            "twitch_auth": f"{url}/oauth2",
            "twitch_ingests": f"{url}/ingests",
            "twitch_events": events,
        }
