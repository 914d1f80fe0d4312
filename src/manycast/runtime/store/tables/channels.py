"""Channels, their stream keys, and their people."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from manycast.runtime.store.tables.base import Base, Versioned


class Channel(Versioned, Base):
    __tablename__ = "channels"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    """The stream's name in viewers' URLs; never changes."""
    title: Mapped[str]
    description: Mapped[str]
    recording: Mapped[bool]
    kicks: Mapped[int]
    """Grows when whoever publishes must be disconnected."""
    srt_sealed: Mapped[bytes | None]
    """The passphrase, sealed; None: no SRT."""
    srt_slot: Mapped[int | None] = mapped_column(unique=True)
    """How far beyond ``network.srt`` its listener's port is; kept while the channel has SRT."""
    created_ms: Mapped[int]


class StreamKey(Versioned, Base):
    __tablename__ = "stream_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    channel_id: Mapped[str] = mapped_column(
        ForeignKey("channels.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the key, in hexadecimal."""
    hint: Mapped[str]
    """The key's first characters, for people."""
    created_ms: Mapped[int]
    rotated_ms: Mapped[int | None]
    used_ms: Mapped[int | None]
    """When somebody last began to publish with it."""


class ChannelMember(Base):
    """Somebody who works with a channel, in the role they have."""

    __tablename__ = "channel_members"

    channel_id: Mapped[str] = mapped_column(
        ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_ms: Mapped[int]
