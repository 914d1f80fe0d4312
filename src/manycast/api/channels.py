"""Channels: making, changing and removing them."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from manycast.api.access import By, may
from manycast.api.addresses import addresses_of
from manycast.api.channel_views import channel_view as view, find_channel as find, key_view
from manycast.api.context import Here
from manycast.api.idempotency import OnlyOnce
from manycast.api.paging import Paging, page
from manycast.api.problems import Problem, refusals
from manycast.api.site import site_default
from manycast.api.versions import IfMatch, tag
from manycast.api.whip import TakesWhip
from manycast.control.permissions import Action, Principal, reach
from manycast.runtime.importing import forget_keys
from manycast.runtime.store import channels, site, stream_keys
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.paging import read_slice
from manycast.runtime.store.tables.channels import Channel as Row
from manycast.schema.channels import (
    Addresses,
    Channel,
    ChannelChange,
    ChannelName,
    MadeChannel,
    MadeStreamKey,
    NewChannel,
)
from manycast.schema.values import FieldProblem, Page


CHANNELS_MAX = 1000
"""Every origin holds them all; a thousand are some 300 KB."""
FIRST_KEY = "first"
"""The name of the key that a channel is made with."""

router = APIRouter(tags=["channels"])
Reader = Annotated[Principal, may(Action.CHANNELS_READ)]
Writer = Annotated[Principal, may(Action.CHANNELS_WRITE)]
Keeper = Annotated[Principal, may(Action.CHANNELS_MANAGE)]


@router.get("/channels", operation_id="list_channels")
def list_channels(here: Here, who: Reader, wanted: Paging) -> Page[Channel]:
    """By name, those that the caller works with."""
    query = channels.among(reach(who))
    with here.store.read() as db:
        return page(read_slice(db, query, (Row.name,), wanted), view)


@router.post("/channels", operation_id="create_channel", status_code=201, responses=refusals(409))
def create_channel(
    wanted: NewChannel, here: Here, by: By, who: Keeper, once: OnlyOnce, response: Response
) -> MadeChannel:
    """With a first stream key, which only this reply holds."""
    del who
    row = _new(wanted, here.now_ms())
    try:
        with here.store.change(by, "channel.create", row.id, {"name": row.name}) as db:
            once.look(db)
            _room_for_one_more(db)
            if wanted.recording is None:
                row.recording = site.read(db, site_default(here))[0].record_new_channels
            db.add(row)
            db.flush()
            key, secret = stream_keys.issue(db, row.id, FIRST_KEY, here.now_ms())
            made = MadeChannel(
                channel=view(row), key=MadeStreamKey(key=key_view(key), secret=secret)
            )
            once.keep(db, made, version=row.version)
    except IntegrityError as error:
        raise _taken() from error
    here.hub.touch("channels", row.id, row.name)
    tag(response, row.version)
    return made


@router.get("/channels/{channel}", operation_id="read_channel", responses=refusals(404))
def read_channel(channel: ChannelName, here: Here, who: Reader, response: Response) -> Channel:
    with here.store.read() as db:
        row = find(db, channel, who, Action.CHANNELS_READ)
    tag(response, row.version)
    return view(row)


@router.patch(
    "/channels/{channel}", operation_id="change_channel", responses=refusals(404, 412, 428)
)
def change_channel(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    channel: ChannelName,
    wanted: ChannelChange,
    here: Here,
    by: By,
    who: Writer,
    if_match: IfMatch,
    response: Response,
) -> Channel:
    changes = wanted.model_dump(exclude_none=True)
    with here.store.change(by, "channel.change", channel, changes) as db:
        row = find(db, channel, who, Action.CHANNELS_WRITE)
        if_match.check(row.version)
        for name, value in changes.items():
            setattr(row, name, value)
    here.hub.touch("channels", row.id, row.name)
    tag(response, row.version)
    return view(row)


@router.delete(
    "/channels/{channel}",
    operation_id="delete_channel",
    status_code=204,
    responses=refusals(404, 412, 428),
)
def delete_channel(
    channel: ChannelName, here: Here, by: By, who: Keeper, if_match: IfMatch
) -> None:
    """Its keys stop working and what is on the air ends; broadcasts and recordings stay in the books."""
    with here.store.change(by, "channel.delete", channel) as db:
        row = find(db, channel, who, Action.CHANNELS_READ)
        if_match.check(row.version)
        forget_keys(here.directory, channels.key_digests(db, row.id))
        db.delete(row)
    here.hub.touch("channels", row.id, row.name)


@router.get(
    "/channels/{channel}/addresses",
    operation_id="read_channel_addresses",
    responses=refusals(404),
)
def read_channel_addresses(
    channel: ChannelName, here: Here, who: Reader, request: Request, takes_whip: TakesWhip
) -> Addresses:
    """What a broadcaster enters as the server, and where people watch."""
    with here.store.read() as db:
        row = find(db, channel, who, Action.CHANNELS_READ)
    return addresses_of(here.settings, request.url.netloc, row.name, row.srt_slot, whip=takes_whip)


def _new(wanted: NewChannel, now_ms: int) -> Row:
    return Row(
        id=new_id("chn"),
        name=wanted.name,
        title=wanted.title or wanted.name,
        description=wanted.description,
        recording=bool(wanted.recording),
        kicks=now_ms,  # beyond those of an earlier channel of this name: who published there must go
        srt_sealed=None,
        srt_slot=None,
        created_ms=now_ms,
    )


def _room_for_one_more(db: Session) -> None:
    if (db.scalar(select(func.count()).select_from(Row)) or 0) >= CHANNELS_MAX:
        raise Problem(
            409, "too-many-channels", f"There are {CHANNELS_MAX} channels, the most there can be."
        )


def _taken() -> Problem:
    detail = "There is a channel of this name; choose another."
    return Problem(
        409, "name-taken", detail, errors=[FieldProblem(pointer="#/name", detail=detail)]
    )
