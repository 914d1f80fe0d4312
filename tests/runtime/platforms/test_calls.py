"""What holds for every platform; ``test_twitch`` and its like ask each call of each."""

import asyncio
import logging
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from bench.platforms.front import Answer, Asked, Fault, Front, serving
from tests.runtime.platforms.twitch_street import TRUST, street
from tests.runtime.platforms.vaults import MemoryVault, leave

from manycast.model.destinations import AccountState, Platform
from manycast.platforms.failures import (
    AwayError,
    MalformedError,
    PlatformError,
    QuotaGoneError,
    RefusedError,
    UnauthorizedError,
)
from manycast.platforms.values import App, Tokens
from manycast.platforms.wire import Call, Dialect, Reply, Request
from manycast.runtime.platforms import attempts, calls as module
from manycast.runtime.platforms.calls import Calls
from manycast.runtime.platforms.vault import GoneError
from manycast.settings.platforms import PlatformsSettings


YOUTUBE = Platform.YOUTUBE


class Somewhere:
    """A platform with one resource; its tokens are ``t<number>``, and the last one alone is good."""

    def __init__(self) -> None:
        self.front = Front(self._answer)
        self.number = 0
        self.renewing, self.renews = asyncio.Event(), asyncio.Event()
        self.renews.set()
        self.vault = MemoryVault()
        self.vault.leaves["acc_1"] = leave(platform=YOUTUBE, tokens=Tokens(access="t0", refresh="r0"))  # fmt: skip

    async def _answer(self, asked: Asked) -> Answer:
        if asked.path == "/renew":
            self.renewing.set()
            await self.renews.wait()
            self.number += 1
            return Answer(value={"access": f"t{self.number}"})
        return Answer(200 if asked.bearer == f"t{self.number}" else 401, {"asked": asked.path})

    def dialect(self) -> Dialect:
        return Dialect(YOUTUBE, _sign, self._renew, 6000, counts_units=True)

    def _renew(self, app: App, refresh: str) -> Call[Tokens]:
        form = {"refresh": refresh, "secret": app.secret}
        request = Request(method="POST", url=f"{self.front.url}/renew", form=form, signed=False)
        return Call(request, lambda reply: Tokens(access=reply.json()["access"]), _fault)

    def call(self, path: str = "/thing", **fields: object) -> Call[str]:
        request = Request(method="GET", url=f"{self.front.url}{path}", **fields)  # type: ignore[arg-type]  # fields
        return Call(request, lambda reply: str(reply.json()["asked"]), _fault)


def _sign(request: Request, app: App, access: str) -> Request:
    return Request(
        method=request.method,
        url=request.url,
        headers={"Authorization": f"Bearer {access}"},
        cost=request.cost,
        repeatable=request.repeatable,
    )


def _fault(reply: Reply, now_ms: int) -> PlatformError:
    kinds = {400: RefusedError, 401: UnauthorizedError}
    return kinds.get(reply.status, AwayError)(YOUTUBE)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_WAIT_S", 0.01)


@asynccontextmanager
async def open_calls(there: Somewhere, **settings: int) -> AsyncIterator[Calls]:
    dice = random.Random(1)  # noqa: S311  a test's own
    chosen = PlatformsSettings(**settings)  # type: ignore[arg-type]  # by name
    async with Calls(there.vault, chosen, dice=dice, trust=TRUST) as calls:
        calls.speak(there.dialect())
        yield calls


@pytest.fixture
async def there() -> AsyncIterator[Somewhere]:
    made = Somewhere()
    async with asyncio.timeout(30), serving(made.front):
        yield made


async def test_one_renewal_serves_all_calls_that_were_refused_together(there: Somewhere) -> None:
    there.number = 5
    async with open_calls(there) as calls, asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(calls.ask("acc_1", there.call(f"/{n}"))) for n in range(10)]
    assert [task.result() for task in asking] == [f"/{n}" for n in range(10)]
    assert there.number == 6
    kept = there.vault.leaves["acc_1"].tokens
    assert (kept.access, kept.refresh) == ("t6", "r0"), "an old refresh token stays where none came"


async def test_a_platform_that_refuses_new_tokens_too_is_asked_twice_in_all(
    there: Somewhere,
) -> None:
    there.front.faults.append(Fault(Answer(401), on="/thing", times=-1))
    async with open_calls(there) as calls:
        for _ in range(3):
            with pytest.raises(UnauthorizedError):
                await calls.ask("acc_1", there.call())
    assert [one.path for one in there.front.asked] == ["/thing", "/renew", "/thing"]
    assert there.vault.leaves["acc_1"].state is not AccountState.CONNECTED


async def test_an_account_that_is_not_there_is_gone(there: Somewhere) -> None:
    async with open_calls(there) as calls:
        with pytest.raises(GoneError):
            await calls.ask("acc_none", there.call())


async def test_units_are_spent_by_each_attempt_and_over_restarts(there: Somewhere) -> None:
    there.front.faults.append(Fault(Answer(503), on="/thing", times=1))
    async with open_calls(there, youtube_quota=250) as calls:
        await calls.ask("acc_1", there.call(cost=100))
    async with open_calls(there, youtube_quota=250) as calls:
        with pytest.raises(QuotaGoneError) as caught:
            await calls.ask("acc_1", there.call(cost=100))
        assert "when the day there is over" in str(caught.value)
        await calls.ask("acc_1", there.call(cost=50))


async def test_a_reply_without_end_is_cut(
    there: Somewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REPLY_BYTES_MAX", 1000)
    there.front.faults.append(Fault(Answer(200, raw=b" " * 100_000), on="/thing"))
    async with open_calls(there) as calls:
        with pytest.raises(MalformedError):
            await calls.ask("acc_1", there.call())


async def test_a_reply_that_drips_is_not_waited_for(there: Somewhere) -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    there.front.faults.append(Fault(Answer(200, pushed=drip()), on="/thing"))
    async with open_calls(there, call_ms=200, attempts_max=1) as calls:
        with pytest.raises(AwayError):
            await calls.ask("acc_1", there.call())


async def test_a_server_that_is_not_there_was_not_asked(there: Somewhere) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    there.front.url = f"http://127.0.0.1:{port}"
    async with open_calls(there, attempts_max=2) as calls:
        with pytest.raises(AwayError) as caught:
            await calls.ask("acc_1", there.call())
    assert not caught.value.asked
    assert str(port) not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("url", ["", "nowhere", "ftp://there/x", "http://[", "http://a b/"])
async def test_an_address_that_is_none_is_a_server_that_does_not_answer(
    there: Somewhere, url: str
) -> None:
    async with open_calls(there, attempts_max=1) as calls:
        call = Call(Request(method="GET", url=url), lambda _: None, _fault)
        with pytest.raises(AwayError):
            await calls.ask("acc_1", call)


async def test_what_is_under_way_at_the_end_is_brought_to_it(there: Somewhere) -> None:
    """Of a renewal whoever asked is gone, and new tokens are in the books when the role has ended."""
    there.number = 5
    there.renews.clear()
    async with open_calls(there) as calls, asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(calls.ask("acc_1", there.call()))
        await there.renewing.wait()
        asking.cancel()
        there.renews.set()
    assert there.vault.leaves["acc_1"].tokens.access == "t6"


async def test_no_secret_is_logged_even_in_full_detail(
    there: Somewhere, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    there.number = 5
    async with open_calls(there) as calls:
        await calls.ask("acc_1", there.call())
    assert not [word for word in ("t6", "r0", "our-app-secret") if word in caplog.text.split()]
    assert "our-app-secret" not in caplog.text


async def test_platforms_go_their_own_way() -> None:
    """One that never answers keeps nobody from another."""
    async with street(call_ms=5000) as here, asyncio.timeout(30):
        there = Somewhere()
        there.vault = here.vault
        here.vault.leaves["acc_2"] = leave("acc_2", platform=YOUTUBE, tokens=Tokens(access="t0"))
        async with serving(there.front), asyncio.TaskGroup() as tasks:
            here.calls.speak(there.dialect())
            there.front.faults.append(Fault(on="/", after_s=60, times=-1))
            stuck = [tasks.create_task(here.calls.ask("acc_2", there.call())) for _ in range(5)]
            for _ in range(5):
                await here.presence.look()
            for task in stuck:
                task.cancel()
