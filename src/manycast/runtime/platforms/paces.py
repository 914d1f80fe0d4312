"""How fast and how much a platform may be asked."""

import asyncio
from collections.abc import Callable

from manycast.model.destinations import Platform
from manycast.platforms.failures import PlatformError, QuotaGoneError, RateLimitedError
from manycast.platforms.quota import day_of
from manycast.platforms.wire import Dialect
from manycast.runtime import clock
from manycast.runtime.platforms.vault import Vault
from manycast.std.bucket import Buckets


BURST = 20
"""Calls of one account that may go at once."""
ACCOUNTS_MAX = 1000
"""That are remembered; the one unused for longest is forgiven first."""
WAIT_S_MAX = 5.0
"""Who would have to wait for longer is told so instead."""


class Paces:
    """One account's calls never use up another's rate; quota is the app's, and kept in the books over a restart."""

    def __init__(self, vault: Vault, units_a_day: int, now_ms: Callable[[], int]) -> None:
        self._vault = vault
        self._now_ms = now_ms
        self._units_a_day = units_a_day
        self._buckets: dict[Platform, Buckets[str]] = {}
        self._held_ms: dict[tuple[Platform, str], int] = {}
        self._gone_ms: dict[Platform, int] = {}

    async def wait(self, dialect: Dialect, account_id: str, cost: int) -> None:
        """Comes back when the call may go. Raises RateLimitedError or QuotaGoneError."""
        while wait_s := self._wait_s(dialect, account_id, self._now_ms()):
            if wait_s > WAIT_S_MAX:
                raise RateLimitedError(dialect.platform, wait_s)
            await asyncio.sleep(wait_s)
        if dialect.counts_units:
            await self._spend(dialect.platform, cost, self._now_ms())

    def note(self, platform: Platform, account_id: str, error: PlatformError) -> None:
        """What a call ran into concerns those that follow it."""
        if isinstance(error, RateLimitedError):
            if len(self._held_ms) >= ACCOUNTS_MAX:
                self._held_ms.clear()
            until_ms = self._now_ms() + round(1000 * error.retry_after_s)
            self._held_ms[platform, account_id] = max(
                until_ms, self._held_ms.get((platform, account_id), 0)
            )
        elif isinstance(error, QuotaGoneError):
            self._gone_ms[platform] = error.until_ms

    def _wait_s(self, dialect: Dialect, account_id: str, now_ms: int) -> float:
        platform = dialect.platform
        held_s = (self._held_ms.get((platform, account_id), 0) - now_ms) / 1000
        if held_s > 0:
            return held_s
        buckets = self._buckets.get(platform)
        if buckets is None:
            buckets = Buckets(dialect.per_minute / 60, BURST, ACCOUNTS_MAX)
            self._buckets[platform] = buckets
        return buckets.take(account_id, clock.monotonic())

    async def _spend(self, platform: Platform, cost: int, now_ms: int) -> None:
        day = day_of(now_ms)
        gone_ms = self._gone_ms.get(platform, 0)
        if gone_ms > now_ms:
            raise QuotaGoneError(platform, gone_ms)
        spent = await asyncio.to_thread(self._vault.spent, platform, day.name)
        if spent + cost > self._units_a_day:
            raise QuotaGoneError(platform, day.ends_ms)
        await asyncio.to_thread(self._vault.spend, platform, day.name, cost)
