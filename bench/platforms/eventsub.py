"""Stands in for Twitch's EventSub over WebSocket; dev.twitch.tv/docs/eventsub/handling-websocket-events and its reference."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.platforms.front import Answer
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


Resource = dict[str, Any]
CHAT_SCOPE = "user:read:chat"
UNUSED, RECONNECT_GRACE, INBOUND = 4003, 4004, 4001
WELCOME_S = 10.0
"""A session that subscribes to nothing for so long is closed."""
SUBSCRIPTIONS_MAX = 300


@dataclass(eq=False)
class _Session:
    socket: ServerConnection
    id: str = field(default_factory=lambda: secrets.token_urlsafe(20))
    subscriptions: dict[str, Resource] = field(default_factory=dict)
    """By type."""


class EventSub:
    """``keepalive_s`` is what welcomes promise; ``silent`` keeps none of it, as a dead network does."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        self.keepalive_s = 10.0
        self.silent = False
        self.refuses = False
        """New connections are closed at once."""
        self.connections = 0
        self.keepalives = 0
        self.closes: list[int] = []
        """Codes with which we closed."""
        self.sessions: dict[str, _Session] = {}
        self.url = ""
        self._moving: dict[str, _Session] = {}
        self._changed = asyncio.Event()

    # For tests.

    async def until_subscribed(self, kind: str = "stream.offline") -> None:
        """To the last that manycast asks for, unless another is named."""
        while not self._with(kind):
            self._changed.clear()
            await self._changed.wait()

    async def until_kept_alive(self, times: int) -> None:
        while self.keepalives < times:
            self._changed.clear()
            await self._changed.wait()

    async def tell(self, kind: str, event: Resource, *, twice: bool = False) -> None:
        """To every session that subscribed; ``twice``, as when Twitch is not sure that it came."""
        for session in self._with(kind):
            body = {"subscription": session.subscriptions[kind], "event": event}
            metadata = {"subscription_type": kind, "subscription_version": "1"}
            message = _message("notification", body, metadata)
            for _ in range(2 if twice else 1):
                with suppress(ConnectionClosed):
                    await session.socket.send(message)

    async def send(self, text: str) -> None:
        """Anything at all, to every session."""
        for session in list(self.sessions.values()):
            await session.socket.send(text)

    async def revoke(self, status: str) -> None:
        for session in list(self.sessions.values()):
            for subscription in session.subscriptions.values():
                body = {"subscription": {**subscription, "status": status}}
                with suppress(ConnectionClosed):
                    await session.socket.send(_message("revocation", body))
            session.subscriptions.clear()

    async def move(self) -> None:
        """As when a server of Twitch is about to be replaced."""
        for session in list(self.sessions.values()):
            token = secrets.token_urlsafe(8)
            self._moving[token] = session
            body = {"session": self._session(session, "reconnecting", f"{self.url}?move={token}")}
            await session.socket.send(_message("session_reconnect", body))

    async def lose(self, code: int = 4006) -> None:
        """Close every connection."""
        for session in list(self.sessions.values()):
            self.closes.append(code)
            await session.socket.close(code, "")

    # What Twitch does.

    def subscribe(self, asked: Resource, scopes: tuple[str, ...]) -> Answer:
        kind, transport = asked["type"], asked["transport"]
        session = self.sessions.get(transport.get("session_id", ""))
        if transport.get("method") != "websocket" or session is None:
            return _refusal(400, "Bad Request", "websocket session does not exist")
        if kind in session.subscriptions:
            return _refusal(409, "Conflict", "subscription already exists")
        if asked["condition"].get("broadcaster_user_id") != self.user_id:
            return _refusal(403, "Forbidden", "subscription missing proper authorization")
        if kind.startswith("channel.chat.") and (
            CHAT_SCOPE not in scopes or asked["condition"].get("user_id") != self.user_id
        ):
            return _refusal(403, "Forbidden", "subscription missing proper authorization")
        row = {
            **{name: asked[name] for name in ("type", "version", "condition")},
            "id": secrets.token_hex(16),
            "status": "enabled",
            "transport": {"method": "websocket", "session_id": session.id},
            "cost": 0,
        }
        session.subscriptions[kind] = row
        self._changed.set()
        return Answer(202, {"data": [row], "total": 1, "total_cost": 0, "max_total_cost": 10})

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Yields its URL."""
        opening = serve(self._meet, "127.0.0.1", 0, compression=None, ping_interval=None)
        async with opening as server:
            port = next(iter(server.sockets)).getsockname()[1]
            self.url = f"ws://127.0.0.1:{port}/ws"
            yield self.url

    async def _meet(self, socket: ServerConnection) -> None:
        if self.refuses:
            await socket.close(4000, "internal server error")
            return
        self.connections += 1
        session = _Session(socket)
        if before := self._moved(socket):
            session.subscriptions = before.subscriptions
            before.subscriptions = {}
        self.sessions[session.id] = session
        try:
            welcome = {"session": self._session(session, "connected", None)}
            await socket.send(_message("session_welcome", welcome))
            async with asyncio.TaskGroup() as tasks:
                keeping = [
                    tasks.create_task(self._keep_alive(session)),
                    tasks.create_task(self._look_whether_used(session)),
                ]
                await self._listen(session)
                for task in keeping:
                    task.cancel()
        finally:
            del self.sessions[session.id]

    def _moved(self, socket: ServerConnection) -> _Session | None:
        path = socket.request.path if socket.request else ""
        (token,) = parse_qs(urlsplit(path).query).get("move", [""])
        return self._moving.pop(token, None)

    async def _listen(self, session: _Session) -> None:
        """Nobody may send anything but pongs."""
        with suppress(ConnectionClosed):
            await session.socket.recv()
            self.closes.append(INBOUND)
            await session.socket.close(INBOUND, "client sent inbound traffic")

    async def _keep_alive(self, session: _Session) -> None:
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(self.keepalive_s)
                if not self.silent:
                    await session.socket.send(_message("session_keepalive", {}))
                    self.keepalives += 1
                    self._changed.set()

    async def _look_whether_used(self, session: _Session) -> None:
        await asyncio.sleep(WELCOME_S)
        if not session.subscriptions:
            self.closes.append(UNUSED)
            await session.socket.close(UNUSED, "connection unused")

    def _session(self, session: _Session, status: str, url: str | None) -> Resource:
        return {
            "id": session.id,
            "status": status,
            "keepalive_timeout_seconds": None if url else self.keepalive_s,
            "reconnect_url": url,
            "connected_at": _now(),
        }

    def _with(self, kind: str) -> list[_Session]:
        return [one for one in self.sessions.values() if kind in one.subscriptions]


def _message(kind: str, payload: Resource, more: Resource | None = None) -> str:
    metadata = {
        "message_id": secrets.token_hex(16),
        "message_type": kind,
        "message_timestamp": _now(),
        **(more or {}),
    }
    return json.dumps({"metadata": metadata, "payload": payload})


def _refusal(status: int, error: str, message: str) -> Answer:
    return Answer(status, {"error": error, "status": status, "message": message})


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}000Z"
