"""Reading and changing where streams are sent on to."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from manycast.control.destinations import Destination as Known
from manycast.model.destinations import DestinationGrant, Encode, Platform
from manycast.platforms.limits import LIMITS
from manycast.runtime.store.sealing import Secrets
from manycast.runtime.store.tables.channels import Channel
from manycast.runtime.store.tables.destinations import Destination


def of_channel(db: Session, channel_id: str) -> Sequence[Destination]:
    """The oldest first."""
    query = select(Destination).where(Destination.channel_id == channel_id)
    return db.scalars(query.order_by(Destination.created_ms, Destination.id)).all()


def count(db: Session, channel_id: str) -> int:
    query = select(func.count()).select_from(Destination)
    return db.scalar(query.where(Destination.channel_id == channel_id)) or 0


def start(rows: Iterable[Destination]) -> None:
    """Also has those that gave up tried again at once."""
    for row in rows:
        row.enabled = True
        row.attempt += 1


def stop(rows: Iterable[Destination]) -> None:
    for row in rows:
        row.enabled = False


def known(db: Session) -> tuple[Known, ...]:
    """All of them, the oldest first."""
    query = select(Destination, Channel.name).join(Channel, Channel.id == Destination.channel_id)
    return tuple(
        Known(
            id=row.id,
            channel=channel,
            name=row.name,
            platform=Platform(row.platform),
            enabled=row.enabled,
            addressed=bool(row.url),
            connected=row.account_id is not None,
        )
        for row, channel in db.execute(query.order_by(Destination.created_ms, Destination.id))
    )


def granted(db: Session, secrets: Secrets) -> dict[str, list[DestinationGrant]]:
    """By the channel's id: those that are switched on and whose server is known."""
    query = select(Destination).where(Destination.enabled, Destination.url != "")
    grants: dict[str, list[DestinationGrant]] = {}
    for row in db.scalars(query.order_by(Destination.created_ms, Destination.id)):
        grants.setdefault(row.channel_id, []).append(_grant(row, secrets))
    return grants


def _grant(row: Destination, secrets: Secrets) -> DestinationGrant:
    return DestinationGrant(
        id=row.id,
        name=row.name,
        url=row.url,
        key=secrets.open(row.key_sealed) if row.key_sealed else "",
        rendition=row.rendition,
        encode=encode(row.encode),
        limits=LIMITS[Platform(row.platform)],
        attempt=row.attempt,
    )


def encode(value: dict[str, Any] | None) -> Encode | None:
    return None if value is None else Encode(**value)
