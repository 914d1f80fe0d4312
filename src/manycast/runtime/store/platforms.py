"""Accounts on the platforms, the apps that they are reached by, and how streams are announced there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from manycast.model.destinations import AccountState, Platform
from manycast.platforms.values import Connected, Listing as Told
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.tables.channels import Channel
from manycast.runtime.store.tables.destinations import (
    Destination,
    Listing,
    PlatformAccount,
    PlatformApp,
    PlatformQuota,
)
from manycast.std.words import plain


NAME_CHARACTERS_MAX = 100
"""Of an account, as its platform says it."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A destination that is switched on, and the account that it uses."""

    destination: Destination
    account: PlatformAccount
    channel: Channel
    listing: Listing | None


def of_channel(db: Session, channel_id: str) -> Sequence[PlatformAccount]:
    """The oldest first."""
    query = select(PlatformAccount).where(PlatformAccount.channel_id == channel_id)
    return db.scalars(query.order_by(PlatformAccount.created_ms, PlatformAccount.id)).all()


def connected(db: Session) -> Sequence[PlatformAccount]:
    """Those that let us in, as far as is known."""
    query = select(PlatformAccount).where(PlatformAccount.state == AccountState.CONNECTED)
    return db.scalars(query.order_by(PlatformAccount.id)).all()


def connect(
    db: Session,
    channel_id: str,
    platform: Platform,
    connected: Connected,
    sealed: bytes,
    now_ms: int,
) -> PlatformAccount:
    """Also again, when it was lost. ``sealed`` are its tokens."""
    account = connected.account
    query = select(PlatformAccount).where(
        PlatformAccount.channel_id == channel_id,
        PlatformAccount.platform == platform,
        PlatformAccount.external_id == account.external_id,
    )
    row = db.scalar(query)
    if row is None:
        row = PlatformAccount(
            id=new_id("acc"),
            channel_id=channel_id,
            platform=platform,
            external_id=account.external_id,
            created_ms=now_ms,
        )
        db.add(row)
    row.name, row.url = plain(account.name, NAME_CHARACTERS_MAX), account.url
    row.tokens_sealed, row.scopes = sealed, list(connected.tokens.scopes)
    row.state, row.trouble = AccountState.CONNECTED, ""
    db.flush()
    return row


def sending(db: Session) -> list[Sending]:
    """The oldest first."""
    query = (
        select(Destination, PlatformAccount, Channel, Listing)
        .join(PlatformAccount, PlatformAccount.id == Destination.account_id)
        .join(Channel, Channel.id == Destination.channel_id)
        .outerjoin(Listing, Listing.channel_id == Channel.id)
        .where(Destination.enabled)
    )
    ordered = query.order_by(Destination.created_ms, Destination.id)
    return [Sending(*row) for row in db.execute(ordered)]


def told(row: Listing | None, platform: Platform, channel: Channel) -> Told:
    """What this platform is told: what holds for all, with its exceptions."""
    if row is None:
        return Told(title=_untitled(platform, channel))
    own: dict[str, Any] = row.platforms.get(platform) or {}

    def chosen(name: str) -> Any:
        return getattr(row, name) if own.get(name) is None else own[name]

    return Told(
        title=chosen("title") or _untitled(platform, channel),
        description=chosen("description"),
        category_id=(own.get("category") or {}).get("id", ""),
        tags=tuple(chosen("tags")),
    )


def _untitled(platform: Platform, channel: Channel) -> str:
    """The others keep what they have; a broadcast on YouTube is a new one and has nothing yet."""
    return channel.title if platform is Platform.YOUTUBE else ""


def app(db: Session, platform: Platform) -> PlatformApp | None:
    return db.get(PlatformApp, platform)


def spent(db: Session, platform: Platform, day: str) -> int:
    row = db.get(PlatformQuota, platform)
    return row.units if row is not None and row.day == day else 0


def spend(db: Session, platform: Platform, day: str, units: int) -> None:
    row = db.get(PlatformQuota, platform)
    if row is None:
        db.add(PlatformQuota(platform=platform, day=day, units=units))
    elif row.day == day:
        row.units += units
    else:
        row.day, row.units = day, units
