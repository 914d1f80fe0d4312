"""The events of one channel at Kick: subscribed to, and heard as they come by webhook."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from manycast.model.destinations import Platform as Name
from manycast.platforms.failures import (
    AwayError,
    MalformedError,
    PlatformError,
    RateLimitedError,
    RefusedError,
)
from manycast.platforms.kick import events
from manycast.platforms.values import ChatTrouble, Heard
from manycast.runtime.platforms.calls import Calls
from manycast.runtime.platforms.kick_webhooks import Ears, KickWebhooks
from manycast.std.backoff import Backoff


UNTOLD = (
    "Kick has sent nothing here since it shows the stream, so its chat cannot be read. It sends to one public address "
    "by https only: an administrator enters that under Settings → Platforms here, and the webhook address shown there in the app's settings at Kick."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Seconds."""

    subscribe: float = 1800.0
    """Between two looks whether Kick still sends: it gives up on an address that failed for a day."""
    untold: float = 90.0
    """A stream that Kick shows for so long without telling us means that nothing reaches us."""
    again: float = 5.0
    """After a passing fault, longer each time."""
    again_max: float = 120.0


class Subscriber(Protocol):
    calls: Calls
    api: str
    account_id: str
    external_id: str
    webhooks: KickWebhooks
    waits: Waits
    live: bool


class KickEvents:
    def __init__(self, subscriber: Subscriber) -> None:
        self._who = subscriber
        self._now = asyncio.get_running_loop().time
        self._backoff = Backoff(subscriber.waits.again, subscriber.waits.again_max)
        self._trouble = ""

    async def run(self) -> AsyncGenerator[Heard, None]:
        """Raises what a person must mend."""
        with self._who.webhooks.ears(self._who.external_id) as ears:
            while True:
                try:
                    await self._subscribe()
                except (AwayError, RateLimitedError, MalformedError) as error:
                    for one in self._now_troubled(str(error)):
                        yield one
                    await asyncio.sleep(self._pause_s(error))
                    continue
                self._backoff.worked()
                if self._trouble != UNTOLD:
                    for one in self._now_troubled(""):
                        yield one
                async with aclosing(self._hear(ears)) as everything:
                    async for heard in everything:
                        yield heard

    async def _hear(self, ears: Ears) -> AsyncGenerator[Heard, None]:
        """Until it is time to look after the subscriptions."""
        waits = self._who.waits
        until = self._now() + waits.subscribe
        while (left_s := until - self._now()) > 0:
            try:
                async with asyncio.timeout(min(left_s, waits.untold)):
                    heard = await ears.get()
            except TimeoutError:
                told = self._who.external_id in self._who.webhooks.told
                if self._who.live and not told:
                    for one in self._now_troubled(UNTOLD):
                        yield one
                continue
            for one in self._now_troubled(""):
                yield one
            yield heard

    async def _subscribe(self) -> None:
        calls, account_id, api = self._who.calls, self._who.account_id, self._who.api
        there = {one.event for one in await calls.ask(account_id, events.subscriptions(api))}
        missing = tuple(name for name in events.WANTED if name not in there)
        if missing:
            refused = await calls.ask(account_id, events.subscribe(api, missing))
            if refused:
                raise RefusedError(Name.KICK, refused[0])

    def _now_troubled(self, reason: str) -> list[Heard]:
        """Told once."""
        if reason == self._trouble:
            return []
        self._trouble = reason
        return [ChatTrouble(platform=Name.KICK, reason=reason)]

    def _pause_s(self, error: PlatformError) -> float:
        if isinstance(error, RateLimitedError):
            return max(self._who.waits.again, error.retry_after_s)
        return self._backoff.failed()
