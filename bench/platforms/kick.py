"""Stands in for Kick, which is out of reach of tests: sign-in, channels, categories, chat, events by signed webhooks.

Follows the documents of its developers (docs.kick.com: OAuth 2.1, scopes, APIs, event types, webhook security) and
the description behind them (api.kick.com/swagger). Whether a channel is live follows from what ``arrives``.
"""

import asyncio
import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx2
from bench.platforms.front import Answer, Asked, Front, serving
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


Resource = dict[str, Any]
TOKEN_S = 7200
USER = 123456789
CATEGORIES = {15: "Just Chatting", 8549: "Software Development", 28: "Retro Games"}
SCOPES = {
    "GET /public/v1/users": "user:read",
    "GET /public/v1/channels": "channel:read",
    "PATCH /public/v1/channels": "channel:write",
    "POST /public/v1/chat": "chat:write",
    "GET /public/v1/events/subscriptions": "events:subscribe",
    "POST /public/v1/events/subscriptions": "events:subscribe",
    "DELETE /public/v1/events/subscriptions": "events:subscribe",
}
EVENTS = {"chat.message.sent", "livestream.status.updated", "livestream.metadata.updated"}
DELIVERIES_MAX = 3
"""Attempts at one event until its receiver answers 200."""
DELIVERY_S = 5.0
PAGE = """<!doctype html><title>Kick (a stand-in)</title><h1>Let {app} into your channel?</h1>
<p>It asks for: {scope}</p><form method="post">
<button name="said" value="yes">Allow</button> <button name="said" value="no">Deny</button></form>"""


@dataclass(slots=True)
class Leave:
    """What a person let an app do; renewed tokens are the same leave."""

    scopes: frozenset[str]
    until: float


@dataclass
class Kick:
    client_id: str = "01STREETCLIENT"
    client_secret: str = "street-secret"  # noqa: S105  opens nothing
    redirect_uri: str = ""
    """What the app registered; empty: any."""
    webhook_url: str = ""
    """What the app registered; empty: webhooks are switched off."""
    slug: str = "street"
    title: str = "Street"
    category: int = 15
    tags: list[str] = field(default_factory=list)
    viewers: int = 0
    ingest: str = "rtmps://street.global-contribute.live-video.net/app"
    key: str = field(default_factory=lambda: f"sk_us-west-2_{secrets.token_hex(8)}")
    live: bool = False
    access: dict[str, Leave] = field(default_factory=dict)
    refresh: dict[str, frozenset[str]] = field(default_factory=dict)
    subscriptions: dict[str, Resource] = field(default_factory=dict)
    subscribed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once somebody wants to be told."""
    said: list[Resource] = field(default_factory=list)
    """Chat messages that the app sent."""
    answers: list[int] = field(default_factory=list)
    """Statuses with which webhooks were taken; 0: not at all."""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.front = Front(self._answer)
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    # What the world does.

    async def arrives(self, key: str) -> bool:
        """Media begins to come with this key; False: it is not the channel's."""
        return await self._media(key, live=True)

    async def leaves(self, key: str) -> bool:
        return await self._media(key, live=False)

    async def says(self, author: str, text: str, **more: Any) -> Resource:
        """A viewer writes into the chat; ``more`` is laid over the event."""
        identity = {
            "username_color": "#FF5733",
            "badges": [{"text": "Moderator", "type": "moderator"}],
        }
        event = {
            "message_id": secrets.token_hex(8),
            "replies_to": None,
            "broadcaster": self._person(USER, self.slug),
            "sender": {**self._person(987654321, author), "identity": identity},
            "content": text,
            "emotes": [],
            "created_at": _now(),
            **more,
        }
        await self.tell("chat.message.sent", event)
        return event

    async def tell(self, name: str, event: Resource) -> None:
        """To the app, if it subscribed to it."""
        if any(one["event"] == name for one in self.subscriptions.values()) and self.webhook_url:
            body = Answer(value=event).bytes()
            await self.deliver(self.signed(name, body), body)

    def signed(self, name: str, body: bytes, *, sent: str = "") -> dict[str, str]:
        """The fields of a webhook's head."""
        message_id, at = f"01{secrets.token_hex(12).upper()}", sent or _now()
        text = f"{message_id}.{at}.".encode() + body
        signature = self.private.sign(text, padding.PKCS1v15(), hashes.SHA256())
        return {
            "Kick-Event-Message-Id": message_id,
            "Kick-Event-Subscription-Id": next(iter(self.subscriptions), ""),
            "Kick-Event-Signature": base64.b64encode(signature).decode(),
            "Kick-Event-Message-Timestamp": at,
            "Kick-Event-Type": name,
            "Kick-Event-Version": "1",
            "Content-Type": "application/json",
        }

    async def deliver(self, head: dict[str, str], body: bytes) -> None:
        """Three times at most, until it is answered 200."""
        async with httpx2.AsyncClient(timeout=DELIVERY_S) as client:
            for _ in range(DELIVERIES_MAX):
                try:
                    reply = await client.post(self.webhook_url, content=body, headers=head)
                    self.answers.append(reply.status_code)
                except httpx2.HTTPError:
                    self.answers.append(0)
                if self.answers[-1] == 200:
                    return

    def expire(self) -> None:
        """Every access token is too old from now on."""
        self.access.clear()

    def revoke(self) -> None:
        """The person took every leave back; with it go the subscriptions."""
        self.access.clear()
        self.refresh.clear()
        self.subscriptions.clear()

    def grant(self, scopes: frozenset[str]) -> Resource:
        """Tokens as after a person's yes."""
        access, refresh = secrets.token_hex(20), secrets.token_hex(20)
        self.access[access] = Leave(scopes, time.monotonic() + TOKEN_S)
        self.refresh[refresh] = scopes
        return {
            "access_token": access,
            "token_type": "Bearer",
            "refresh_token": refresh,
            "expires_in": TOKEN_S,
            "scope": " ".join(sorted(scopes)),
        }

    async def _media(self, key: str, *, live: bool) -> bool:
        if key != self.key:
            return False
        if self.live != live:
            self.live = live
            at = _now()
            ended = None if live else at
            about = {"is_live": live, "title": self.title, "started_at": at, "ended_at": ended}
            event = {"broadcaster": self._person(USER, self.slug), **about}
            await self.tell("livestream.status.updated", event)
        return True

    # What is asked.

    async def _answer(self, asked: Asked) -> Answer:
        name = f"{asked.method} {asked.path}"
        opened = {
            "GET /oauth/authorize": self._authorize,
            "POST /oauth/authorize": self._authorize,
            "POST /oauth/token": lambda asked: self._token(asked.form()),
            # The documents have it in the query; RFC 7009 and programs in the field have it in the form.
            "POST /oauth/revoke": lambda asked: self._revoke(
                asked.one("token") or asked.form().get("token", "")
            ),
            "GET /public/v1/public-key": lambda _: _data({"public_key": self._pem()}),
        }
        if name in opened:
            return opened[name](asked)
        leave = self.access.get(asked.bearer)
        if leave is None or leave.until < time.monotonic():
            return Answer(401, {"data": {}, "message": "Unauthorized"})
        if SCOPES.get(name, next(iter(leave.scopes))) not in leave.scopes:
            return Answer(403, {"data": {}, "message": "Forbidden: insufficient scope"})
        return self._api(name, asked, leave)

    def _api(self, name: str, asked: Asked, leave: Leave) -> Answer:
        about = {"user_id": USER, "name": self.slug, "email": "", "profile_picture": ""}
        calls = {
            "GET /public/v1/users": lambda: _data([about]),
            "GET /public/v1/channels": lambda: _data([self._channel(leave)]),
            "PATCH /public/v1/channels": lambda: self._update(asked.json()),
            "GET /public/v2/categories": lambda: self._categories(asked.one("name").lower()),
            "POST /public/v1/chat": lambda: self._chat(asked.json()),
            "GET /public/v1/events/subscriptions": lambda: _data([*self.subscriptions.values()]),
            "POST /public/v1/events/subscriptions": lambda: self._subscribe(asked.json()),
            "DELETE /public/v1/events/subscriptions": lambda: self._unsubscribe(asked.many("id")),
        }
        if name not in calls:
            return Answer(404, {"data": {}, "message": "Not Found"})
        return calls[name]()

    def _authorize(self, asked: Asked) -> Answer:
        query = dict(asked.query)
        wanted = {"client_id", "redirect_uri", "state", "scope", "code_challenge"}
        good = query.get("response_type") == "code" and query.get("code_challenge_method") == "S256"
        registered = self.redirect_uri or query.get("redirect_uri")
        known = query.get("client_id") == self.client_id and query.get("redirect_uri") == registered
        if not (good and known and all(query.get(name) for name in wanted)):
            return Answer(400, {"error": "Invalid request"})
        if asked.method == "GET":
            text = PAGE.format(app=self.client_id, scope=query["scope"])
            return Answer(raw=text.encode(), headers={"content-type": "text/html; charset=utf-8"})
        back = {"state": query["state"]}
        if asked.form().get("said") == "yes":
            back["code"] = secrets.token_urlsafe(24)
            self._codes[back["code"]] = query
        else:
            back["error"] = "access_denied"
        return Answer(302, headers={"location": f"{query['redirect_uri']}?{urlencode(back)}"})

    def _token(self, form: dict[str, str]) -> Answer:
        own = (self.client_id, self.client_secret)
        if (form.get("client_id"), form.get("client_secret")) != own:
            return Answer(401, {"error": "invalid_client"})
        if form.get("grant_type") == "authorization_code":
            return self._exchange(form)
        scopes = self.refresh.get(form.get("refresh_token", ""))
        if form.get("grant_type") != "refresh_token" or scopes is None:
            return Answer(401, {"error": "invalid_grant"})
        return Answer(value=self.grant(scopes))

    def _exchange(self, form: dict[str, str]) -> Answer:
        query = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if query is None or query["code_challenge"] != proof:
            return Answer(400, {"error": "invalid_grant"})
        if query["redirect_uri"] != form.get("redirect_uri"):
            return Answer(400, {"error": "invalid_grant"})
        return Answer(value=self.grant(frozenset(query["scope"].split())))

    def _revoke(self, token: str) -> Answer:
        if token not in self.access and token not in self.refresh:
            return Answer(400, {"error": "Invalid request"})
        self.revoke()
        return Answer(raw=b"OK")

    def _update(self, body: Resource) -> Answer:
        if not body or body.get("category_id", self.category) not in CATEGORIES:
            return Answer(400, {"data": {}, "message": "Invalid category_id"})
        if len(body.get("custom_tags", [])) > 10:
            return Answer(400, {"data": {}, "message": "Invalid custom_tags"})
        self.title = body.get("stream_title", self.title)
        self.category = body.get("category_id", self.category)
        self.tags = body.get("custom_tags", self.tags)
        return Answer(204)

    def _categories(self, name: str) -> Answer:
        found = [
            {"id": k, "name": v, "tags": [], "thumbnail": ""}
            for k, v in CATEGORIES.items()
            if name in v.lower()
        ]
        return Answer(value={"data": found, "message": "OK", "pagination": {"next_cursor": ""}})

    def _chat(self, body: Resource) -> Answer:
        text = body.get("content", "")
        if body.get("type") not in {"user", "bot"} or not 1 <= len(text) <= 500:
            return Answer(400, {"data": {}, "message": "Invalid request"})
        if body["type"] == "user" and body.get("broadcaster_user_id") != USER:
            return Answer(404, {"data": {}, "message": "Not Found"})
        self.said.append(body)
        return _data({"is_sent": True, "message_id": secrets.token_hex(8)})

    def _subscribe(self, body: Resource) -> Answer:
        if body.get("method") != "webhook":
            return Answer(400, {"data": {}, "message": "Invalid request"})
        results = []
        for wanted in body["events"]:
            if wanted["name"] not in EVENTS or wanted["version"] != 1:
                results.append({**wanted, "error": "unknown event"})
                continue
            made = secrets.token_hex(10)
            about = {"broadcaster_user_id": USER, "method": "webhook", "app_id": self.client_id}
            self.subscriptions[made] = {"id": made, "event": wanted["name"], "version": 1, **about}
            results.append({**wanted, "subscription_id": made})
            self.subscribed.set()
        return _data(results)

    def _unsubscribe(self, ids: list[str]) -> Answer:
        for one in ids:
            self.subscriptions.pop(one, None)
        return Answer(204)

    # Parts.

    def _channel(self, leave: Leave) -> Resource:
        secret = {"url": self.ingest, "key": self.key} if "streamkey:read" in leave.scopes else {}
        stream = {
            "is_live": self.live,
            "is_mature": False,
            "language": "en",
            "start_time": _now() if self.live else "0001-01-01T00:00:00Z",
            "thumbnail": "",
            "viewer_count": self.viewers if self.live else 0,
            "custom_tags": self.tags,
            **(secret or {"url": "", "key": ""}),
        }
        category = {"id": self.category, "name": CATEGORIES[self.category], "thumbnail": ""}
        return {
            "broadcaster_user_id": USER,
            "slug": self.slug,
            "channel_description": "",
            "banner_picture": "",
            "stream_title": self.title,
            "category": category,
            "stream": stream,
        }

    def _person(self, user_id: int, name: str) -> Resource:
        about = {"is_verified": False, "profile_picture": "", "identity": None}
        return {
            "is_anonymous": False,
            "user_id": user_id,
            "username": name,
            "channel_slug": name,
            **about,
        }

    def _pem(self) -> str:
        kind = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private.public_key().public_bytes(serialization.Encoding.PEM, kind).decode()


def _data(value: Any) -> Answer:
    return Answer(value={"data": value, "message": "OK"})


def _now() -> str:
    return datetime.now(tz=UTC).isoformat().replace("+00:00", "Z")


@asynccontextmanager
async def kick() -> AsyncIterator[Kick]:
    """On a free port of this machine."""
    made = await asyncio.to_thread(Kick)  # its key takes a moment to make
    async with serving(made.front):
        yield made
