"""Recordings as the API shows them."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from manycast.api.context import Context
from manycast.runtime.store.tables.broadcasts import Recording as Row
from manycast.schema.broadcasts import Recording
from manycast.schema.values import moment


PLAYLIST = "index.m3u8"


def recordings_of(
    db: Session, here: Context, broadcast_ids: Collection[str]
) -> dict[str, list[Recording]]:
    """By broadcast, the earliest first."""
    query = select(Row).where(Row.broadcast_id.in_(broadcast_ids))
    found: dict[str, list[Recording]] = defaultdict(list)
    for row in db.scalars(query.order_by(Row.started_ms, Row.id)):
        assert row.broadcast_id is not None
        found[row.broadcast_id].append(recording_view(row, here))
    return found


def recording_view(row: Row, here: Context) -> Recording:
    place = f"/api/v1/recordings/{row.id}/files"
    return Recording(
        id=row.id,
        channel=row.channel,
        broadcast_id=row.broadcast_id,
        started_at=moment(row.started_ms),
        duration_ms=row.duration_ms,
        size_bytes=row.size_bytes,
        complete=row.complete,
        available=here.origins.reachable(row.origin),
        playlist=f"{place}/{PLAYLIST}",
        downloads=[f"{place}/{name}?download=true" for name in row.files],
    )
