"""What the API asks of the platforms."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from manycast.model.destinations import Platform as Name
from manycast.platforms.failures import NoAppError, PlatformError
from manycast.platforms.values import Listing, Prompt
from manycast.runtime.platforms.attendant import DISCONNECTED
from manycast.runtime.platforms.conductor import Conductor
from manycast.runtime.platforms.connecting import FLOWS_MAX, Connecting
from manycast.runtime.platforms.plan import Plan
from manycast.runtime.platforms.platform import Platform, Presence
from manycast.runtime.platforms.vault import GoneError
from manycast.settings.platforms import PlatformsSettings


APPLY_S_MAX = 12.0
"""For telling all platforms of a listing: clients wait for fifteen seconds."""
SLOW = "No answer yet. It is told again when the stream begins."


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How an account's platform took something; ``text`` is what went wrong or had to be changed."""

    ok: bool
    text: str = ""


class PlatformDesk:
    """On the thread of one loop."""

    def __init__(
        self,
        plan: Plan,
        drivers: Mapping[Name, Platform],
        on_air: Callable[[], Iterable[str]],
        settings: PlatformsSettings,
        now_ms: Callable[[], int],
        ended: Callable[[str], bool] = lambda _channel: True,
    ) -> None:
        self.drivers = drivers
        self.conductor = Conductor(plan, drivers, on_air, settings, now_ms, ended)
        self.connecting = Connecting(drivers, now_ms)
        self.finished: dict[str, str] = {}
        """Accounts by the flow that connected them, for pages that ask what became of it."""

    def presence(self, platform: Name, account_id: str, external_id: str) -> Presence:
        """Raises PlatformError."""
        return self._driver(platform).presence(account_id, external_id)

    async def begin(self, platform: Name, owner: str, redirect_url: str) -> tuple[str, Prompt]:
        """The id of the flow, and what a person has to do. Raises PlatformError."""
        self._driver(platform)
        return await self.connecting.begin(platform, owner, redirect_url)

    def finish(self, flow_id: str, account_id: str) -> None:
        while len(self.finished) >= FLOWS_MAX:
            del self.finished[next(iter(self.finished))]
        self.finished[flow_id] = account_id

    async def apply(self, listings: Mapping[str, tuple[Name, str, Listing]]) -> dict[str, Told]:
        """Tell each account's platform: by the account's id its platform, its id there, and what to tell."""
        told: dict[str, Told] = {}

        async def one(account_id: str, platform: Name, external_id: str, listing: Listing) -> None:
            told[account_id] = await self._told(platform, account_id, external_id, listing)

        async with asyncio.TaskGroup() as tasks:
            for account_id, (platform, external_id, listing) in listings.items():
                tasks.create_task(one(account_id, platform, external_id, listing))
        return told

    async def _told(
        self, platform: Name, account_id: str, external_id: str, listing: Listing
    ) -> Told:
        try:
            async with asyncio.timeout(APPLY_S_MAX):
                presence = self.presence(platform, account_id, external_id)
                return Told(ok=True, text=" ".join(await presence.set_listing(listing)))
        except PlatformError as error:
            return Told(ok=False, text=str(error))
        except GoneError:
            return Told(ok=False, text=DISCONNECTED)
        except TimeoutError:
            return Told(ok=False, text=SLOW)

    def _driver(self, platform: Name) -> Platform:
        driver = self.drivers.get(platform)
        if driver is None:
            raise NoAppError(platform)
        return driver
