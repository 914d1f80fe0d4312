import asyncio

import pytest
from tests.runtime.platforms.vaults import MemoryVault

from manycast.model.destinations import Platform
from manycast.platforms.failures import QuotaGoneError, RateLimitedError
from manycast.platforms.quota import day_of
from manycast.platforms.values import App, Tokens
from manycast.platforms.wire import Call, Dialect, Request
from manycast.runtime.platforms.paces import BURST, Paces


NOON_MS = 1_767_225_600_000


def _renew(app: App, refresh: str) -> Call[Tokens]:
    raise NotImplementedError


def _sign(request: Request, app: App, access: str) -> Request:
    return request


def dialect(
    platform: Platform = Platform.YOUTUBE, per_minute: int = 6000, *, counts: bool = True
) -> Dialect:
    return Dialect(platform, _sign, _renew, per_minute, counts_units=counts)


class Clock:
    ms = NOON_MS

    def __call__(self) -> int:
        return self.ms


def made(units: int = 100) -> tuple[Paces, MemoryVault, Clock]:
    vault, clock = MemoryVault(), Clock()
    return Paces(vault, units, clock), vault, clock


async def test_units_are_counted_by_the_platforms_day_and_run_out() -> None:
    paces, vault, clock = made(100)
    await paces.wait(dialect(), "acc_1", 60)
    await paces.wait(dialect(), "acc_2", 40)
    with pytest.raises(QuotaGoneError) as caught:
        await paces.wait(dialect(), "acc_1", 1)
    day = day_of(clock.ms)
    assert caught.value.until_ms == day.ends_ms
    assert vault.units == {(Platform.YOUTUBE, day.name): 100}
    clock.ms = day.ends_ms
    await paces.wait(dialect(), "acc_1", 1)


async def test_a_restart_forgets_no_units() -> None:
    paces, vault, clock = made(100)
    await paces.wait(dialect(), "acc_1", 100)
    with pytest.raises(QuotaGoneError):
        await Paces(vault, 100, clock).wait(dialect(), "acc_1", 1)


async def test_a_platform_that_says_that_nothing_is_left_is_believed() -> None:
    paces, _, clock = made(1_000_000)
    paces.note(
        Platform.YOUTUBE, "acc_1", QuotaGoneError(Platform.YOUTUBE, until_ms=clock.ms + 5000)
    )
    with pytest.raises(QuotaGoneError):
        await paces.wait(dialect(), "acc_2", 1)
    clock.ms += 5000
    await paces.wait(dialect(), "acc_2", 1)


async def test_a_pause_is_one_accounts_alone() -> None:
    paces, _, clock = made()
    twitch = dialect(Platform.TWITCH, counts=False)
    paces.note(Platform.TWITCH, "acc_1", RateLimitedError(Platform.TWITCH, 60.0))
    with pytest.raises(RateLimitedError) as caught:
        await paces.wait(twitch, "acc_1", 1)
    assert caught.value.retry_after_s == 60
    await paces.wait(twitch, "acc_2", 1)
    clock.ms += 60_000
    await paces.wait(twitch, "acc_1", 1)


async def test_a_short_pause_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    paces, _, clock = made()
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.ms += round(1000 * seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    paces.note(Platform.TWITCH, "acc_1", RateLimitedError(Platform.TWITCH, 3.0))
    await paces.wait(dialect(Platform.TWITCH, counts=False), "acc_1", 1)
    assert slept == [3.0]


async def test_too_many_calls_at_once_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    paces, _, _ = made()
    slow = dialect(Platform.TWITCH, 1, counts=False)
    for _ in range(BURST):
        await paces.wait(slow, "acc_1", 1)
    with pytest.raises(RateLimitedError):
        await paces.wait(slow, "acc_1", 1)
