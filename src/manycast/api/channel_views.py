"""A channel and its keys as the API shows them, and how a route finds the channel that its path names."""

from sqlalchemy.orm import Session

from manycast.api.access import require
from manycast.api.problems import missing
from manycast.control.permissions import Action, Principal, reaches
from manycast.runtime.store import channels
from manycast.runtime.store.tables.channels import Channel as ChannelRow, StreamKey as KeyRow
from manycast.schema.channels import Channel, StreamKey
from manycast.schema.values import moment


def find_channel(db: Session, name: str, who: Principal, action: Action) -> ChannelRow:
    """The channel, if the caller may do this with it; Problem 404 when it is none of theirs."""
    row = channels.by_name(db, name)
    if row is None or not reaches(who, row.id):
        raise missing("channel")
    require(who, action, row.id)
    return row


def channel_view(row: ChannelRow) -> Channel:
    return Channel(
        id=row.id,
        name=row.name,
        title=row.title,
        description=row.description,
        recording=row.recording,
        srt=row.srt_sealed is not None,
        created_at=moment(row.created_ms),
        version=row.version,
    )


def key_view(row: KeyRow) -> StreamKey:
    return StreamKey(
        id=row.id,
        name=row.name,
        hint=row.hint,
        created_at=moment(row.created_ms),
        rotated_at=None if row.rotated_ms is None else moment(row.rotated_ms),
        used_at=None if row.used_ms is None else moment(row.used_ms),
        version=row.version,
    )
