import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from bench.platforms.front import Answer, Fault
from bench.platforms.youtube import error
from tests.runtime.platforms.streets import YouTubeStreet, youtube_street

from manycast.model.destinations import AccountState
from manycast.platforms.failures import UnauthorizedError
from manycast.platforms.values import ChatLine, ChatTrouble, Heard, Listing


PUSH = "GET /liveChat/messages/stream"


class Listener:
    """Hears the chat of whatever is on the air."""

    def __init__(self, street: YouTubeStreet, lines: Any) -> None:
        self.street = street
        self._lines = lines

    def says(self, text: str) -> None:
        broadcast = self.street.server.live()
        assert broadcast is not None
        self.street.server.says(broadcast.chat_id, "ann", text)

    async def hears(self) -> str | ChatTrouble:
        async with asyncio.timeout(30):
            heard: Heard = await anext(self._lines)
        if isinstance(heard, ChatLine):
            return heard.text
        assert isinstance(heard, ChatTrouble)
        return heard

    async def is_troubled(self, by: str) -> None:
        trouble = await self.hears()
        assert isinstance(trouble, ChatTrouble)
        assert by in trouble.reason

    async def is_well(self) -> None:
        trouble = await self.hears()
        assert isinstance(trouble, ChatTrouble)
        assert not trouble.reason

    @property
    def connections(self) -> int:
        return sum(one.path.endswith("/stream") for one in self.street.server.front.asked)


@asynccontextmanager
async def listening(*faults: Fault, **settings: Any) -> AsyncIterator[Listener]:
    async with youtube_street(**settings) as street:
        ingest = await street.presence.ingest()
        await street.presence.go_live(Listing(title="T"))
        street.server.arrives(ingest.key)
        street.server.front.faults += faults
        async with aclosing(street.presence.listen()) as lines:
            yield Listener(street, lines)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(Answer(503), on=PUSH),
        Fault(on=PUSH, cut=True),
        Fault(error(429, ""), on=PUSH),
        Fault(Answer(raw=b'[{"error": {"code": 503, "message": "busy"}}'), on=PUSH),
    ],
    ids=["5xx", "cut", "too fast", "broken off"],
)
async def test_a_passing_fault_is_told_and_nothing_is_missed(fault: Fault) -> None:
    # The pause after a 429 is the platform's, and as short as it can be here.
    if fault.answer.status == 429:
        fault.answer = Answer(429, headers={"retry-after": "0"})
    async with listening(fault) as one:
        one.says("first")
        trouble = await one.hears()
        assert isinstance(trouble, ChatTrouble)
        await one.is_well()
        assert await one.hears() == "first"
        one.says("second")
        assert await one.hears() == "second"


async def test_a_connection_that_youtube_closes_goes_on_where_it_was() -> None:
    page = b'[{"items": [], "nextPageToken": "1"}]'
    async with listening() as one:
        one.says("first")
        assert await one.hears() == "first"
    async with listening(Fault(Answer(raw=page), on=PUSH, times=2)) as one:
        one.says("before the token")
        one.says("after it")
        assert await one.hears() == "after it"
        assert one.connections == 3


async def test_what_cannot_be_read_is_listed_instead() -> None:
    async with listening(Fault(Answer(raw=b"<html>"), on=PUSH, times=-1)) as one:
        one.says("first")
        assert await one.hears() == "first"
        one.says("second")
        assert await one.hears() == "second"
        assert one.connections == 1


async def test_quota_that_is_gone_is_told_and_nothing_more_is_asked() -> None:
    async with listening() as one:
        one.street.server.units_max = 0
        await one.is_troubled("used up")
        asked = len(one.street.server.front.asked)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await one.hears()
        assert len(one.street.server.front.asked) == asked


async def test_a_token_that_ran_out_is_renewed() -> None:
    async with listening() as one:
        one.street.server.google.expire()
        one.says("first")
        assert await one.hears() == "first"


async def test_what_a_person_must_mend_ends_it() -> None:
    async with listening() as one:
        one.street.server.google.revoke()
        with pytest.raises(UnauthorizedError):
            await one.hears()
        assert one.street.vault.leaves["acc_1"].state is AccountState.REVOKED


async def test_a_chat_that_is_switched_off_is_told_and_rarely_asked_for() -> None:
    async with listening(Fault(error(403, "liveChatDisabled"), on=PUSH)) as one:
        await one.is_troubled("switched off")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await one.hears()
        assert one.connections == 1


async def test_the_next_broadcast_has_a_chat_of_its_own() -> None:
    async with listening() as one:
        one.says("first")
        assert await one.hears() == "first"
        await one.street.presence.end()
        await one.street.presence.go_live(Listing(title="T"))
        one.says("second")
        assert await one.hears() == "second"
