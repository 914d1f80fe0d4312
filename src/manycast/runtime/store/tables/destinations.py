"""Where streams are sent on to, the accounts that they use there, and what the platforms are told of a channel."""

from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from manycast.runtime.store.tables.base import Base, Versioned


class PlatformApp(Versioned, Base):
    """What a platform gave whoever registered this installation there."""

    __tablename__ = "platform_apps"

    platform: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    secret_sealed: Mapped[bytes | None]
    """None: the platform takes us without one."""
    public_url: Mapped[str]
    """Where the platform reaches this control room, for what it only tells by webhooks; empty: nowhere."""
    changed_ms: Mapped[int]


class PlatformQuota(Base):
    """What an app's calls have cost, for platforms that count."""

    __tablename__ = "platform_quotas"

    platform: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[str]
    """As the platform reckons days, ``2026-01-02``."""
    units: Mapped[int]


class PlatformAccount(Versioned, Base):
    """Somebody's account on a platform, with which a channel goes live there."""

    __tablename__ = "platform_accounts"
    __table_args__ = (UniqueConstraint("channel_id", "platform", "external_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    platform: Mapped[str]
    external_id: Mapped[str]
    """The platform's own for it, which stays when its name changes."""
    name: Mapped[str]
    url: Mapped[str]
    """Where people watch it; empty: not known."""
    tokens_sealed: Mapped[bytes]
    scopes: Mapped[list[str]]
    state: Mapped[str]
    """As ``model.destinations.AccountState``."""
    trouble: Mapped[str]
    """What a person has to do; empty when all is well."""
    created_ms: Mapped[int]


class Destination(Versioned, Base):
    __tablename__ = "destinations"

    id: Mapped[str] = mapped_column(primary_key=True)
    channel_id: Mapped[str] = mapped_column(
        ForeignKey("channels.id", ondelete="CASCADE"), index=True
    )
    account_id: Mapped[str | None] = mapped_column(
        ForeignKey("platform_accounts.id", ondelete="SET NULL"), index=True
    )
    """With it the platform says where to send, and whether it shows the stream."""
    name: Mapped[str]
    platform: Mapped[str]
    url: Mapped[str]
    """Without the key; empty until the platform has said it."""
    key_sealed: Mapped[bytes | None]
    rendition: Mapped[str]
    encode: Mapped[dict[str, Any] | None]
    """As ``model.destinations.Encode``; None: a rendition is sent as it is."""
    enabled: Mapped[bool]
    attempt: Mapped[int]
    """Grows when a person wants it tried again at once."""
    created_ms: Mapped[int]


class Listing(Versioned, Base):
    """How a channel's stream is announced on the platforms."""

    __tablename__ = "listings"

    channel_id: Mapped[str] = mapped_column(
        ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True
    )
    title: Mapped[str]
    description: Mapped[str]
    tags: Mapped[list[str]]
    platforms: Mapped[dict[str, Any]]
    """By platform: its category, and what shall be different there."""
    changed_ms: Mapped[int]
