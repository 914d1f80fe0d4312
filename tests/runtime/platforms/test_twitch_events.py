import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import pytest
from bench.platforms.front import Answer, Fault
from tests.runtime.platforms.twitch_street import Street, street

from manycast.model.destinations import AccountState
from manycast.platforms.failures import ForbiddenError, UnauthorizedError
from manycast.platforms.twitch import faults
from manycast.platforms.values import ChatLine, ChatRemoved, ChatTrouble, Heard, Stirred
from manycast.runtime.platforms import attempts, twitch_events as module
from manycast.runtime.platforms.twitch import TwitchPresence


GUARD_S = 30
MALFORMED = [
    "",
    "no json",
    "[]",
    '{"metadata": null, "payload": null}',
    '{"metadata": {"message_type": "session_welcome"}, "payload": {}}',
    '{"metadata": {"message_type": "something_new"}, "payload": {}}',
    "[" * 100_000,
    json.dumps(
        {
            "metadata": {
                "message_type": "notification",
                "message_timestamp": "yesterday",
                "subscription_type": "channel.chat.message",
            },
            "payload": {"event": {}},
        }
    ),
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(module, "FIRST_S", 0.01)
    monkeypatch.setattr(module, "CLOSE_S", 0.2)


@pytest.fixture
async def here() -> AsyncIterator[Street]:
    async with asyncio.timeout(GUARD_S), street() as made:
        yield made


class Ear:
    """Hears in a task of its own, so that a test may do things meanwhile."""

    def __init__(self, presence: TwitchPresence) -> None:
        self.presence = presence
        self.heard: list[Heard] = []
        self.error: Exception | None = None
        self._changed = asyncio.Event()

    async def listen(self) -> None:
        try:
            async with aclosing(self.presence.listen()) as everything:
                async for one in everything:
                    self.heard.append(one)
                    self._changed.set()
        except Exception as error:  # noqa: BLE001  the test looks at it
            self.error = error
            self._changed.set()

    async def until(self, so: Callable[[], object]) -> None:
        while not so():
            self._changed.clear()
            await self._changed.wait()

    async def until_text(self, text: str) -> ChatLine:
        await self.until(lambda: text in [one.text for one in self.lines])
        return next(one for one in self.lines if one.text == text)

    @property
    def lines(self) -> list[ChatLine]:
        return [one for one in self.heard if isinstance(one, ChatLine)]

    @property
    def troubles(self) -> list[str]:
        return [one.reason for one in self.heard if isinstance(one, ChatTrouble)]


@asynccontextmanager
async def listening(here: Street) -> AsyncIterator[Ear]:
    ear = Ear(here.presence)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(ear.listen())
        await here.there.events.until_subscribed()
        yield ear
        task.cancel()


async def test_chat_is_heard(here: Street) -> None:
    async with listening(here) as ear:
        await here.there.says("Ada", "Hello", reply={"parent_user_name": "Bob"}, cheer={"bits": 7})
        line = await ear.until_text("Hello")
    assert (line.author, line.badges, line.colour) == ("Ada", ("moderator",), "#00FF7F")
    assert (line.reply_to, line.paid) == ("Bob", "7 bits")
    assert ear.troubles == [""]


async def test_what_moderators_take_away_is_heard(here: Street) -> None:
    async with listening(here) as ear:
        await here.there.moderate("channel.chat.message_delete", message_id="m1")
        await here.there.moderate("channel.chat.clear_user_messages", target_user_id="u1")
        await here.there.moderate("channel.chat.clear")
        await ear.until(lambda: len(ear.heard) == 4)
    gone = [(one.line_id, one.author_id) for one in ear.heard if isinstance(one, ChatRemoved)]
    assert gone == [("m1", ""), ("", "u1"), ("", "")]


async def test_going_live_and_ending_are_heard(here: Street) -> None:
    async with listening(here) as ear:
        await here.there.arrives(here.there.key)
        await ear.until(lambda: ear.presence.online is True)
        await here.there.leaves(here.there.key)
        await ear.until(lambda: ear.presence.online is False)
    assert sum(isinstance(one, Stirred) for one in ear.heard) == 2


async def test_a_lost_connection_is_said_and_made_again(here: Street) -> None:
    async with listening(here) as ear:
        await here.there.arrives(here.there.key)
        await ear.until(lambda: ear.presence.online)
        await here.there.events.lose()
        await ear.until(lambda: ear.troubles == ["", module.LOST, ""])
        assert ear.presence.online is None
        await here.there.events.until_subscribed()
        await here.there.says("Ada", "again")
        await ear.until_text("again")


async def test_a_server_that_refuses_is_asked_again(here: Street) -> None:
    here.there.events.refuses = True
    ear = Ear(here.presence)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(ear.listen())
        await ear.until(lambda: len(ear.troubles) >= 2)
        here.there.events.refuses = False
        await ear.until(lambda: "" in ear.troubles)
        task.cancel()


async def test_silence_beyond_what_was_promised_is_a_lost_connection(here: Street) -> None:
    here.there.events.keepalive_s = 0.2
    async with listening(here) as ear:
        here.there.events.silent = True
        await ear.until(lambda: module.LOST in ear.troubles)
        here.there.events.silent = False
        await ear.until(lambda: ear.troubles[-1] == "")


async def test_keepalives_keep_a_quiet_connection(here: Street) -> None:
    here.there.events.keepalive_s = 0.1
    async with listening(here) as ear:
        await here.there.events.until_kept_alive(4)
        assert ear.troubles == [""]


async def test_a_move_loses_and_repeats_nothing(here: Street) -> None:
    events = here.there.events
    async with listening(here) as ear:
        await events.move()
        # The old connection goes on until the new one is welcomed; the new one has the subscriptions.
        for number in range(50):
            await here.there.says("Ada", f"line {number}")
        await ear.until(lambda: len(ear.lines) == 50)
        assert events.connections == 2
        assert here.asked("/eventsub/subscriptions") == 6, "nothing is subscribed to anew"
        await here.there.says("Ada", "after")
        await ear.until_text("after")
    assert ear.troubles == [""]
    assert events.closes == []


async def test_nothing_but_pongs_is_ever_sent(here: Street) -> None:
    async with listening(here) as ear:
        session = next(iter(here.there.events.sessions.values()))
        await (await session.socket.ping())
        await here.there.says("Ada", "still here")
        await ear.until_text("still here")
    assert here.there.events.closes == []


async def test_a_malformed_message_is_left_out(here: Street) -> None:
    async with listening(here) as ear:
        for text in MALFORMED:
            await here.there.events.send(text)
        await here.there.says("Ada", "next")
        await ear.until_text("next")
    assert ear.troubles == [""]


async def test_an_event_that_lacks_a_field_is_left_out(here: Street) -> None:
    async with listening(here) as ear:
        await here.there.says("Ada", "bad", message=None)
        await here.there.says("Ada", "good")
        await ear.until_text("good")
    assert [one.text for one in ear.lines] == ["good"]


async def test_a_message_that_is_too_large_costs_the_connection_alone(here: Street) -> None:
    async with listening(here) as ear:
        await here.there.says("Ada", "x" * 2 * module.MESSAGE_BYTES_MAX)
        await ear.until(lambda: ear.troubles == ["", module.LOST, ""])


async def test_a_leave_that_is_taken_back_ends_it(here: Street) -> None:
    async with listening(here) as ear:
        await here.there.revoke()
        await ear.until(lambda: ear.error)
    assert isinstance(ear.error, UnauthorizedError)
    assert here.vault.leaves["acc_1"].state is AccountState.REVOKED


async def test_a_subscription_that_is_revoked_alone_is_said(here: Street) -> None:
    async with listening(here) as ear:
        await here.there.events.revoke("version_removed")
        await ear.until(lambda: ear.error)
    assert "version removed" in str(ear.error)
    assert here.vault.leaves["acc_1"].state is AccountState.CONNECTED


async def test_chat_without_its_permission_is_forbidden(here: Street) -> None:
    here.connect(("channel:manage:broadcast",))
    ear = Ear(here.presence)
    await ear.listen()
    assert isinstance(ear.error, ForbiddenError)


async def test_a_subscription_that_was_made_already_is_made(here: Street) -> None:
    lost = Fault(Answer(503), on="/eventsub/subscriptions", done=True)
    here.there.front.faults.append(lost)
    async with listening(here) as ear:
        await here.there.says("Ada", "Hello")
        await ear.until_text("Hello")


async def test_a_subscription_that_is_refused_with_401_is_made_with_new_tokens(
    here: Street,
) -> None:
    here.there.expire()
    async with listening(here) as ear:
        await here.there.says("Ada", "Hello")
        await ear.until_text("Hello")
    assert here.asked("/oauth2/token") == 1
    assert ear.troubles == [""]


async def test_a_subscription_that_was_asked_for_too_often_is_made_a_little_later(
    here: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "PAUSE_S_MIN", 0.01)
    here.fail(429, "/eventsub/subscriptions", times=2, headers={"ratelimit-reset": "1"})
    async with listening(here) as ear:
        await ear.until(lambda: ear.troubles == [""])


async def test_a_subscription_that_is_slow_is_said_and_tried_again() -> None:
    async with asyncio.timeout(GUARD_S), street(call_ms=100, attempts_max=1) as here:
        slow = Fault(on="/eventsub/subscriptions", after_s=60)
        here.there.front.faults.append(slow)
        async with listening(here) as ear:
            await ear.until(lambda: "" in ear.troubles)
        assert "does not answer" in ear.troubles[0]


async def test_a_platform_that_does_not_answer_is_said_and_asked_again(here: Street) -> None:
    here.fail(503, "/eventsub/subscriptions", times=here.settings.attempts_max)
    async with listening(here) as ear:
        await ear.until(lambda: "" in ear.troubles)
    assert "does not answer" in ear.troubles[0]
