"""The chat of an account's broadcasts, one after the other: pushed while YouTube does that, listed where it does not."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from manycast.model.destinations import Platform as Name
from manycast.platforms.failures import (
    AwayError,
    ForbiddenError,
    MalformedError,
    MissingError,
    PlatformError,
    QuotaGoneError,
    RateLimitedError,
    RefusedError,
)
from manycast.platforms.quota import day_of
from manycast.platforms.values import ChatLine, ChatTrouble, Heard
from manycast.platforms.wire import UNREADABLE
from manycast.platforms.youtube import chat
from manycast.platforms.youtube.budget import chat_every_s
from manycast.platforms.youtube.faults import ChatOverError, fault_among
from manycast.platforms.youtube.pushes import Pushes
from manycast.runtime.platforms.calls import Calls
from manycast.runtime.platforms.youtube_known import Known
from manycast.std.backoff import Backoff
from manycast.std.remembered import Remembered


TROUBLES = (AwayError, RateLimitedError, QuotaGoneError, RefusedError, ForbiddenError)
"""What is told to those who watch, and asked again after."""
SAID_MAX = 4000
"""Ids that are remembered: what is resent after a fault is not heard twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Seconds."""

    connect: float = 10.0
    """From one connection, or list, to the next at least: each costs what five looks do, however soon YouTube closes it."""
    frugality: float = 1.0
    """How much the units that are left count; 0: not at all."""
    push_again: float = 900.0
    """After this long lists are given up for another attempt at being pushed to."""
    silence: float = 600.0
    """A connection that says nothing for so long may be dead: it is made anew and misses nothing."""
    again: float = 5.0
    """After a passing fault, longer each time."""
    again_max: float = 60.0
    refused: float = 600.0
    """After YouTube said that there is no chat to be had: a person may switch it on, and each question costs."""


class YouTubeChat:
    def __init__(self, calls: Calls, api: str, account_id: str, known: Known, waits: Waits) -> None:
        self._calls = calls
        self._api = api
        self._account_id = account_id
        self._known = known
        self._waits = waits
        self._chat_id = ""
        self._over_id = ""
        self._token = ""
        self._said = Remembered[str](SAID_MAX)
        self._now = asyncio.get_running_loop().time
        self._lists_until = 0.0
        self._backoff = Backoff(waits.again, waits.again_max)
        self._troubled = False

    async def run(self) -> AsyncGenerator[Heard, None]:
        """Raises UnauthorizedError, and GoneError."""
        while True:
            await self._known.met.wait()
            next_s = self._now() + (await self._every_s() if self._meet() else self._waits.connect)
            try:
                async with aclosing(self._batches()) as batches:
                    async for batch in batches:
                        for one in self._take(batch):
                            yield one
                        next_s = max(next_s, self._now() + batch.wait_ms / 1000)
            except ChatOverError:
                self._over_id = self._chat_id
            except TROUBLES as error:
                self._troubled = True
                yield ChatTrouble(platform=Name.YOUTUBE, reason=str(error))
                next_s = self._now() + self._pause_s(error)
            await asyncio.sleep(next_s - self._now())

    def _meet(self) -> bool:
        """Whether there is a chat to be heard."""
        broadcast = self._known.broadcast
        if broadcast is None or broadcast.chat_id in ("", self._over_id):
            return False
        if broadcast.chat_id != self._chat_id:
            self._chat_id, self._token = broadcast.chat_id, ""
        return True

    async def _every_s(self) -> float:
        """As often as the units that are left allow."""
        vault, day = self._calls.vault, day_of(self._calls.now_ms()).name
        spent = await asyncio.to_thread(vault.spent, Name.YOUTUBE, day)
        every_s = chat_every_s(self._calls.settings.youtube_quota - spent)
        return max(self._waits.connect, every_s * self._waits.frugality)

    async def _batches(self) -> AsyncGenerator[chat.Heard, None]:
        if not self._meet():
            return
        source = self._listed() if self._now() < self._lists_until else self._pushed()
        async with aclosing(source):
            async for batch in source:
                yield batch

    async def _pushed(self) -> AsyncGenerator[chat.Heard, None]:
        """Until YouTube closes the connection, which it may do at any time."""
        call, pushes = chat.pushed(self._api, self._chat_id, self._token), Pushes()
        try:
            async with self._calls.pushed(self._account_id, call, self._waits.silence) as pieces:
                async for piece in pieces:
                    for value in pushes.feed(piece):
                        error = fault_among(value, self._calls.now_ms())
                        if error is not None:
                            raise error
                        # Only what is said counts: what YouTube would have lists wait for is not meant for pushes.
                        yield chat.heard({**value, "pollingIntervalMillis": 0})
        except ChatOverError:
            raise
        except (MissingError, MalformedError, *UNREADABLE):
            # Not there, or not as it was: the older way is.
            self._lists_until = self._now() + self._waits.push_again

    async def _listed(self) -> AsyncGenerator[chat.Heard, None]:
        call = chat.listed(self._api, self._chat_id, self._token)
        yield await self._calls.ask(self._account_id, call)

    def _take(self, batch: chat.Heard) -> list[Heard]:
        self._token = batch.next_token or self._token
        self._backoff.worked()
        said: list[Heard] = []
        if self._troubled:
            self._troubled = False
            said.append(ChatTrouble(platform=Name.YOUTUBE, reason=""))
        said += [
            one for one in batch.said if not isinstance(one, ChatLine) or self._said.is_new(one.id)
        ]
        if batch.over:
            self._over_id = self._chat_id
        return said

    def _pause_s(self, error: PlatformError) -> float:
        if isinstance(error, QuotaGoneError):
            return max(self._waits.again, (error.until_ms - self._calls.now_ms()) / 1000)
        if isinstance(error, RateLimitedError):
            return max(self._waits.again, error.retry_after_s)
        if isinstance(error, RefusedError | ForbiddenError):
            return self._waits.refused
        return self._backoff.failed()
