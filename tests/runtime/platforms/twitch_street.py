"""Twitch's stand-in, books in memory and the calls between them, joined over real sockets."""

import random
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bench.platforms.front import Answer, Fault
from bench.platforms.twitch import Twitch as StandIn, standing_in
from tests.runtime.platforms.vaults import MemoryVault, leave

from manycast.model.destinations import Platform
from manycast.platforms.twitch.auth import SCOPES
from manycast.platforms.values import App, Tokens
from manycast.runtime.clock import wall_ms
from manycast.runtime.platforms.calls import Calls
from manycast.runtime.platforms.twitch import Twitch, TwitchPresence
from manycast.settings.platforms import PlatformsSettings


TRUST = ssl.create_default_context()
"""Reading the system's certificates takes longer than most tests."""


@dataclass
class Street:
    there: StandIn
    vault: MemoryVault
    settings: PlatformsSettings
    calls: Calls
    twitch: Twitch

    @property
    def presence(self) -> TwitchPresence:
        return self.twitch.presence("acc_1", self.there.user_id)

    def connect(self, scopes: tuple[str, ...] = SCOPES, account_id: str = "acc_1") -> Tokens:
        """Put an account with good tokens into the books."""
        value = self.there.grant(scopes)
        tokens = Tokens(
            access=value["access_token"],
            refresh=value["refresh_token"],
            expires_ms=wall_ms() + 1000 * value["expires_in"],
            scopes=scopes,
        )
        self.vault.leaves[account_id] = leave(
            account_id, external_id=self.there.user_id, tokens=tokens
        )
        return tokens

    def fail(
        self, status: int, on: str = "/helix/", *, times: int = 1, message: str = "", **more: object
    ) -> None:
        value = {"error": "E", "status": status, "message": message}
        answer = replace(Answer(status, value), **more)  # type: ignore[arg-type]  # fields
        self.there.front.faults.append(Fault(answer, on=on, times=times))

    def asked(self, path: str) -> int:
        return sum(path in one.path for one in self.there.front.asked)


@asynccontextmanager
async def street(**settings: int) -> AsyncIterator[Street]:
    there = StandIn()
    async with standing_in(there) as places:
        chosen = PlatformsSettings(**places, **settings)  # type: ignore[arg-type]  # by name
        vault = MemoryVault()
        vault.apps[Platform.TWITCH] = App(there.client_id, there.client_secret)
        dice = random.Random(1)  # noqa: S311  a test's own
        async with Calls(vault, chosen, dice=dice, trust=TRUST) as calls:
            here = Street(there, vault, chosen, calls, Twitch(calls))
            here.connect()
            yield here
