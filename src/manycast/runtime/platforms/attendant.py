"""Looks after one destination at its platform for as long as its channel is on the air."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass

from manycast.model.destinations import PlatformState
from manycast.platforms.failures import (
    ForbiddenError,
    MissingError,
    PlatformError,
    QuotaGoneError,
    RateLimitedError,
    RefusedError,
)
from manycast.platforms.values import ChatTrouble, Listing, OnAir, Stirred
from manycast.runtime.platforms.chats import Chats
from manycast.runtime.platforms.plan import Plan, Wanted
from manycast.runtime.platforms.platform import Presence
from manycast.runtime.platforms.vault import GoneError
from manycast.runtime.store.database import UnavailableError
from manycast.settings.platforms import PlatformsSettings


log = logging.getLogger("manycast.platforms")

SURE = 6
"""Looks are so many times as rare once the platform shows the stream, or a person has to mend something."""
LISTEN_AGAIN_S = 30.0
"""After the chat could not be had for a reason that a person must mend."""
END_S = 30.0
"""For telling a platform that the stream is over."""
FINAL = (RefusedError, ForbiddenError, MissingError)
"""What is not tried again until a person has changed something."""
DISCONNECTED = "The account was disconnected. Connect it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the platform says, and when it did."""

    on_air: OnAir = OnAir(state=PlatformState.UNKNOWN)  # noqa: RUF009  it is frozen
    trouble: str = ""
    """Why nobody knows, or what could not be set up there, for people."""
    checked_ms: int = 0
    """0: never."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all attendants share."""

    plan: Plan
    chats: Chats
    settings: PlatformsSettings
    now_ms: Callable[[], int]
    show: Callable[[Wanted, Shown], None]


class Attendant:
    """``wanted`` may be put in anew while it ``serves`` the same account."""

    def __init__(self, wanted: Wanted, presence: Presence, around: Surroundings) -> None:
        self.wanted = wanted
        self.presence = presence
        self._around = around
        self._shown = Shown()
        self._left = asyncio.Event()
        self._over = True
        self._stirred = asyncio.Event()
        self._prepared: Listing | None = None
        self._unprepared = ""

    def serves(self, wanted: Wanted) -> bool:
        mine = self.wanted
        return (mine.channel, mine.account_id) == (wanted.channel, wanted.account_id)

    def stir(self) -> None:
        """Look now."""
        self._stirred.set()

    def leave(self, *, over: bool = True) -> None:
        """The stream is over, or is not to be shown there any more; without ``over`` nobody knows: it may go on."""
        self._over = over
        self._left.set()

    async def run(self) -> None:
        """Until it leaves, and then ends the broadcast where the stream is over; a cancelled one ends nothing."""
        async with asyncio.TaskGroup() as tasks:
            working = [tasks.create_task(self._watch()), tasks.create_task(self._listen())]
            await self._left.wait()
            for work in working:
                work.cancel()
        if self._over:
            await self._end()

    async def _watch(self) -> None:
        while True:
            self._stirred.clear()
            wait_s = await self._look()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._stirred.wait()

    async def _look(self) -> float:
        """Seconds until the next."""
        look_s = self._around.settings.look_ms / 1000
        now_ms = self._around.now_ms
        try:
            await self._prepare()
            on_air = await self.presence.look()
        except (PlatformError, GoneError) as error:
            self._show(Shown(trouble=_told(error), checked_ms=now_ms()))
            return max(look_s * SURE, _asked_s(error, now_ms()))
        except UnavailableError:  # the database; it is soon back, or everybody hears of it
            return look_s
        self._show(Shown(on_air=on_air, trouble=self._unprepared, checked_ms=now_ms()))
        return look_s * (SURE if on_air.state is PlatformState.LIVE else 1)

    async def _prepare(self) -> None:
        """Once; what goes wrong keeps nobody from looking whether the stream is shown all the same."""
        listing = self.wanted.listing
        if self._prepared == listing:
            return
        try:
            ingest = await self.presence.ingest()
            plan, key = self._around.plan, self.wanted.destination_id
            await asyncio.to_thread(plan.keep_ingest, key, ingest)
            await self.presence.go_live(listing)
        except PlatformError as error:
            self._unprepared = str(error)
            self._prepared = listing if isinstance(error, FINAL) else None
        else:
            self._unprepared, self._prepared = "", listing

    def _show(self, shown: Shown) -> None:
        before, self._shown = self._shown, shown
        if (before.trouble, before.on_air.state) != (shown.trouble, shown.on_air.state):
            log.info("%s: %s %s", self.wanted.destination_id, shown.on_air.state, shown.trouble)
        self._around.show(self.wanted, shown)

    async def _listen(self) -> None:
        while True:
            try:
                async with aclosing(self.presence.listen()) as everything:
                    async for heard in everything:
                        if isinstance(heard, Stirred):
                            self.stir()
                        else:
                            self._around.chats.hear(self.wanted.channel, heard)
            except (PlatformError, GoneError) as error:
                self._unheard(_told(error))
            except UnavailableError:
                self._unheard("The database does not answer.")
            await asyncio.sleep(LISTEN_AGAIN_S)

    def _unheard(self, reason: str) -> None:
        trouble = ChatTrouble(platform=self.wanted.platform, reason=reason)
        self._around.chats.hear(self.wanted.channel, trouble)

    async def _end(self) -> None:
        try:
            async with asyncio.timeout(END_S):
                await self.presence.end()
        except (PlatformError, GoneError, UnavailableError, TimeoutError) as error:
            log.warning("%s could not be ended there: %s", self.wanted.destination_id, error)


def _told(error: PlatformError | GoneError) -> str:
    return DISCONNECTED if isinstance(error, GoneError) else str(error)


def _asked_s(error: Exception, now_ms: int) -> float:
    """The pause that the platform wants."""
    if isinstance(error, RateLimitedError):
        return error.retry_after_s
    if isinstance(error, QuotaGoneError):
        return (error.until_ms - now_ms) / 1000
    return 0.0
