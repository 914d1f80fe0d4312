"""Stream keys: what a broadcaster enters in the encoder. Each is shown once, kept as a hash, and can be rotated."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from manycast.api.access import By, may
from manycast.api.channel_views import find_channel, key_view
from manycast.api.context import Context, Here
from manycast.api.idempotency import OnlyOnce
from manycast.api.paging import Paging, page
from manycast.api.problems import Problem, missing, refusals
from manycast.api.versions import IfMatch, tag
from manycast.control.permissions import Action, Principal
from manycast.runtime.importing import forget_keys
from manycast.runtime.store import stream_keys
from manycast.runtime.store.channels import digest_of
from manycast.runtime.store.paging import read_slice
from manycast.runtime.store.tables.channels import Channel, StreamKey as Row
from manycast.schema.channels import (
    ChannelName,
    MadeStreamKey,
    NewStreamKey,
    Rotation,
    StreamKey,
)
from manycast.schema.values import Id, Page


KEYS_MAX = 100
"""Of one channel; every origin holds them all."""

router = APIRouter(prefix="/channels/{channel}/keys", tags=["stream keys"])
Keeper = Annotated[Principal, may(Action.KEYS_WRITE)]


@router.get("", operation_id="list_stream_keys", responses=refusals(404))
def list_stream_keys(
    channel: ChannelName, here: Here, who: Keeper, wanted: Paging
) -> Page[StreamKey]:
    """The oldest first, without the keys themselves."""
    with here.store.read() as db:
        owner = find_channel(db, channel, who, Action.KEYS_WRITE)
        query = select(Row).where(Row.channel_id == owner.id)
        return page(read_slice(db, query, (Row.created_ms, Row.id), wanted), key_view)


@router.post("", operation_id="create_stream_key", status_code=201, responses=refusals(404, 409))
def create_stream_key(
    channel: ChannelName,
    wanted: NewStreamKey,
    here: Here,
    by: By,
    who: Keeper,
    once: OnlyOnce,
) -> MadeStreamKey:
    detail = {"name": wanted.name}
    with here.store.change(by, "stream_key.create", channel, detail) as db:
        once.look(db)
        owner = find_channel(db, channel, who, Action.KEYS_WRITE)
        _room_for_one_more(db, owner)
        row, secret = stream_keys.issue(db, owner.id, wanted.name, here.now_ms())
        made = MadeStreamKey(key=key_view(row), secret=secret)
        once.keep(db, made)
    here.hub.touch("channels", owner.id, owner.name)
    return made


@router.post("/{key_id}/rotate", operation_id="rotate_stream_key", responses=refusals(404, 409))
def rotate_stream_key(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    channel: ChannelName,
    key_id: Id,
    wanted: Rotation,
    here: Here,
    by: By,
    who: Keeper,
    once: OnlyOnce,
    response: Response,
) -> MadeStreamKey:
    """A new key in place of the old one, which is refused from now on."""
    detail = {"key": key_id, **wanted.model_dump()}
    with here.store.change(by, "stream_key.rotate", channel, detail) as db:
        once.look(db)
        owner = find_channel(db, channel, who, Action.KEYS_WRITE)
        row = _find(db, owner, key_id)
        forget_keys(here.directory, {row.digest})
        old = row.digest
        secret = stream_keys.rotate(row, here.now_ms())
        _replace_passphrase(here, owner, old, secret)
        owner.kicks += int(wanted.disconnect)
        db.flush()
        made = MadeStreamKey(key=key_view(row), secret=secret)
        once.keep(db, made, 200, row.version)
    here.hub.touch("channels", owner.id, owner.name)
    tag(response, row.version)
    return made


@router.delete(
    "/{key_id}",
    operation_id="delete_stream_key",
    status_code=204,
    responses=refusals(404, 412, 428),
)
def delete_stream_key(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    channel: ChannelName,
    key_id: Id,
    here: Here,
    by: By,
    who: Keeper,
    if_match: IfMatch,
    disconnect: Annotated[bool, Query(description="Also end what is on the air with it.")] = False,
) -> None:
    detail = {"key": key_id, "disconnect": disconnect}
    with here.store.change(by, "stream_key.delete", channel, detail) as db:
        owner = find_channel(db, channel, who, Action.KEYS_WRITE)
        row = _find(db, owner, key_id)
        if_match.check(row.version)
        forget_keys(here.directory, {row.digest})
        _replace_passphrase(here, owner, row.digest, None)
        owner.kicks += int(disconnect)
        db.delete(row)
    here.hub.touch("channels", owner.id, owner.name)


def _find(db: Session, owner: Channel, key_id: str) -> Row:
    row = db.get(Row, key_id)
    if row is None or row.channel_id != owner.id:
        raise missing("stream key")
    return row


def _replace_passphrase(here: Context, owner: Channel, old: str, new: str | None) -> None:
    """A key of `manycast up` is the SRT passphrase too: an old one must not open that door either."""
    secrets = here.store.secrets
    if owner.srt_sealed is None or digest_of(secrets.open(owner.srt_sealed)) != old:
        return
    owner.srt_sealed = None if new is None else secrets.seal(new)
    if new is None:
        owner.srt_slot = None


def _room_for_one_more(db: Session, owner: Channel) -> None:
    query = select(Row.id).where(Row.channel_id == owner.id).limit(KEYS_MAX)
    if len(db.scalars(query).all()) >= KEYS_MAX:
        raise Problem(
            409, "too-many-keys", f"A channel has {KEYS_MAX} stream keys at most; delete one first."
        )
