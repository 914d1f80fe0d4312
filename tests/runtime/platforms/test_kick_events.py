import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest
from bench.platforms.front import Answer, Asked, Fault, Front, serving
from tests.runtime.platforms.streets import KickStreet, kick_street

from manycast.platforms.failures import RefusedError, UnauthorizedError
from manycast.platforms.kick.webhooks import ForgedError
from manycast.platforms.values import ChatLine, ChatTrouble, Stirred
from manycast.runtime.platforms.kick_events import Waits


@asynccontextmanager
async def reached(**waits: float) -> AsyncIterator[KickStreet]:
    """Kick's webhooks come in as they do through the API."""
    async with kick_street() as street:
        street.presence.waits = Waits(**{"again": 0.05, **waits})

        async def take(asked: Asked) -> Answer:
            try:
                await street.kick.webhooks.take(asked.headers, asked.body)
            except ForgedError:
                return Answer(401)
            return Answer(200)

        async with serving(Front(take)) as url:
            street.server.webhook_url = f"{url}/api/v1/webhooks/kick"
            yield street


async def test_chat_and_changes_are_heard_as_they_come() -> None:
    async with reached() as street, aclosing(street.presence.listen()) as lines:
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(20):
            first = tasks.create_task(anext(lines))
            await street.server.subscribed.wait()
            await street.server.says(
                "ann", "hi [emote:37226:KEKW]", replies_to={"sender": {"username": "bob"}}
            )
        line = first.result()
        assert isinstance(line, ChatLine)
        assert (line.author, line.text, line.reply_to) == ("ann", "hi :KEKW:", "bob")
        assert (line.badges, line.colour) == (("moderator",), "#FF5733")
        async with asyncio.timeout(20):
            await street.server.arrives(street.server.key)
            assert isinstance(await anext(lines), Stirred)
        assert set(street.server.answers) == {200}


async def test_subscriptions_that_are_there_are_not_made_again() -> None:
    async with reached() as street:
        for _ in range(2):
            async with aclosing(street.presence.listen()) as lines, asyncio.TaskGroup() as tasks:
                first = tasks.create_task(anext(lines))
                await street.server.subscribed.wait()
                await street.server.says("ann", "hi")
                await first
        assert len(street.server.subscriptions) == 3


async def test_a_stream_that_is_shown_while_nothing_comes_is_trouble_until_something_does() -> None:
    async with reached(untold=0.05) as street, aclosing(street.presence.listen()) as lines:
        street.presence.live = True
        async with asyncio.timeout(20):
            trouble = await anext(lines)
            assert isinstance(trouble, ChatTrouble)
            assert "Settings → Platforms" in trouble.reason
            await street.server.says("ann", "hi")
            assert await anext(lines) == ChatTrouble(platform=trouble.platform, reason="")
            assert isinstance(await anext(lines), ChatLine)


async def test_a_passing_fault_is_told_and_mends_itself() -> None:
    async with reached() as street, aclosing(street.presence.listen()) as lines:
        down = Fault(Answer(503), on="GET /public/v1/events", times=4)
        street.server.front.faults.append(down)
        async with asyncio.timeout(30):
            trouble = await anext(lines)
            assert isinstance(trouble, ChatTrouble)
            assert "does not answer" in trouble.reason
            assert await anext(lines) == ChatTrouble(platform=trouble.platform, reason="")


async def test_what_a_person_must_mend_ends_it() -> None:
    async with reached() as street:
        unknown = Answer(value={"data": [{"name": "x", "version": 1, "error": "no such event"}]})
        street.server.front.faults.append(Fault(unknown, on="POST /public/v1/events"))
        async with aclosing(street.presence.listen()) as lines:
            with pytest.raises(RefusedError, match="no such event"):
                await anext(lines)
        street.server.revoke()
        async with aclosing(street.presence.listen()) as lines:
            with pytest.raises(UnauthorizedError):
                await anext(lines)
