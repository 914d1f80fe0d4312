import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
from tests.runtime.platforms.vaults import MemoryVault, leave

from manycast.model.destinations import AccountState, Platform
from manycast.platforms.failures import AwayError, PlatformError, UnauthorizedError
from manycast.platforms.values import Tokens
from manycast.runtime.platforms import renewals as module
from manycast.runtime.platforms.renewals import SOON_MS, Renewals
from manycast.runtime.platforms.vault import GoneError, Leave
from manycast.runtime.store.database import UnavailableError


@dataclass
class Bureau:
    """Renews one leave at a time, when ``open``, and each refresh token once."""

    vault: MemoryVault = field(default_factory=MemoryVault)
    now_ms: int = 1_000_000
    error: PlatformError | None = None
    asked: list[str] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def renew(self, leave: Leave) -> Tokens:
        assert leave.tokens.refresh not in self.asked, "a refresh token is good once"
        self.asked.append(leave.tokens.refresh)
        self.begun.set()
        await self.open.wait()
        if self.error:
            raise self.error
        count = len(self.asked)
        return Tokens(
            access=f"access-{count}", refresh=f"refresh-{count}", expires_ms=self.now_ms + 10**7
        )

    def expires(self, in_ms: int) -> None:
        known = self.vault.leaves["acc_1"]
        tokens = replace(known.tokens, expires_ms=self.now_ms + in_ms)
        self.vault.leaves["acc_1"] = replace(known, tokens=tokens)

    @property
    def known(self) -> Leave:
        return self.vault.leaves["acc_1"]


@pytest.fixture
async def bureau() -> Bureau:
    made = Bureau()
    made.open.set()
    return made


@pytest.fixture
async def tasks() -> AsyncIterator[asyncio.TaskGroup]:
    async with asyncio.TaskGroup() as group:
        yield group


@pytest.fixture
def renewals(bureau: Bureau, tasks: asyncio.TaskGroup) -> Renewals:
    return Renewals(bureau.vault, bureau.renew, lambda: bureau.now_ms, tasks)


async def test_one_renewal_is_shared_by_all_who_were_refused(
    bureau: Bureau, renewals: Renewals
) -> None:
    bureau.open.clear()
    refused = bureau.known
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(renewals.renewed(refused)) for _ in range(10)]
        await bureau.begun.wait()
        bureau.open.set()
    assert {task.result().tokens.access for task in waiting} == {"access-1"}
    assert len(bureau.asked) == 1


async def test_who_comes_late_takes_what_is_there(bureau: Bureau, renewals: Renewals) -> None:
    refused = bureau.known
    await renewals.renewed(refused)
    assert (await renewals.renewed(refused)).tokens.access == "access-1"
    assert len(bureau.asked) == 1


async def test_a_renewal_outlives_whoever_asked_for_it(bureau: Bureau, renewals: Renewals) -> None:
    bureau.open.clear()
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(renewals.renewed(bureau.known))
        await bureau.begun.wait()
        asking.cancel()
    assert asking.cancelled()
    bureau.open.set()
    again = await renewals.renewed(bureau.known)
    assert again.tokens.access == "access-1"
    assert bureau.known.tokens.refresh == "refresh-1", "it is in the books"


async def test_what_ends_soon_is_renewed_before_it_is_used(
    bureau: Bureau, renewals: Renewals
) -> None:
    bureau.expires(SOON_MS + 1)
    assert (await renewals.leave("acc_1")).tokens.access == "first-access"
    bureau.expires(SOON_MS)
    assert (await renewals.leave("acc_1")).tokens.access == "access-1"


async def test_what_cannot_be_renewed_is_used_while_it_is_good(
    bureau: Bureau, renewals: Renewals
) -> None:
    bureau.error = AwayError(Platform.TWITCH)
    bureau.expires(1)
    assert (await renewals.leave("acc_1")).tokens.access == "first-access"
    bureau.asked.clear()
    bureau.expires(0)
    with pytest.raises(AwayError):
        await renewals.leave("acc_1")
    assert bureau.known.state is AccountState.CONNECTED


@pytest.mark.parametrize(
    ("left_ms", "state"), [(5, AccountState.REVOKED), (-5, AccountState.EXPIRED)]
)
async def test_a_refusal_is_for_a_person_to_mend_and_is_not_asked_again(
    bureau: Bureau, renewals: Renewals, left_ms: int, state: AccountState
) -> None:
    bureau.error = UnauthorizedError(Platform.TWITCH)
    bureau.expires(left_ms)
    for _ in range(3):
        with pytest.raises(UnauthorizedError):
            await renewals.leave("acc_1")
    assert len(bureau.asked) == 1
    assert bureau.known.state is state
    assert "Connect the account again" in bureau.vault.troubles["acc_1"]


async def test_an_account_that_is_connected_again_is_used_again(
    bureau: Bureau, renewals: Renewals
) -> None:
    bureau.error = UnauthorizedError(Platform.TWITCH)
    with pytest.raises(UnauthorizedError):
        await renewals.renewed(bureau.known)
    bureau.vault.leaves["acc_1"] = leave(tokens=Tokens(access="new", refresh="new"))
    assert (await renewals.leave("acc_1")).tokens.access == "new"


async def test_an_account_that_goes_meanwhile_is_gone(bureau: Bureau, renewals: Renewals) -> None:
    bureau.open.clear()
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(_gone(renewals, bureau.known))
        await bureau.begun.wait()
        bureau.vault.leaves.clear()
        bureau.open.set()
    assert asking.result()


class Away(MemoryVault):
    """A database that does not answer the first times."""

    failures = 2

    def keep(self, account_id: str, tokens: Tokens) -> None:
        self.failures -= 1
        if self.failures >= 0:
            raise UnavailableError
        super().keep(account_id, tokens)


async def test_new_tokens_are_written_down_when_the_database_is_back(
    tasks: asyncio.TaskGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEEP_S", 0.0)
    bureau = Bureau(Away())
    bureau.open.set()
    renewals = Renewals(bureau.vault, bureau.renew, lambda: bureau.now_ms, tasks)
    await renewals.renewed(bureau.known)
    assert bureau.known.tokens.refresh == "refresh-1"


async def test_a_fault_of_ours_is_the_askers_and_ends_nothing_else(
    bureau: Bureau, renewals: Renewals
) -> None:
    async def broken(leave: Leave) -> Tokens:
        raise ZeroDivisionError

    renewals._renew = broken
    with pytest.raises(ZeroDivisionError):
        await renewals.renewed(bureau.known)
    renewals._renew = bureau.renew
    assert await renewals.renewed(bureau.known)


async def _gone(renewals: Renewals, refused: Leave) -> bool:
    with pytest.raises(GoneError):
        await renewals.renewed(refused)
    return True
