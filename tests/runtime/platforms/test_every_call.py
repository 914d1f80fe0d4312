"""Every call of YouTube's and Kick's, and every way in which it goes wrong."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from bench.platforms.front import Answer, Asked, Fault, Front
from bench.platforms.youtube import error
from tests.runtime.platforms.streets import KickStreet, YouTubeStreet, kick_street, youtube_street
from tests.runtime.platforms.vaults import MemoryVault

from manycast.model.destinations import AccountState, Platform
from manycast.platforms.failures import (
    AwayError,
    ForbiddenError,
    MalformedError,
    MissingError,
    NoAppError,
    PlatformError,
    QuotaGoneError,
    RateLimitedError,
    UnauthorizedError,
)
from manycast.platforms.values import Listing
from manycast.runtime.platforms import attempts, paces
from manycast.runtime.platforms.youtube import YouTubePresence


LISTING = Listing(title="New", tags=("one",))
Ask = Callable[[], Awaitable[object]]
Street = YouTubeStreet | KickStreet


@dataclass(frozen=True)
class Row:
    on: str
    """``METHOD /path`` of the call that goes wrong."""
    ask: Callable[[Any], Awaitable[object]]
    fresh: bool = False
    """Nothing is made at YouTube yet."""


YOUTUBE = [
    Row("GET /youtube/v3/channels", lambda it: it.account()),
    Row("GET /youtube/v3/liveStreams", lambda it: it.ingest(), fresh=True),
    Row("POST /youtube/v3/liveStreams", lambda it: it.ingest(), fresh=True),
    Row("GET /youtube/v3/liveBroadcasts", lambda it: it.go_live(LISTING), fresh=True),
    Row("POST /youtube/v3/liveBroadcasts", lambda it: it.go_live(LISTING), fresh=True),
    Row("POST /youtube/v3/liveBroadcasts/bind", lambda it: it.go_live(LISTING), fresh=True),
    Row("GET /youtube/v3/videos", lambda it: it.look()),
    Row("PUT /youtube/v3/videos", lambda it: it.set_listing(LISTING)),
    Row("GET /youtube/v3/videoCategories", lambda it: it.categories("g")),
    Row("POST /youtube/v3/liveChat/messages", lambda it: it.say("Hello")),
    Row("POST /youtube/v3/liveBroadcasts/transition", lambda it: it.end()),
]
KICK = [
    Row("GET /public/v1/channels", lambda it: it.look()),
    Row("PATCH /public/v1/channels", lambda it: it.set_listing(LISTING)),
    Row("GET /public/v2/categories", lambda it: it.categories("chat")),
    Row("POST /public/v1/chat", lambda it: it.say("Hello")),
    Row("GET /public/v1/events/subscriptions", lambda it: it.end()),
]
MALFORMED = [
    b"",
    b"<html>",
    b"null",
    b"[]",
    b'"text"',
    b'{"items": [null]}',
    b'{"items": [{}]}',
    b'{"data": [{}]}',
    b'{"data": 7}',
    b"[" * 100_000,
    b"\xff\xfe",
]


@dataclass
class Place:
    """One platform, and what is asked of it in turn."""

    rows: list[Row]
    street: Street

    @property
    def front(self) -> Front:
        return self.street.server.front

    @property
    def vault(self) -> MemoryVault:
        return self.street.vault

    def asked(self, row: Row) -> int:
        return sum(row.on == f"{one.method} {one.path}" for one in self.front.asked)

    async def each(self) -> AsyncIterator[tuple[Row, Ask]]:
        for row in self.rows:
            self.front.faults.clear()
            presence = await self._presence(row)
            self.front.asked.clear()
            yield row, lambda row=row, presence=presence: row.ask(presence)

    async def _presence(self, row: Row) -> Any:
        if isinstance(self.street, KickStreet):
            return self.street.presence
        server, youtube = self.street.server, self.street.youtube
        server.streams.clear()
        server.broadcasts.clear()
        youtube.forget("acc_1")
        presence = youtube.presence("acc_1", "UC1")
        if not row.fresh:
            await on_air(self.street, presence)
        return presence


async def on_air(street: YouTubeStreet, presence: YouTubePresence) -> None:
    ingest = await presence.ingest()
    await presence.go_live(Listing(title="T"))
    street.server.arrives(ingest.key)


@asynccontextmanager
async def place(name: str, **settings: Any) -> AsyncIterator[Place]:
    if name == "youtube":
        async with youtube_street(**{"call_ms": 2000, **settings}) as youtube:
            yield Place(YOUTUBE, youtube)
    else:
        async with kick_street(**{"call_ms": 2000, **settings}) as kick:
            yield Place(KICK, kick)


EVERYWHERE = pytest.mark.parametrize("name", ["youtube", "kick"])


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(paces, "BURST", 10_000)


def exactly(row: Row, **fault: Any) -> Fault:
    """For this call alone: other paths begin with it too."""
    return _Exactly(on=row.on, **fault)


class _Exactly(Fault):
    def meets(self, asked: Asked) -> bool:
        return self.times != 0 and self.on == f"{asked.method} {asked.path}"


@EVERYWHERE
async def test_401_is_answered_with_new_tokens_and_asked_again(name: str) -> None:
    async with place(name) as here:
        async for row, ask in here.each():
            before = here.vault.leaves["acc_1"].tokens.access
            here.front.faults.append(exactly(row, answer=Answer(401)))
            await ask()
            assert here.asked(row) >= 2, row.on
            assert here.vault.leaves["acc_1"].tokens.access != before
        assert here.vault.leaves["acc_1"].state is AccountState.CONNECTED


@EVERYWHERE
async def test_a_leave_that_was_taken_back_is_told_and_not_asked_for_again(name: str) -> None:
    async with place(name) as here:
        async for row, ask in here.each():
            (
                here.street.server.google
                if isinstance(here.street, YouTubeStreet)
                else here.street.server
            ).revoke()
            with pytest.raises(UnauthorizedError):
                await ask()
            assert here.vault.leaves["acc_1"].state is AccountState.REVOKED
            asked = len(here.front.asked)
            with pytest.raises(UnauthorizedError):
                await ask()
            assert len(here.front.asked) == asked, row.on
            break


@EVERYWHERE
@pytest.mark.parametrize(("status", "kind"), [(403, ForbiddenError), (404, MissingError)])
async def test_what_is_refused_is_not_asked_again(
    name: str, status: int, kind: type[PlatformError]
) -> None:
    async with place(name) as here:
        async for row, ask in here.each():
            here.front.faults.append(exactly(row, answer=error(status, "forbidden"), times=-1))
            if row.on.endswith("/transition") and status == 403:
                await ask()  # somebody was quicker, or it ends by itself
            else:
                with pytest.raises(kind):
                    await ask()
            assert here.asked(row) == 1, row.on


@EVERYWHERE
async def test_429_waits_as_told_and_asks_again(name: str) -> None:
    async with place(name) as here:
        async for row, ask in here.each():
            slower = Answer(429, headers={"retry-after": "0"})
            here.front.faults.append(exactly(row, answer=slower, times=2))
            await ask()
            assert here.asked(row) >= 3, row.on


@EVERYWHERE
async def test_429_with_a_long_pause_is_said_at_once(name: str) -> None:
    async with place(name) as here:
        async for row, ask in here.each():
            here.front.faults.append(
                exactly(row, answer=Answer(429, headers={"retry-after": "90"}))
            )
            with pytest.raises(RateLimitedError):
                await ask()
            with pytest.raises(RateLimitedError):
                await ask()
            assert here.asked(row) == 1, row.on
            break


@EVERYWHERE
@pytest.mark.parametrize("fault", [{"answer": Answer(503)}, {"cut": True}], ids=["5xx", "cut"])
async def test_a_passing_fault_is_asked_again_where_that_does_no_harm(
    name: str, fault: dict[str, Any]
) -> None:
    async with place(name) as here:
        async for row, ask in here.each():
            here.front.faults.append(exactly(row, **fault))
            harmless = row.on.split()[0] in {"GET", "PUT", "PATCH"}
            if harmless:
                await ask()
            else:
                with pytest.raises(AwayError):
                    await ask()
            assert (here.asked(row) > 1) is harmless, row.on


@EVERYWHERE
async def test_a_fault_without_end_is_given_up(name: str) -> None:
    async with place(name, attempts_max=3) as here:
        async for row, ask in here.each():
            here.front.faults.append(exactly(row, answer=Answer(500), times=-1))
            with pytest.raises(AwayError):
                await ask()
            assert here.asked(row) <= 3, row.on


@EVERYWHERE
async def test_a_malformed_reply_is_said_to_be_one(name: str) -> None:
    async with place(name) as here:
        async for row, ask in here.each():
            if row.on.startswith("PATCH") or "liveChat" in row.on:
                continue  # nothing of the answer is read
            for body in MALFORMED:
                if name == "kick" and body == b"":
                    continue  # some of its answers are
                here.front.faults[:] = [exactly(row, answer=Answer(raw=body), times=-1)]
                with pytest.raises(MalformedError):
                    await ask()


@EVERYWHERE
async def test_no_answer_is_not_waited_for_without_end(name: str) -> None:
    async with place(name, call_ms=150, attempts_max=1) as here:
        async for row, ask in here.each():
            here.front.faults.append(exactly(row, after_s=5, times=-1))
            with pytest.raises(AwayError):
                await ask()
            break


async def test_quota_that_is_gone_is_said_by_every_call() -> None:
    async with place("youtube") as here:
        async for row, ask in here.each():
            here.front.faults.append(exactly(row, answer=error(403, "quotaExceeded"), times=-1))
            with pytest.raises(QuotaGoneError):
                await ask()
            assert here.asked(row) == 1, row.on
            break


@EVERYWHERE
async def test_without_an_app_an_administrator_is_named(name: str) -> None:
    async with place(name) as here:
        async for row, ask in here.each():
            del here.vault.apps[Platform(name)]
            with pytest.raises(NoAppError):
                await ask()
            assert not here.asked(row)
            break


@EVERYWHERE
async def test_no_secret_is_in_any_log_or_failure(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    async with place(name, attempts_max=1) as here:
        for answer in (Answer(401), Answer(403), Answer(500), Answer(raw=b"<html>")):
            async for row, ask in here.each():
                here.front.faults.append(exactly(row, answer=answer))
                try:
                    await ask()
                except PlatformError as failure:
                    said += [str(failure), repr(failure), repr(failure.__context__)]
        leave, app = here.vault.leaves["acc_1"], here.vault.apps[Platform(name)]
        secrets = {leave.tokens.access, leave.tokens.refresh, app.secret}
        secrets |= {one.access for one in here.vault.kept}
        shown = "\n".join([*said, caplog.text, repr(here.vault.leaves)])
    assert said
    assert not [secret for secret in secrets if secret in shown]
