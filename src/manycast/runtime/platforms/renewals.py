"""New tokens for old: one renewal at a time for each account, shared by all who need it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from manycast.model.destinations import AccountState
from manycast.platforms.failures import PlatformError, UnauthorizedError
from manycast.platforms.values import Tokens
from manycast.runtime.platforms.vault import GoneError, Leave, Vault
from manycast.runtime.store.database import UnavailableError


log = logging.getLogger("manycast.platforms")

SOON_MS = 60_000
"""Tokens that end within this are renewed before they are used: a call with them may take a while."""


KEEP_ATTEMPTS, KEEP_S = 60, 2.0
"""To write new tokens down: two minutes, which a restart of a database takes at most."""


class Renewals:
    """Renewals belong to ``tasks`` and go on when whoever asked for one goes away: most platforms
    take a refresh token once, and what they answer is the only leave from then on."""

    def __init__(
        self,
        vault: Vault,
        renew: Callable[[Leave], Awaitable[Tokens]],
        now_ms: Callable[[], int],
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._vault = vault
        self._renew = renew
        self._now_ms = now_ms
        self._tasks = tasks
        self._under_way: dict[str, asyncio.Task[Leave | Exception]] = {}

    async def leave(self, account_id: str) -> Leave:
        """As it is in the books, renewed if it ends soon. Raises PlatformError, or GoneError."""
        leave = await self._known(account_id)
        ends_ms = leave.tokens.expires_ms
        if not ends_ms or ends_ms - self._now_ms() > SOON_MS:
            return leave
        try:
            return await self.renewed(leave)
        except UnauthorizedError:
            raise
        except PlatformError:
            if ends_ms <= self._now_ms():
                raise
            return leave

    async def renewed(self, refused: Leave) -> Leave:
        """In place of one that was refused, or ends. Raises PlatformError, or GoneError."""
        task = self._under_way.get(refused.account_id)
        if task is None:
            leave = await self._known(refused.account_id)
            if leave.tokens.access != refused.tokens.access:
                return leave  # somebody else was quicker
            task = self._under_way.get(refused.account_id) or self._begin(leave)
        outcome = await asyncio.shield(task)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def over(self, leave: Leave, error: UnauthorizedError) -> None:
        """A person has to connect the account again."""
        # What was refused before its time was taken back.
        early = leave.tokens.expires_ms > self._now_ms()
        state = AccountState.REVOKED if early else AccountState.EXPIRED
        await asyncio.to_thread(self._vault.tell, leave.account_id, state, str(error))

    async def _known(self, account_id: str) -> Leave:
        leave = await asyncio.to_thread(self._vault.leave, account_id)
        if leave.state is not AccountState.CONNECTED:
            raise UnauthorizedError(leave.platform)
        return leave

    def _begin(self, leave: Leave) -> asyncio.Task[Leave | Exception]:
        task = self._tasks.create_task(self._replace(leave))
        self._under_way[leave.account_id] = task
        return task

    async def _replace(self, leave: Leave) -> Leave | Exception:
        """Failures belong to those who wait, not to the group that all renewals are in."""
        try:
            tokens = await self._renew(leave)
            await self._keep(leave.account_id, tokens)
            return await self._known(leave.account_id)
        except UnauthorizedError as error:
            with suppress(UnavailableError):  # the next call hears the same and tells it then
                await self.over(leave, error)
            return error
        except (PlatformError, GoneError, UnavailableError) as error:
            return error
        except Exception as error:
            log.exception("the tokens of %s could not be renewed", leave.account_id)
            return error
        finally:
            del self._under_way[leave.account_id]

    async def _keep(self, account_id: str, tokens: Tokens) -> None:
        """However long the database is away, within reason: the old tokens may be good no more."""
        for _ in range(KEEP_ATTEMPTS):
            try:
                return await asyncio.to_thread(self._vault.keep, account_id, tokens)
            except UnavailableError:
                await asyncio.sleep(KEEP_S)
        log.error("new tokens of %s could not be kept: it must be connected again", account_id)
        raise UnavailableError("the database did not take new tokens")
