import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from tests.runtime.platforms.presences import MemoryPlatform, MemoryPresence
from tests.runtime.platforms.twitch_street import street
from tests.runtime.platforms.vaults import MemoryPlan, wanted

from manycast.model.destinations import Platform, PlatformState
from manycast.platforms.failures import AwayError, RefusedError, UnauthorizedError
from manycast.platforms.values import ChatLine, Listing, OnAir
from manycast.runtime.platforms import conductor as module
from manycast.runtime.platforms.chats import ChatChange
from manycast.runtime.platforms.conductor import Conductor
from manycast.runtime.platforms.plan import Connection
from manycast.runtime.platforms.platform import Platform as Driver
from manycast.settings.platforms import PlatformsSettings


TWITCH, KICK, YOUTUBE = Platform.TWITCH, Platform.KICK, Platform.YOUTUBE
LIVE = OnAir(state=PlatformState.LIVE)
GUARD_S = 30


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TICK_S", 0.01)


@dataclass
class Room:
    platforms: dict[Platform, Driver]
    plan: MemoryPlan = field(default_factory=MemoryPlan)
    on_air: set[str] = field(default_factory=set)
    look_ms: int = 20
    ended: bool = True

    def __post_init__(self) -> None:
        settings = PlatformsSettings(look_ms=self.look_ms)
        self.conductor = Conductor(
            self.plan,
            self.platforms,
            lambda: self.on_air,
            settings,
            lambda: 1,
            self._has_ended,
        )
        self.conductor.changed = lambda _wanted, _shown: self.changed.set()
        self.conductor.chats.told = self._told
        self.changed = asyncio.Event()
        self.missed = asyncio.Event()
        self.said: list[ChatChange] = []

    def _has_ended(self, _: str) -> bool:
        self.missed.set()
        return self.ended

    def _told(self, change: ChatChange) -> None:
        self.said.append(change)
        self.changed.set()

    async def until(self, so: Callable[[], object]) -> None:
        while not so():
            self.changed.clear()
            await self.changed.wait()

    def state(self, destination_id: str) -> PlatformState | None:
        shown = self.conductor.shown.get(destination_id)
        return shown.on_air.state if shown else None


@pytest.fixture
async def kick() -> MemoryPlatform:
    return MemoryPlatform(KICK)


@pytest.fixture
async def twitch() -> MemoryPlatform:
    return MemoryPlatform(TWITCH)


@pytest.fixture
async def room(twitch: MemoryPlatform, kick: MemoryPlatform) -> AsyncIterator[Room]:
    made = Room({TWITCH: twitch, KICK: kick})
    async with asyncio.timeout(GUARD_S):
        yield made


@asynccontextmanager
async def conducting(room: Room) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(room.conductor.run())
        yield
        task.cancel()


def of(platform: MemoryPlatform, account_id: str = "acc_1") -> MemoryPresence:
    return platform.presence(account_id, "")


async def test_only_what_is_on_the_air_is_looked_after(room: Room, twitch: MemoryPlatform) -> None:
    room.plan.everything = [wanted()]
    async with conducting(room):
        assert of(twitch).done == []
        room.on_air.add("live")
        await of(twitch).until("look")
        room.on_air.clear()
        await of(twitch).until("end")
    assert room.conductor.shown == {}


async def test_a_stream_that_nobody_hears_of_any_more_is_not_ended_there(
    room: Room, twitch: MemoryPlatform
) -> None:
    """Its origin was started again, or is out of reach while it goes on sending."""
    room.plan.everything = [wanted()]
    room.on_air.add("live")
    room.ended = False
    async with conducting(room):
        await room.until(lambda: room.conductor.shown)
        room.on_air.clear()
        await room.missed.wait()
        room.on_air.add("live")
        await of(twitch).until("go_live", 2)
        assert "end" not in of(twitch).done
        room.plan.everything.clear()
        await of(twitch).until("end")


async def test_one_that_is_switched_off_is_ended_alone(room: Room, twitch: MemoryPlatform) -> None:
    room.plan.everything = [wanted(), wanted("dst_2", account_id="acc_2")]
    room.on_air.add("live")
    async with conducting(room):
        await of(twitch).until("look")
        await of(twitch, "acc_2").until("look")
        room.plan.everything.pop(0)
        await of(twitch).until("end")
        await of(twitch, "acc_2").until("look", of(twitch, "acc_2").done.count("look") + 1)
    assert "end" not in of(twitch, "acc_2").done


async def test_another_account_is_another_presence(room: Room, twitch: MemoryPlatform) -> None:
    room.plan.everything = [wanted()]
    room.on_air.add("live")
    async with conducting(room):
        await of(twitch).until("look")
        room.plan.everything = [wanted(account_id="acc_2")]
        await of(twitch).until("end")
        await of(twitch, "acc_2").until("look")


@pytest.mark.parametrize(
    "error", [AwayError(KICK), UnauthorizedError(KICK), ZeroDivisionError("a fault of ours")]
)
async def test_one_platforms_trouble_touches_no_other(
    room: Room, twitch: MemoryPlatform, kick: MemoryPlatform, error: Exception
) -> None:
    of(twitch).on_air = LIVE
    of(kick, "acc_2").errors = {"look": error, "listen": error}
    room.plan.everything = [wanted(), wanted("dst_2", platform=KICK, account_id="acc_2")]
    room.on_air.add("live")
    async with conducting(room):
        await room.until(lambda: room.state("dst_2") is PlatformState.UNKNOWN)
        assert room.conductor.shown["dst_2"].trouble
        await room.until(lambda: room.state("dst_1") is PlatformState.LIVE)
        room.conductor.look_again("dst_1")
        await of(twitch).until("look", 2)
        await of(twitch).heard.put(_line("still heard"))
        await room.until(lambda: [c for c in room.said if c.entry])


async def test_the_books_away_stop_nobody_at_work(room: Room, twitch: MemoryPlatform) -> None:
    room.plan.everything = [wanted()]
    room.on_air.add("live")
    async with conducting(room):
        await of(twitch).until("look")
        room.plan.away = True
        await of(twitch).until("look", of(twitch).done.count("look") + 2)
        assert "end" not in of(twitch).done


async def test_a_platform_that_is_not_spoken_with_is_passed_by(
    room: Room, twitch: MemoryPlatform
) -> None:
    room.plan.everything = [wanted("dst_2", platform=YOUTUBE), wanted()]
    room.plan.connections = [
        Connection(account_id="acc_2", platform=YOUTUBE, external_id="2"),
        Connection(account_id="acc_1", platform=TWITCH, external_id="1"),
    ]
    room.on_air.add("live")
    async with conducting(room):
        await of(twitch).until("look")
        await of(twitch).until("check")


async def test_every_account_is_checked_now_and_then(
    room: Room, twitch: MemoryPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECK_S", 0.01)
    room.plan.connections = [
        Connection(account_id=name, platform=TWITCH, external_id="1") for name in ("acc_1", "acc_2")
    ]
    of(twitch).errors["check"] = UnauthorizedError(TWITCH)
    async with conducting(room):
        await of(twitch, "acc_2").until("check", 2)


async def test_an_account_that_makes_us_fail_ends_nothing_else(
    room: Room, twitch: MemoryPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECK_S", 0.01)
    room.plan.connections = [
        Connection(account_id=name, platform=TWITCH, external_id="1") for name in ("acc_1", "acc_2")
    ]
    of(twitch).errors["check"] = UnicodeError("a token that no header holds")
    async with conducting(room):
        await of(twitch, "acc_2").until("check", 2)


async def test_something_is_said_on_all_platforms_or_some(
    room: Room, twitch: MemoryPlatform, kick: MemoryPlatform
) -> None:
    room.plan.everything = [wanted(), wanted("dst_2", platform=KICK, account_id="acc_2")]
    room.on_air.add("live")
    of(kick, "acc_2").errors["say Hello"] = RefusedError(KICK, "Slow mode.")
    async with conducting(room):
        await of(twitch).until("look")
        await of(kick, "acc_2").until("look")
        said = await room.conductor.say("live", "Hello")
        assert said == {TWITCH: "", KICK: "Kick refused it. It says: Slow mode."}
        assert await room.conductor.say("live", "Hi", frozenset({TWITCH})) == {TWITCH: ""}
        assert await room.conductor.say("other", "Hello") == {}
    assert "say Hi" not in of(kick, "acc_2").done


async def test_a_stop_of_the_role_ends_no_broadcast(room: Room, twitch: MemoryPlatform) -> None:
    room.plan.everything = [wanted()]
    room.on_air.add("live")
    async with conducting(room):
        await of(twitch).until("look")
    assert "end" not in of(twitch).done


async def test_a_session_on_twitch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole of it, with the real calls and Twitch's stand-in."""
    async with asyncio.timeout(GUARD_S), street() as here:
        title = Listing(title="Hello", tags=("python",))
        room = Room({TWITCH: here.twitch}, look_ms=100)
        room.plan.everything = [wanted(external_id=here.there.user_id, listing=title)]
        room.on_air.add("live")
        async with conducting(room):
            await room.until(lambda: room.state("dst_1") is PlatformState.NOT_LIVE)
            assert (here.there.title, here.there.tags) == ("Hello", ["python"])
            assert room.plan.ingests["dst_1"].key == here.there.key
            await here.there.events.until_subscribed()
            here.there.viewers = 12
            await here.there.arrives(here.there.key)
            await room.until(lambda: room.state("dst_1") is PlatformState.LIVE)
            assert room.conductor.shown["dst_1"].on_air.viewers == 12
            await here.there.says("Ada", "Hello from Twitch")
            await room.until(lambda: room.conductor.chats.lines("live"))
            assert await room.conductor.say("live", "Hello Ada") == {TWITCH: ""}
            assert here.there.said == ["Hello Ada"]
            await here.there.revoke()
            await room.until(lambda: room.state("dst_1") is PlatformState.UNKNOWN)
            assert "Connect the account again" in room.conductor.shown["dst_1"].trouble


def _line(text: str) -> ChatLine:
    return ChatLine(platform=TWITCH, id="1", author_id="7", author="Ada", text=text, at_ms=1)
