"""Has every destination of what is on the air prepared, verified and listened to; one platform's trouble touches no other."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from manycast.model.destinations import Platform as Name
from manycast.platforms.failures import PlatformError
from manycast.runtime.platforms.attendant import Attendant, Shown, Surroundings
from manycast.runtime.platforms.chats import Chats
from manycast.runtime.platforms.plan import Plan, Wanted
from manycast.runtime.platforms.platform import Platform, Presence
from manycast.runtime.platforms.vault import GoneError
from manycast.runtime.store.database import UnavailableError
from manycast.settings.platforms import PlatformsSettings


log = logging.getLogger("manycast.platforms")

TICK_S = 1.0
"""Between two looks at what is on the air; ``stir`` has it look at once."""


class Conductor:
    """On the thread of one loop; ``run`` until cancelled."""

    def __init__(
        self,
        plan: Plan,
        platforms: Mapping[Name, Platform],
        on_air: Callable[[], Iterable[str]],
        settings: PlatformsSettings,
        now_ms: Callable[[], int],
    ) -> None:
        """``on_air`` gives the names of the channels that are, those whose broadcaster is away for a moment too."""
        self.shown: dict[str, Shown] = {}
        """By destination, of those whose channel is on the air."""
        self.changed: Callable[[Wanted, Shown], None] = lambda _wanted, _shown: None
        """Told of each change, in the loop."""
        self.chats = Chats(settings.chat_lines_max)
        self._plan = plan
        self._platforms = platforms
        self._on_air = on_air
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

    async def _reconcile(self, tasks: asyncio.TaskGroup) -> None:
        try:
            everything = await asyncio.to_thread(self._plan.wanted)
        except UnavailableError:
            return  # the next tick asks again; those at work go on
        on_air = frozenset(self._on_air())
        wanted = {one.destination_id: one for one in everything if one.channel in on_air}
        for key, attendant in list(self._attendants.items()):
            now = wanted.get(key)
            if now is None or not attendant.serves(now):
                attendant.leave()
            else:
                attendant.wanted = now
        for key, one in wanted.items():
            if key not in self._attendants:
                self._attendants[key] = self._attendant(one)
                tasks.create_task(self._attend(key, self._attendants[key]))

    def _attendant(self, wanted: Wanted) -> Attendant:
        platform = self._platforms[wanted.platform]
        presence = platform.presence(wanted.account_id, wanted.external_id)
        return Attendant(wanted, presence, self._around)

    def _show(self, wanted: Wanted, shown: Shown) -> None:
        self.shown[wanted.destination_id] = shown
        self.changed(wanted, shown)

    async def _attend(self, key: str, attendant: Attendant) -> None:
        try:
            await attendant.run()
        except Exception:
            log.exception("a fault in manycast itself, with %s", key)
        finally:
            del self._attendants[key]
            self.shown.pop(key, None)
            self.chats.left(attendant.wanted.channel, attendant.wanted.platform)


async def _said(presence: Presence, text: str) -> str:
    try:
        await presence.say(text)
    except GoneError:
        return "The account was disconnected."
    except PlatformError as error:
        return str(error)
    return ""
