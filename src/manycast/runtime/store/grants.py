"""What origins must know of the channels, so that they can decide without the control role."""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from manycast.model.destinations import DestinationGrant
from manycast.model.fleet import ChannelGrant, KeyGrant
from manycast.runtime.store import destinations
from manycast.runtime.store.sealing import Secrets
from manycast.runtime.store.tables.channels import Channel, StreamKey
from manycast.runtime.store.tables.destinations import Destination


def revision(db: Session) -> str:
    """Changes whenever a grant does; cheap enough to ask for with every report."""
    digest = hashlib.sha256()
    for kind in (Channel, StreamKey, Destination):
        for row_id, version in db.execute(select(kind.id, kind.version).order_by(kind.id)):
            digest.update(f"{row_id} {version}\n".encode())
    return digest.hexdigest()[:16]


def grants(db: Session, secrets: Secrets) -> tuple[ChannelGrant, ...]:
    """Of every channel, by name."""
    keys: dict[str, list[KeyGrant]] = {}
    for key in db.scalars(select(StreamKey).order_by(StreamKey.id)):
        keys.setdefault(key.channel_id, []).append(KeyGrant(id=key.id, digest=key.digest))
    sent_on = destinations.granted(db, secrets)
    rows = db.scalars(select(Channel).order_by(Channel.name))
    return tuple(
        _grant(row, keys.get(row.id, []), sent_on.get(row.id, []), secrets) for row in rows
    )


def _grant(
    row: Channel, keys: list[KeyGrant], sent_on: list[DestinationGrant], secrets: Secrets
) -> ChannelGrant:
    return ChannelGrant(
        channel=row.name,
        keys=tuple(keys),
        recording=row.recording,
        kicks=row.kicks,
        srt_passphrase=secrets.open(row.srt_sealed) if row.srt_sealed else "",
        srt_slot=row.srt_slot,
        destinations=tuple(sent_on),
    )
