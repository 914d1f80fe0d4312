import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from tests.runtime.platforms.presences import MemoryPresence
from tests.runtime.platforms.vaults import MemoryPlan, wanted

from manycast.model.destinations import Platform, PlatformState
from manycast.platforms.failures import (
    AwayError,
    PlatformError,
    QuotaGoneError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
)
from manycast.platforms.values import ChatLine, Ingest, Listing, OnAir, Stirred
from manycast.runtime.platforms import attendant as module
from manycast.runtime.platforms.attendant import SURE, Attendant, Shown, Surroundings
from manycast.runtime.platforms.chats import Chats
from manycast.runtime.platforms.plan import Wanted
from manycast.runtime.platforms.vault import GoneError
from manycast.runtime.store.database import UnavailableError
from manycast.settings.platforms import PlatformsSettings


TWITCH = Platform.TWITCH
LIVE = OnAir(state=PlatformState.LIVE, viewers=3)
LOOK_MS = 20
GUARD_S = 30


@dataclass
class Room:
    presence: MemoryPresence = field(default_factory=MemoryPresence)
    plan: MemoryPlan = field(default_factory=MemoryPlan)
    chats: Chats = field(default_factory=lambda: Chats(10))
    shown: list[Shown] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, _: Wanted, shown: Shown) -> None:
        self.shown.append(shown)
        self.changed.set()

    def attendant(self, look_ms: int = LOOK_MS) -> Attendant:
        settings = PlatformsSettings(look_ms=look_ms)
        around = Surroundings(self.plan, self.chats, settings, lambda: 1000, self.show)
        return Attendant(wanted(listing=Listing(title="Hello")), self.presence, around)

    async def until(self, state: PlatformState, trouble: str = "") -> None:
        while not any(
            one.on_air.state is state and trouble in one.trouble for one in self.shown[-1:]
        ):
            self.changed.clear()
            await self.changed.wait()


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with asyncio.timeout(GUARD_S):
        yield Room()


@asynccontextmanager
async def at_work(attendant: Attendant) -> AsyncIterator[asyncio.Task[None]]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(attendant.run())
        yield task
        attendant.leave()


async def test_it_prepares_once_and_looks_until_the_stream_is_shown(room: Room) -> None:
    async with at_work(room.attendant()):
        await room.presence.until("look", 3)
        await room.until(PlatformState.NOT_LIVE)
        room.presence.on_air = LIVE
        await room.until(PlatformState.LIVE)
    assert room.shown[-1] == Shown(on_air=LIVE, checked_ms=1000)
    done = room.presence.done
    assert (done.count("ingest"), done.count("go_live Hello"), done.count("end")) == (1, 1, 1)
    assert room.plan.ingests == {"dst_1": Ingest(url="rtmps://there/app", key="key")}


async def test_a_new_listing_is_told(room: Room) -> None:
    attendant = room.attendant()
    async with at_work(attendant):
        await room.presence.until("go_live Hello")
        attendant.wanted = replace(attendant.wanted, listing=Listing(title="New"))
        await room.presence.until("go_live New")


@pytest.mark.parametrize("error", [AwayError(TWITCH), UnauthorizedError(TWITCH), GoneError()])
async def test_what_nobody_could_ask_is_unknown_and_never_live(
    room: Room, error: Exception
) -> None:
    room.presence.on_air = LIVE
    attendant = room.attendant()
    async with at_work(attendant):
        await room.until(PlatformState.LIVE)
        room.presence.errors["look"] = error
        attendant.stir()
        await room.until(PlatformState.UNKNOWN)
        assert room.shown[-1].trouble
        room.presence.errors.clear()
        attendant.stir()
        await room.until(PlatformState.LIVE)


async def test_a_refused_title_hides_nothing(room: Room) -> None:
    room.presence.on_air = LIVE
    room.presence.errors["go_live Hello"] = RefusedError(TWITCH, "That word is not allowed.")
    attendant = room.attendant()
    async with at_work(attendant):
        await room.until(PlatformState.LIVE, "That word is not allowed.")
        attendant.stir()
        await room.presence.until("look", 2)
        assert room.presence.done.count("go_live Hello") == 1, "nobody insists on what is refused"
        attendant.wanted = replace(attendant.wanted, listing=Listing(title="Better"))
        attendant.stir()
        await room.presence.until("go_live Better")
        await room.presence.until_so(lambda: not room.shown[-1].trouble)


@pytest.mark.parametrize("what", ["ingest", "go_live Hello"])
async def test_what_could_not_be_prepared_is_tried_again(room: Room, what: str) -> None:
    room.presence.errors[what] = AwayError(TWITCH)
    async with at_work(room.attendant()):
        await room.until(PlatformState.NOT_LIVE, "does not answer")
        room.presence.errors.clear()
        await room.presence.until_so(lambda: not room.shown[-1].trouble)
    assert room.presence.done.count("go_live Hello") >= 1


async def test_a_database_that_is_away_changes_nothing(room: Room) -> None:
    room.presence.errors["look"] = UnavailableError("locked")
    async with at_work(room.attendant()):
        await room.presence.until("look", 3)
        assert room.shown == []
        room.presence.errors.clear()
        await room.until(PlatformState.NOT_LIVE)


async def test_something_that_stirs_there_is_looked_at_at_once(room: Room) -> None:
    async with at_work(room.attendant(look_ms=60_000)):
        await room.until(PlatformState.NOT_LIVE)
        room.presence.on_air = LIVE
        await room.presence.heard.put(Stirred(platform=TWITCH))
        await room.until(PlatformState.LIVE)


async def test_chat_is_heard_beside_it(room: Room) -> None:
    line = ChatLine(platform=TWITCH, id="1", author_id="7", author="Ada", text="Hi", at_ms=1)
    told = asyncio.Event()
    room.chats.told = lambda _: told.set()
    async with at_work(room.attendant()):
        await room.presence.heard.put(line)
        await told.wait()
    assert [entry.line for entry in room.chats.lines("live")] == [line]


@pytest.mark.parametrize("error", [UnauthorizedError(TWITCH), GoneError(), UnavailableError("x")])
async def test_a_chat_that_cannot_be_had_is_said_and_asked_for_again(
    room: Room, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LISTEN_AGAIN_S", 0.01)
    room.presence.errors["listen"] = error
    async with at_work(room.attendant()):
        await room.presence.until("listen", 2)
        assert room.chats.troubles("live")
        room.presence.errors.clear()
        await room.until(PlatformState.NOT_LIVE)


async def test_the_end_is_told_once_and_a_deaf_platform_holds_nobody_up(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.presence.errors["end"] = AwayError(TWITCH)
    async with at_work(room.attendant()) as task:
        await room.presence.until("look")
    assert task.done()
    assert room.presence.done.count("end") == 1


async def test_one_that_is_cancelled_ends_no_broadcast(room: Room) -> None:
    async with at_work(room.attendant()) as task:
        await room.presence.until("look")
        task.cancel()
    assert "end" not in room.presence.done


@pytest.mark.parametrize(
    ("error", "wait_s"),
    [
        (AwayError(TWITCH), SURE),
        (RateLimitedError(TWITCH, 1.0), SURE),
        (RateLimitedError(TWITCH, 99.0), 99.0),
        (QuotaGoneError(TWITCH, until_ms=61_000), 60.0),
    ],
)
async def test_a_pause_that_a_platform_wants_is_kept(
    room: Room, error: PlatformError, wait_s: float
) -> None:
    room.presence.errors["look"] = error
    assert await room.attendant(look_ms=1000)._look() == wait_s


async def test_looks_are_rare_once_the_stream_is_shown(room: Room) -> None:
    attendant = room.attendant(look_ms=1000)
    assert await attendant._look() == 1.0
    room.presence.on_air = LIVE
    assert await attendant._look() == SURE
