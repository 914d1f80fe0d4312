"""Twitch, for the conductor and the API."""

import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace

from manycast.model.destinations import Platform as Name, PlatformState
from manycast.platforms.failures import PendingError, PlatformError
from manycast.platforms.limits import SERVERS
from manycast.platforms.twitch import helix
from manycast.platforms.twitch.auth import Auth
from manycast.platforms.twitch.helix import Helix
from manycast.platforms.values import (
    Account,
    Category,
    Connected,
    Flow,
    Heard,
    Ingest,
    Listing,
    OnAir,
)
from manycast.runtime.platforms.calls import Calls
from manycast.runtime.platforms.twitch_events import TwitchEvents


log = logging.getLogger("manycast.platforms")


class Twitch:
    name = Name.TWITCH

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.auth = Auth(calls.settings.twitch_auth)
        self.helix = Helix(calls.settings.twitch_api)
        calls.speak(self.auth.dialect(calls.now_ms))

    async def begin_connect(self, redirect_url: str) -> Flow:  # noqa: ARG002  Twitch needs none
        app = await self.calls.app(self.name)
        return await self.calls.ask_openly(self.name, self.auth.begin(app, self.calls.now_ms()))

    async def finish_connect(
        self,
        flow: Flow,
        answer: Mapping[str, str],  # noqa: ARG002  the person's browser brings us nothing
    ) -> Connected | None:
        app, now_ms = await self.calls.app(self.name), self.calls.now_ms()
        try:
            tokens = await self.calls.ask_openly(
                self.name, self.auth.finish(app, flow.secret, now_ms)
            )
        except PendingError:
            return None
        account = await self.calls.ask_as(self.name, tokens.access, self.helix.me())
        return Connected(account=account, tokens=tokens)

    def presence(self, account_id: str, external_id: str) -> "TwitchPresence":
        return TwitchPresence(self, account_id, external_id)


@dataclass
class TwitchPresence:
    """Twitch shows whatever it gets: going live and ending need nothing of us."""

    twitch: Twitch
    account_id: str
    broadcaster: str
    online: bool | None = None
    """As events say, which are quicker than Helix; None: not since they are heard."""

    async def account(self) -> Account:
        return await self._calls.ask(self.account_id, self._helix.me())

    async def check(self) -> None:
        await self._calls.ask(self.account_id, self.twitch.auth.validate())

    async def ingest(self) -> Ingest:
        key = await self._calls.ask(self.account_id, self._helix.stream_key(self.broadcaster))
        return Ingest(url=await self._nearest(), key=key)

    async def _nearest(self) -> str:
        """The key is good at every server: without their list, the one that Twitch sends on itself will do."""
        try:
            servers = helix.ingests(self._calls.settings.twitch_ingests)
            return await self._calls.ask_openly(Name.TWITCH, servers)
        except PlatformError as error:
            log.info("Twitch's servers are not known: %s", error)
            return SERVERS[Name.TWITCH]

    async def set_listing(self, listing: Listing) -> Sequence[str]:
        changes, notes = helix.fitted(listing)
        if changes:
            await self._calls.ask(self.account_id, self._helix.modify(self.broadcaster, changes))
        return notes

    async def categories(self, text: str) -> Sequence[Category]:
        return await self._calls.ask(self.account_id, self._helix.categories(text))

    async def go_live(self, listing: Listing) -> None:
        await self.set_listing(listing)

    async def end(self) -> None:
        pass

    async def look(self) -> OnAir:
        on_air = await self._calls.ask(self.account_id, self._helix.stream(self.broadcaster))
        if self.online is None:
            return on_air
        if self.online:
            return replace(on_air, state=PlatformState.LIVE)
        return OnAir(state=PlatformState.NOT_LIVE)

    def listen(self) -> AsyncGenerator[Heard, None]:
        return TwitchEvents(self).run()

    async def say(self, text: str) -> None:
        await self._calls.ask(self.account_id, self._helix.say(self.broadcaster, text))

    async def disconnect(self) -> None:
        leave = await self._calls.leave(self.account_id)
        app = await self._calls.app(Name.TWITCH)
        revoke = self.twitch.auth.revoke(app, leave.tokens.access)
        await self._calls.ask_openly(Name.TWITCH, revoke)

    @property
    def _calls(self) -> Calls:
        return self.twitch.calls

    @property
    def _helix(self) -> Helix:
        return self.twitch.helix
