"""Hears Twitch's events and chat over one WebSocket that is made anew whenever it is lost."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from manycast.platforms.failures import (
    AwayError,
    ForbiddenError,
    MalformedError,
    RateLimitedError,
    RefusedError,
)
from manycast.platforms.twitch import eventsub
from manycast.platforms.twitch.eventsub import Alive, Happened, Message, Moved, Revoked, Welcome
from manycast.platforms.twitch.faults import TWITCH
from manycast.platforms.values import ChatTrouble, Heard
from manycast.std.backoff import Backoff


if TYPE_CHECKING:
    from manycast.runtime.platforms.twitch import TwitchPresence


log = logging.getLogger("manycast.platforms")

FIRST_S, LIMIT_S = 1.0, 60.0
"""Waits between two connections that are lost or refused, with jitter of half as much."""
OPEN_S = 10.0
"""For a connection and its welcome; Twitch gives a session ten seconds to subscribe."""
CLOSE_S = 2.0
GRACE = 1.5
"""A server that is silent for so many times what it promised is gone."""
MESSAGE_BYTES_MAX = 256 * 1024
"""A chat line is 500 characters; with its emotes, 20 kB."""
WAITING_MAX = 256
"""Messages that may wait to be read."""
LOST = "The connection to Twitch's chat was lost. It is made again by itself."


class TwitchEvents:
    """Of one account."""

    def __init__(self, presence: "TwitchPresence") -> None:
        self._presence = presence
        self._calls = presence.twitch.calls

    async def run(self) -> AsyncGenerator[Heard, None]:
        backoff = Backoff(FIRST_S, LIMIT_S)
        while True:
            try:
                async with aclosing(self._session()) as session:
                    async for heard in session:
                        backoff.worked()
                        yield heard
            except (OSError, WebSocketException) as error:  # TimeoutError is an OSError
                log.info("Twitch's events are lost: %s", type(error).__name__)
                yield ChatTrouble(platform=TWITCH, reason=LOST)
            except (AwayError, RateLimitedError, MalformedError) as error:
                yield ChatTrouble(platform=TWITCH, reason=str(error))
            finally:
                self._presence.online = None  # what happens meanwhile nobody tells us
            await asyncio.sleep(backoff.failed() * (1 + self._calls.dice.random() / 2))

    async def _session(self) -> AsyncGenerator[Heard, None]:
        async with AsyncExitStack() as stack:
            socket, welcome = await self._open(stack, self._calls.settings.twitch_events)
            await self._subscribe(welcome.session)
            yield ChatTrouble(platform=TWITCH, reason="")
            while True:
                message = await self._next(socket, welcome.silence_s * GRACE)
                if isinstance(message, Moved):
                    old = socket
                    socket, welcome = await self._open(stack, message.url)
                    await old.close()
                    async for late in old:  # what came before the new one was welcomed
                        if heard := self._heard(_read(late)):
                            yield heard
                elif isinstance(message, Revoked):
                    await self._revoked(message)
                elif heard := self._heard(message):
                    yield heard

    async def _open(self, stack: AsyncExitStack, url: str) -> tuple[ClientConnection, Welcome]:
        """Raises OSError or WebSocketException."""
        opening = connect(
            url,
            ssl=self._calls.trust if urlsplit(url).scheme == "wss" else None,
            proxy=None,
            compression=None,
            open_timeout=OPEN_S,
            close_timeout=CLOSE_S,
            ping_interval=None,  # Twitch closes on whoever sends anything but pongs
            max_size=MESSAGE_BYTES_MAX,
            max_queue=WAITING_MAX,
        )
        socket = await stack.enter_async_context(opening)
        async with asyncio.timeout(OPEN_S):
            while not isinstance(message := _read(await socket.recv()), Welcome):
                pass
        return socket, message

    async def _subscribe(self, session: str) -> None:
        presence = self._presence
        for kind, condition in eventsub.subscriptions(presence.broadcaster):
            call = presence.twitch.helix.subscribe(kind, condition, session)
            try:
                await self._calls.ask(presence.account_id, call)
            except RefusedError as error:
                if "already exists" not in error.said:  # as after an answer that was lost
                    raise

    async def _next(self, socket: ClientConnection, silence_s: float) -> Message:
        """Raises TimeoutError when the server is silent."""
        async with asyncio.timeout(silence_s):
            return _read(await socket.recv())

    def _heard(self, message: Message) -> Heard | None:
        if not isinstance(message, Happened):
            return None
        if message.kind in eventsub.STREAM:
            self._presence.online = message.kind == "stream.online"
        try:
            return eventsub.heard(message)
        except ValueError as error:
            log.warning("a %s of Twitch is left out: %s", message.kind, error)
            return None

    async def _revoked(self, revoked: Revoked) -> None:
        """Raises UnauthorizedError, once the books say so, or ForbiddenError."""
        log.warning("Twitch tells us no more of %s: %s", revoked.kind, revoked.status)
        await self._presence.check()
        raise ForbiddenError(TWITCH, revoked.status.replace("_", " "))


def _read(text: str | bytes) -> Message:
    try:
        return eventsub.read(text)
    except ValueError as error:
        log.warning("a message of Twitch is left out: %s", error)
        return Alive()
