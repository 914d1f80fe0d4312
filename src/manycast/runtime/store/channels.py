"""Reading and changing channels, their keys and their people."""

import hashlib
import hmac
from collections.abc import Iterable

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from manycast.runtime.store.tables.channels import Channel, ChannelMember, StreamKey


def by_name(db: Session, name: str) -> Channel | None:
    return db.scalar(select(Channel).where(Channel.name == name))


def among(ids: Iterable[str] | None) -> Select[Channel]:
    """The channels of these ids; None: all of them."""
    query = select(Channel)
    return query if ids is None else query.where(Channel.id.in_(ids))


def ids_by_name(db: Session) -> dict[str, str]:
    return dict(iter(db.execute(select(Channel.name, Channel.id))))


def of_user(db: Session, user_id: str) -> frozenset[str]:
    """Ids of the channels that somebody belongs to."""
    query = select(ChannelMember.channel_id).where(ChannelMember.user_id == user_id)
    return frozenset(db.scalars(query))


def digest_of(key: str) -> str:
    """How a stream key is kept; ours are random, so nothing slower than SHA-256 is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


def by_digest(db: Session, digest: str) -> tuple[Channel, StreamKey] | None:
    """Whose key has this digest."""
    query = select(Channel, StreamKey).join(StreamKey, StreamKey.channel_id == Channel.id)
    row = db.execute(query.where(StreamKey.digest == digest)).first()
    if row is None or not hmac.compare_digest(row[1].digest.encode(), digest.encode()):
        return None
    return row[0], row[1]


def key_digests(db: Session, channel_id: str) -> set[str]:
    return set(db.scalars(select(StreamKey.digest).where(StreamKey.channel_id == channel_id)))


def used(db: Session, key_id: str, now_ms: int) -> None:
    """Note that somebody began to publish; no new version of the key."""
    db.execute(update(StreamKey).where(StreamKey.id == key_id).values(used_ms=now_ms))


def free_srt_slot(db: Session) -> int:
    """The first that no channel has."""
    taken = set(db.scalars(select(Channel.srt_slot).where(Channel.srt_slot.is_not(None))))
    return next(slot for slot in range(len(taken) + 1) if slot not in taken)
