"""Links that make accounts or set new passwords, in the store."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from manycast.runtime.accounts.tokens import digest, new_token
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.tables.accounts import Invitation, User
from manycast.runtime.store.tables.channels import Channel, ChannelMember


def make(
    db: Session, *, role: str, by: str, now_ms: int, lasts_ms: int, user: User | None = None
) -> tuple[Invitation, str]:
    """The invitation, to be completed, and its token, which is kept nowhere else."""
    token = new_token("mci")
    row = Invitation(
        id=new_id("inv"),
        digest=digest(token),
        user_id=user and user.id,
        role=role,
        channels=[],
        email=user and user.email,
        note="",
        created_by=by,
        created_ms=now_ms,
        expires_ms=now_ms + lasts_ms,
    )
    db.add(row)
    return row, token


def by_token(db: Session, token: str, now_ms: int) -> Invitation | None:
    """None also when it is over."""
    query = select(Invitation).where(
        Invitation.digest == digest(token), Invitation.expires_ms > now_ms
    )
    return db.scalars(query).one_or_none()


def by_email(db: Session, email: str, now_ms: int) -> Invitation | None:
    """The newest that makes an account for this address."""
    query = select(Invitation).where(
        Invitation.email == email.lower(),
        Invitation.user_id.is_(None),
        Invitation.expires_ms > now_ms,
    )
    return db.scalars(query.order_by(Invitation.created_ms.desc()).limit(1)).one_or_none()


def use(db: Session, row: Invitation, user: User, now_ms: int) -> None:
    """It works once: its person gets the channels, and it is gone."""
    for channel in _channels(db, row.channels):
        db.add(ChannelMember(channel_id=channel.id, user_id=user.id, created_ms=now_ms))
    db.delete(row)


def withdraw_resets(db: Session, user: User) -> None:
    """An older link must not outlive a newer one."""
    db.execute(delete(Invitation).where(Invitation.user_id == user.id))


def sweep(db: Session, now_ms: int) -> None:
    db.execute(delete(Invitation).where(Invitation.expires_ms <= now_ms))


def channel_names(db: Session, row: Invitation) -> list[str]:
    """Of those that still exist."""
    return [channel.name for channel in _channels(db, row.channels)]


def _channels(db: Session, ids: Sequence[str]) -> Sequence[Channel]:
    return db.scalars(select(Channel).where(Channel.id.in_(ids)).order_by(Channel.name)).all()
