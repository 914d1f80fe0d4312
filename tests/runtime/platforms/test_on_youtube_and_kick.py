"""A channel on the air at YouTube and at Kick, looked after by the conductor against both contract servers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from bench.platforms.front import Answer, Asked, Fault, Front, serving
from tests.runtime.platforms.streets import KickStreet, YouTubeStreet, kick_street, youtube_street
from tests.runtime.platforms.vaults import MemoryPlan

from manycast.model.destinations import Platform, PlatformState
from manycast.platforms.values import Listing
from manycast.runtime import clock
from manycast.runtime.platforms import attempts, conductor as module, paces
from manycast.runtime.platforms.conductor import Conductor
from manycast.runtime.platforms.plan import Wanted
from manycast.settings.platforms import PlatformsSettings


LIVE = PlatformState.LIVE
LISTING = Listing(title="Tonight", tags=("one",))


@dataclass
class Room:
    youtube: YouTubeStreet
    kick: KickStreet
    on_air: set[str] = field(default_factory=set)
    plan: MemoryPlan = field(default_factory=MemoryPlan)

    def __post_init__(self) -> None:
        settings = PlatformsSettings(look_ms=30)
        platforms = {Platform.YOUTUBE: self.youtube.youtube, Platform.KICK: self.kick.kick}
        self.conductor = Conductor(
            self.plan, platforms, lambda: self.on_air, settings, clock.wall_ms
        )
        self.changed = asyncio.Event()
        self.conductor.changed = lambda _wanted, _shown: self.changed.set()
        self.conductor.chats.told = lambda _: self.changed.set()
        self.plan.everything = [
            Wanted(
                destination_id=f"dst_{name}",
                channel="live",
                platform=name,
                account_id="acc_1",
                external_id="123456789",
                listing=LISTING,
            )
            for name in platforms
        ]

    async def until(self, so: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not so():
                self.changed.clear()
                await self.changed.wait()

    def state(self, name: Platform) -> PlatformState | None:
        shown = self.conductor.shown.get(f"dst_{name}")
        return shown.on_air.state if shown else None

    def trouble(self, name: Platform) -> str:
        shown = self.conductor.shown.get(f"dst_{name}")
        return shown.trouble if shown else ""

    def texts(self) -> set[str]:
        return {entry.line.text for entry in self.conductor.chats.lines("live")}

    async def begin(self) -> None:
        """Media flows to wherever the platforms said."""
        self.on_air.add("live")
        self.conductor.stir()
        await self.until(lambda: len(self.plan.ingests) == 2)
        await self.until(lambda: len(self.conductor.shown) == 2)
        self.youtube.server.arrives(self.plan.ingests["dst_youtube"].key)
        await self.kick.server.arrives(self.plan.ingests["dst_kick"].key)
        await self.until(lambda: self.state(Platform.YOUTUBE) is LIVE)
        await self.until(lambda: self.state(Platform.KICK) is LIVE)


@asynccontextmanager
async def room() -> AsyncIterator[Room]:
    async with youtube_street() as youtube, kick_street() as kick:

        async def take(asked: Asked) -> Answer:
            await kick.kick.webhooks.take(asked.headers, asked.body)
            return Answer(200)

        async with serving(Front(take)) as url:
            kick.server.webhook_url = url
            made = Room(youtube, kick)
            async with asyncio.TaskGroup() as tasks:
                running = tasks.create_task(made.conductor.run())
                yield made
                running.cancel()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TICK_S", 0.02)
    monkeypatch.setattr(attempts, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(paces, "BURST", 10_000)


async def test_live_at_both_one_chat_one_message_and_the_end() -> None:
    async with room() as here:
        await here.begin()
        broadcast = here.youtube.server.live()
        assert broadcast is not None
        assert (broadcast.snippet["title"], here.kick.server.title) == ("Tonight", "Tonight")
        await here.kick.server.subscribed.wait()
        here.youtube.server.says(broadcast.chat_id, "ann", "hello from YouTube")
        await here.kick.server.says("bob", "hello from Kick")
        await here.until(lambda: {"hello from YouTube", "hello from Kick"} <= here.texts())
        said = await here.conductor.say("live", "hello to both")
        assert said == {Platform.YOUTUBE: "", Platform.KICK: ""}
        assert [one["content"] for one in here.kick.server.said] == ["hello to both"]
        here.on_air.clear()
        here.conductor.stir()
        async with asyncio.timeout(30):
            while broadcast.life != "complete":
                await here.youtube.server.changes()


async def test_one_platforms_trouble_is_shown_and_touches_not_the_other() -> None:
    async with room() as here:
        await here.begin()
        here.youtube.server.google.revoke()
        await here.until(lambda: "Connect the account again" in here.trouble(Platform.YOUTUBE))
        assert here.state(Platform.YOUTUBE) is PlatformState.UNKNOWN
        assert here.state(Platform.KICK) is LIVE
        assert not here.trouble(Platform.KICK)


async def test_a_platform_that_is_down_is_unknown_and_comes_back_by_itself() -> None:
    async with room() as here:
        await here.begin()
        down = Fault(Answer(503), on="GET /public/v1/channels", times=-1)
        here.kick.server.front.faults.append(down)
        await here.until(lambda: "does not answer" in here.trouble(Platform.KICK))
        assert here.state(Platform.YOUTUBE) is LIVE
        down.times = 0
        await here.until(lambda: here.state(Platform.KICK) is LIVE)


async def test_quota_that_is_gone_is_said_and_the_other_stays_verified() -> None:
    async with room() as here:
        await here.begin()
        here.youtube.server.units_max = 0
        await here.until(lambda: "used up" in here.trouble(Platform.YOUTUBE))
        asked = len(here.youtube.server.front.asked)
        await here.until(lambda: here.state(Platform.KICK) is LIVE)
        assert len(here.youtube.server.front.asked) <= asked + 2
