"""Has every destination of what is on the air prepared, verified and listened to; one platform's trouble touches no other."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from manycast.model.destinations import Platform as Name
from manycast.platforms.failures import PlatformError
from manycast.runtime.platforms.attendant import Attendant, Shown, Surroundings
from manycast.runtime.platforms.chats import Chats
from manycast.runtime.platforms.plan import Plan, Wanted
from manycast.runtime.platforms.platform import Platform, Presence
from manycast.runtime.platforms.vault import GoneError
from manycast.runtime.store.database import UnavailableError
from manycast.settings.platforms import PlatformsSettings


T = TypeVar("T")
log = logging.getLogger("manycast.platforms")

TICK_S = 1.0
"""Between two looks at what is on the air; ``stir`` has it look at once."""
CHECK_S = 3600.0
"""Between two questions whether an account still lets us in: Twitch demands it hourly."""
FAULT_S = 60.0
"""After a fault of our own, before the same is tried again."""
OUR_FAULT = "A fault in manycast itself; its log says more. Please report it."


class Conductor:
    """On the thread of one loop; ``run`` until cancelled."""

    def __init__(
        self,
        plan: Plan,
        platforms: Mapping[Name, Platform],
        on_air: Callable[[], Iterable[str]],
        settings: PlatformsSettings,
        now_ms: Callable[[], int],
        ended: Callable[[str], bool] = lambda _channel: True,
    ) -> None:
        """``on_air`` gives the names of the channels that are, those whose broadcaster is away for a moment too.

        Of one that is not, ``ended`` says whether its stream is known to be over. An origin that was started again,
        or is not heard, says neither: its stream may come back, and a broadcast that was ended never does.
        """
        self.shown: dict[str, Shown] = {}
        """By destination, of those whose channel is on the air."""
        self.changed: Callable[[Wanted, Shown], None] = lambda _wanted, _shown: None
        """Told of each change, in the loop."""
        self.chats = Chats(settings.chat_lines_max)
        self._plan = plan
        self._platforms = platforms
        self._on_air = on_air
        self._ended = ended
        self._around = Surroundings(plan, self.chats, settings, now_ms, self._show)
        self._attendants: dict[str, Attendant] = {}
        self._stirred = asyncio.Event()

    def stir(self) -> None:
        """The books have changed, or a channel went on or off the air."""
        self._stirred.set()

    def look_again(self, destination_id: str) -> None:
        """Ask the platform now, whatever it said before."""
        if attendant := self._attendants.get(destination_id):
            attendant.stir()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._check())
            while True:
                self._stirred.clear()
                await self._reconcile(tasks)
                with suppress(TimeoutError):
                    async with asyncio.timeout(TICK_S):
                        await self._stirred.wait()

    async def say(
        self, channel: str, text: str, only: frozenset[Name] = frozenset()
    ) -> dict[Name, str]:
        """To every platform whose chat is listened to, or some; what went wrong, by platform, empty where nothing did."""
        to = {
            one.wanted.platform: one.presence
            for one in self._attendants.values()
            if one.wanted.channel == channel and (not only or one.wanted.platform in only)
        }
        said: dict[Name, str] = {}

        async def one(name: Name, presence: Presence) -> None:
            said[name] = await _said(presence, text)

        async with asyncio.TaskGroup() as tasks:
            for name, presence in to.items():
                tasks.create_task(one(name, presence))
        return said

    async def _check(self) -> None:
        """Whether each account still lets us in, used or not: what nobody uses for a month ends by itself."""
        while True:
            for account in await self._read(self._plan.accounts) or ():
                if platform := self._platforms.get(account.platform):
                    presence = platform.presence(account.account_id, account.external_id)
                    await _checked(presence, account.account_id)
            await asyncio.sleep(CHECK_S)

    async def _reconcile(self, tasks: asyncio.TaskGroup) -> None:
        on_air = frozenset(self._on_air())
        everything = await self._read(self._plan.wanted) if on_air else ()
        if everything is None:
            return  # the next tick asks again; those at work go on
        wanted = {
            one.destination_id: one
            for one in everything
            if one.channel in on_air and one.platform in self._platforms
        }
        for key, attendant in list(self._attendants.items()):
            now = wanted.get(key)
            if now is None or not attendant.serves(now):
                channel = attendant.wanted.channel
                attendant.leave(over=channel in on_air or self._ended(channel))
            else:
                attendant.wanted = now
        for key, one in wanted.items():
            if key not in self._attendants:
                self._attendants[key] = self._attendant(one)
                tasks.create_task(self._attend(key, self._attendants[key]))

    async def _read(self, books: Callable[[], Sequence[T]]) -> Sequence[T] | None:
        """None: they cannot be read just now."""
        try:
            return await asyncio.to_thread(books)
        except UnavailableError:  # the store says so in the log
            return None

    def _attendant(self, wanted: Wanted) -> Attendant:
        platform = self._platforms[wanted.platform]
        presence = platform.presence(wanted.account_id, wanted.external_id)
        return Attendant(wanted, presence, self._around)

    def _show(self, wanted: Wanted, shown: Shown) -> None:
        before = self.shown.get(wanted.destination_id)
        self.shown[wanted.destination_id] = shown
        if before is None or replace(before, checked_ms=shown.checked_ms) != shown:
            self.changed(wanted, shown)

    async def _attend(self, key: str, attendant: Attendant) -> None:
        try:
            await attendant.run()
        except Exception:
            log.exception("%s is not looked after", key)
            self._show(attendant.wanted, Shown(trouble=OUR_FAULT))
            await asyncio.sleep(FAULT_S)
        finally:
            del self._attendants[key]
            self.shown.pop(key, None)
            self.chats.left(attendant.wanted.channel, attendant.wanted.platform)


async def _checked(presence: Presence, account_id: str) -> None:
    """What one platform answers must not end what is done for all."""
    try:
        # What a person must know is in the books by then.
        with suppress(PlatformError, GoneError, UnavailableError):
            await presence.check()
    except Exception:
        log.exception("%s could not be checked", account_id)


async def _said(presence: Presence, text: str) -> str:
    try:
        await presence.say(text)
    except GoneError:
        return "The account was disconnected."
    except UnavailableError:
        return "The database does not answer. Try again."
    except PlatformError as error:
        return str(error)
    return ""
