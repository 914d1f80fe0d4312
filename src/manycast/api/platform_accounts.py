"""The accounts with which a channel goes live on the platforms."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool

from manycast.api.access import By, may
from manycast.api.channel_views import find_channel
from manycast.api.context import Context, Here
from manycast.api.platform_problems import STATUSES
from manycast.api.platform_views import account_view
from manycast.api.problems import Problem, missing, refusals
from manycast.control.permissions import Action, Principal
from manycast.model.destinations import AccountState, Platform
from manycast.platforms.failures import PlatformError
from manycast.runtime.platforms.vault import GoneError
from manycast.runtime.store import platforms
from manycast.runtime.store.tables.destinations import PlatformAccount as Row
from manycast.schema.channels import ChannelName
from manycast.schema.platforms import (
    AccountPlatform,
    Categories,
    Category,
    PlatformAccounts,
)
from manycast.schema.values import Id, Line


router = APIRouter(prefix="/channels/{channel}", tags=["destinations"])
Reader = Annotated[Principal, may(Action.DESTINATIONS_READ)]
Writer = Annotated[Principal, may(Action.DESTINATIONS_WRITE)]


@router.get("/accounts", operation_id="list_platform_accounts", responses=refusals(404))
def list_platform_accounts(channel: ChannelName, here: Here, who: Reader) -> PlatformAccounts:
    """The oldest first; they are few, so this is always the whole list."""
    with here.store.read() as db:
        owner = find_channel(db, channel, who, Action.DESTINATIONS_READ)
        rows = platforms.of_channel(db, owner.id)
    return PlatformAccounts(items=[account_view(row) for row in rows])


@router.delete(
    "/accounts/{account_id}",
    operation_id="disconnect_platform_account",
    status_code=204,
    responses=refusals(404),
)
async def disconnect_platform_account(
    channel: ChannelName, account_id: Id, here: Here, by: By, who: Writer
) -> None:
    """The leave is given back to the platform as far as that can be done; destinations stay, without the account."""
    row = await run_in_threadpool(_find, here, channel, account_id, who)
    try:
        presence = here.platforms.presence(Platform(row.platform), row.id, row.external_id)
        await presence.disconnect()
    except (PlatformError, GoneError):
        pass  # it is forgotten here all the same
    await run_in_threadpool(_forget, here, by, channel, row)
    here.platforms.conductor.stir()


@router.get("/categories", operation_id="find_categories", responses=refusals(*STATUSES))
async def find_categories(
    channel: ChannelName,
    platform: Annotated[AccountPlatform, Query()],
    here: Here,
    who: Reader,
    q: Annotated[Line, Query(description="What the name holds.")] = "",
) -> Categories:
    """A platform's own, asked for in the name of a connected account."""
    row = await run_in_threadpool(_of_platform, here, channel, platform, who)
    found = await here.platforms.presence(platform, row.id, row.external_id).categories(q)
    return Categories(
        items=[Category(id=one.id, name=one.name, picture=one.picture) for one in found]
    )


def _find(here: Context, channel: str, account_id: str, who: Principal) -> Row:
    with here.store.read() as db:
        owner = find_channel(db, channel, who, Action.DESTINATIONS_WRITE)
        row = db.get(Row, account_id)
        if row is None or row.channel_id != owner.id:
            raise missing("account")
        return row


def _of_platform(here: Context, channel: str, platform: Platform, who: Principal) -> Row:
    with here.store.read() as db:
        owner = find_channel(db, channel, who, Action.DESTINATIONS_READ)
        rows = [one for one in platforms.of_channel(db, owner.id) if one.platform == platform]
    if not rows:
        raise Problem(409, "no-account", "Connect an account of this platform first.")
    return next((one for one in rows if one.state == AccountState.CONNECTED), rows[0])


def _forget(here: Context, by: By, channel: str, row: Row) -> None:
    detail = {"account": row.id, "platform": row.platform, "name": row.name}
    with here.store.change(by, "platform_account.disconnect", channel, detail) as db:
        found = db.get(Row, row.id)
        if found is not None:
            db.delete(found)
    here.hub.touch("accounts", row.id, channel)
    here.hub.touch("destinations", channel=channel)
