"""One form for title, category and tags on all platforms."""

from typing import Annotated

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from manycast.api.access import By, may
from manycast.api.channel_views import find_channel
from manycast.api.context import Context, Here
from manycast.api.platform_views import listing_view as view
from manycast.api.problems import refusals
from manycast.api.versions import IfMatch, tag
from manycast.control.permissions import Action, Principal
from manycast.model.destinations import Platform
from manycast.platforms.values import Listing as ToTell
from manycast.runtime.platforms.desk import Told
from manycast.runtime.store import platforms
from manycast.runtime.store.tables.destinations import Listing as Row, PlatformAccount
from manycast.schema.channels import ChannelName
from manycast.schema.listing import AppliedListing, Listing, NewListing, Taken


router = APIRouter(prefix="/channels/{channel}/listing", tags=["destinations"])
Reader = Annotated[Principal, may(Action.DESTINATIONS_READ)]
Writer = Annotated[Principal, may(Action.DESTINATIONS_WRITE)]
Wishes = list[tuple[PlatformAccount, ToTell]]


@router.get("", operation_id="read_listing", responses=refusals(404))
def read_listing(channel: ChannelName, here: Here, who: Reader, response: Response) -> Listing:
    with here.store.read() as db:
        owner = find_channel(db, channel, who, Action.DESTINATIONS_READ)
        shown = view(db.get(Row, owner.id))
    tag(response, shown.version)
    return shown


@router.put("", operation_id="set_listing", responses=refusals(404, 412, 428))
async def set_listing(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    channel: ChannelName,
    wanted: NewListing,
    here: Here,
    by: By,
    who: Writer,
    if_match: IfMatch,
    response: Response,
) -> AppliedListing:
    """Tell every connected account's platform at once, and again when the stream begins; the reply says how each took it."""
    kept, wishes = await run_in_threadpool(_keep, here, by, channel, wanted, who, if_match)
    told = await here.platforms.apply(
        {
            account.id: (Platform(account.platform), account.external_id, listing)
            for account, listing in wishes
        }
    )
    here.platforms.conductor.stir()
    here.hub.touch("listings", channel=channel)
    tag(response, kept.version)
    return AppliedListing(
        listing=kept, taken=[_taken(account, told[account.id]) for account, _ in wishes]
    )


def _keep(
    here: Context, by: By, channel: str, wanted: NewListing, who: Principal, if_match: IfMatch
) -> tuple[Listing, Wishes]:
    detail = wanted.model_dump(mode="json")
    with here.store.change(by, "listing.change", channel, detail) as db:
        owner = find_channel(db, channel, who, Action.DESTINATIONS_WRITE)
        row = db.get(Row, owner.id)
        if_match.check(row.version if row else 0)
        if row is None:
            row = Row(channel_id=owner.id)
            db.add(row)
        row.title, row.description, row.tags = wanted.title, wanted.description, wanted.tags
        row.platforms = wanted.platforms.model_dump(mode="json")
        row.changed_ms = here.now_ms()
        db.flush()
        wishes = [
            (account, platforms.told(row, Platform(account.platform), owner))
            for account in platforms.of_channel(db, owner.id)
        ]
        return view(row), wishes


def _taken(account: PlatformAccount, told: Told) -> Taken:
    return Taken.model_validate(
        {
            "account_id": account.id,
            "platform": Platform(account.platform),
            "name": account.name,
            "ok": told.ok,
            "text": told.text,
        }
    )
