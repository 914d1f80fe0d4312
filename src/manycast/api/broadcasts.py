"""What was on the air, and when."""

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from manycast.api.access import By, may, require
from manycast.api.context import Here
from manycast.api.paging import Paging, page
from manycast.api.problems import missing, refusals
from manycast.api.recording_views import recordings_of
from manycast.api.versions import IfMatch, tag
from manycast.control.permissions import Action, Principal, reach, reaches
from manycast.runtime.store.paging import read_slice
from manycast.runtime.store.tables.broadcasts import Broadcast as Row
from manycast.schema.broadcasts import Broadcast, BroadcastChange, Recording
from manycast.schema.channels import ChannelName
from manycast.schema.values import Id, Line, Page, moment


router = APIRouter(prefix="/broadcasts", tags=["broadcasts"])
Reader = Annotated[Principal, may(Action.RECORDINGS_READ)]
Writer = Annotated[Principal, may(Action.RECORDINGS_WRITE)]


@router.get("", operation_id="list_broadcasts")
def list_broadcasts(
    here: Here,
    who: Reader,
    wanted: Paging,
    channel: ChannelName | None = None,
    live: Annotated[
        bool | None, Query(description="Only those on the air, or only others.")
    ] = None,
    title: Annotated[Line, Query(description="Only those whose title contains this.")] = "",
) -> Page[Broadcast]:
    """The latest first, of the channels that the caller works with."""
    query = _asked(select(Row), channel, live, title)
    allowed = reach(who)
    if allowed is not None:
        query = query.where(Row.channel_id.in_(allowed))
    with here.store.read() as db:
        found = read_slice(db, query, (Row.started_ms, Row.id), wanted, newest_first=True)
        recordings = recordings_of(db, here, [row.id for row in found[0]])
    return page(found, lambda row: _view(row, recordings.get(row.id, [])))


@router.get("/{broadcast_id}", operation_id="read_broadcast", responses=refusals(404))
def read_broadcast(broadcast_id: Id, here: Here, who: Reader, response: Response) -> Broadcast:
    with here.store.read() as db:
        row = _find(db, broadcast_id, who, Action.RECORDINGS_READ)
        recordings = recordings_of(db, here, [row.id])
    tag(response, row.version)
    return _view(row, recordings.get(row.id, []))


@router.patch("/{broadcast_id}", operation_id="change_broadcast", responses=refusals(404, 412, 428))
def change_broadcast(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    broadcast_id: Id,
    wanted: BroadcastChange,
    here: Here,
    by: By,
    who: Writer,
    if_match: IfMatch,
    response: Response,
) -> Broadcast:
    changes = wanted.model_dump(exclude_none=True)
    with here.store.change(by, "broadcast.change", broadcast_id, changes) as db:
        row = _find(db, broadcast_id, who, Action.RECORDINGS_WRITE)
        if_match.check(row.version)
        row.title = changes.get("title", row.title)
        recordings = recordings_of(db, here, [row.id])
    here.hub.touch("broadcasts", row.id, row.channel)
    tag(response, row.version)
    return _view(row, recordings.get(row.id, []))


def _asked(query: Select[Row], channel: str | None, live: bool | None, title: str) -> Select[Row]:
    if channel is not None:
        query = query.where(Row.channel == channel)
    if live is not None:
        query = query.where(Row.ended_ms.is_(None) if live else Row.ended_ms.is_not(None))
    if title:
        query = query.where(Row.title.icontains(title, autoescape=True))
    return query


def _find(db: Session, broadcast_id: str, who: Principal, action: Action) -> Row:
    row = db.get(Row, broadcast_id)
    if row is None or not reaches(who, row.channel_id or ""):
        raise missing("broadcast")
    require(who, action, row.channel_id or "")
    return row


def _view(row: Row, recordings: Collection[Recording]) -> Broadcast:
    return Broadcast(
        id=row.id,
        channel=row.channel,
        title=row.title,
        live=row.ended_ms is None,
        started_at=moment(row.started_ms),
        ended_at=None if row.ended_ms is None else moment(row.ended_ms),
        viewers_peak=row.viewers_peak,
        recordings=list(recordings),
        version=row.version,
    )
