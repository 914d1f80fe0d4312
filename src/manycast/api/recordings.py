"""Recordings: finding, playing, downloading and deleting them. The bytes stay with the origin that wrote them."""

from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from typing import Annotated, Any

import httpx2
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from manycast.api.access import By, may, require
from manycast.api.context import Context, Here
from manycast.api.paging import Paging, page
from manycast.api.problems import Problem, missing, refusals
from manycast.api.recording_views import PLAYLIST, recording_view
from manycast.control.permissions import Action, Principal, reach, reaches
from manycast.runtime.origins import OriginAwayError
from manycast.runtime.store.paging import read_slice
from manycast.runtime.store.tables.broadcasts import Recording as Row
from manycast.schema.broadcasts import Recording
from manycast.schema.channels import ChannelName
from manycast.schema.values import Id, Page


TYPES = {".mp4": "video/mp4", ".m3u8": "application/vnd.apple.mpegurl"}
"""Said by us: what an origin calls a page or a script would be one of the dashboard's own."""
PASSED_ON = (
    "content-length",
    "content-range",
    "accept-ranges",
    "etag",
    "last-modified",
)
"""Header fields of an origin's reply."""
PASSED_STATUSES = frozenset({200, 206, 304, 416})
BYTES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            "video/mp4": {"schema": {"type": "string", "format": "binary"}},
            "application/vnd.apple.mpegurl": {"schema": {"type": "string"}},
        },
    },
    206: {
        "description": "The range of it that was asked for.",
        "content": {"video/mp4": {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "The caller has it already."},
    416: {"description": "It has no such range."},
}

router = APIRouter(prefix="/recordings", tags=["recordings"])
Reader = Annotated[Principal, may(Action.RECORDINGS_READ)]
Writer = Annotated[Principal, may(Action.RECORDINGS_WRITE)]


@router.get("", operation_id="list_recordings")
def list_recordings(
    here: Here, who: Reader, wanted: Paging, channel: ChannelName | None = None
) -> Page[Recording]:
    """The latest first, of the channels that the caller works with."""
    query = select(Row) if channel is None else select(Row).where(Row.channel == channel)
    allowed = reach(who)
    if allowed is not None:
        query = query.where(Row.channel_id.in_(allowed))
    with here.store.read() as db:
        found = read_slice(db, query, (Row.started_ms, Row.id), wanted, newest_first=True)
    return page(found, lambda row: recording_view(row, here))


@router.get("/{recording_id}", operation_id="read_recording", responses=refusals(404))
def read_recording(recording_id: Id, here: Here, who: Reader) -> Recording:
    return recording_view(_find(here, recording_id, who, Action.RECORDINGS_READ), here)


@router.delete(
    "/{recording_id}",
    operation_id="delete_recording",
    status_code=204,
    responses=refusals(404, 409),
)
async def delete_recording(recording_id: Id, here: Here, by: By, who: Writer) -> None:
    """From the origin's disk and from the books; 503 while that origin is away."""
    row = await run_in_threadpool(_find, here, recording_id, who, Action.RECORDINGS_WRITE)
    if not row.complete:
        raise Problem(409, "recording-in-progress", "It is being written; stop recording first.")
    try:
        await here.origins.delete(row.origin, f"/recordings/{row.channel}/{row.take}")
    except OriginAwayError as error:
        raise _away(row) from error
    await run_in_threadpool(_forget, here, by, row)


@router.get(
    "/{recording_id}/files/{name}",
    operation_id="read_recording_file",
    response_class=StreamingResponse,
    responses={**BYTES, **refusals(404)},
)
async def read_recording_file(
    recording_id: Id,
    name: Annotated[str, Path(pattern=r"^(index\.m3u8|video-[0-9]{1,6}\.mp4)$")],
    here: Here,
    who: Reader,
    request: Request,
    download: Annotated[bool, Query(description="As a file to save.")] = False,
) -> StreamingResponse:
    """Its playlist or one of its MP4 files, whole or a range of it."""
    row = await run_in_threadpool(_find, here, recording_id, who, Action.RECORDINGS_READ)
    if name != PLAYLIST and name not in row.files:
        raise missing("file")
    path = f"/recordings/{row.channel}/{row.take}/{name}"
    try:
        reply = await here.origins.read(row.origin, path, request.headers)
    except OriginAwayError as error:
        raise _away(row) from error
    if reply.status_code not in PASSED_STATUSES:
        await reply.aclose()
        raise missing("file") if reply.status_code == 404 else _away(row)
    headers = {field: reply.headers[field] for field in PASSED_ON if field in reply.headers}
    headers["Content-Type"] = TYPES[PurePosixPath(name).suffix]
    headers["Cache-Control"] = "private, no-cache"
    if download:
        saved = f"{row.channel}-{row.take.split('.')[0]}-{name}"
        headers["Content-Disposition"] = f'attachment; filename="{saved}"'
    return StreamingResponse(_pieces(reply), reply.status_code, headers)


async def _pieces(reply: httpx2.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in reply.aiter_raw():
            yield piece
    finally:
        await reply.aclose()


def _find(here: Context, recording_id: str, who: Principal, action: Action) -> Row:
    with here.store.read() as db:
        row = db.get(Row, recording_id)
    if row is None or not reaches(who, row.channel_id or ""):
        raise missing("recording")
    require(who, action, row.channel_id or "")
    return row


def _forget(here: Context, by: By, row: Row) -> None:
    detail = {"channel": row.channel, "take": row.take}
    with here.store.change(by, "recording.delete", row.id, detail) as db:
        found = db.get(Row, row.id)
        if found is not None:  # its origin may have told already that it is gone
            db.delete(found)
    here.hub.touch("recordings", row.id, row.channel)


def _away(row: Row) -> Problem:
    detail = f"The origin that holds this recording, {row.origin}, does not answer; try again."
    return Problem(503, "origin-away", detail, headers={"Retry-After": "5"})
