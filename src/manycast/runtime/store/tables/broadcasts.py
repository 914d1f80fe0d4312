"""What was on the air, and what is left of it."""

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from manycast.runtime.store.tables.base import Base, Versioned


class Broadcast(Versioned, Base):
    __tablename__ = "broadcasts"
    __table_args__ = (
        UniqueConstraint("channel", "started_ms"),
        Index(None, "started_ms", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    channel_id: Mapped[str | None] = mapped_column(
        ForeignKey("channels.id", ondelete="SET NULL"), index=True
    )
    """None when the channel is gone."""
    channel: Mapped[str]
    """The channel's name; with ``started_ms`` it is how nodes speak of the broadcast."""
    title: Mapped[str]
    origin: Mapped[str]
    """The node that took it in."""
    started_ms: Mapped[int]
    """By the origin's clock."""
    ended_ms: Mapped[int | None]
    """None while it is on the air."""
    viewers_peak: Mapped[int]


class Recording(Base):
    """One take on an origin's disk, as the origin last told."""

    __tablename__ = "recordings"
    __table_args__ = (
        UniqueConstraint("origin", "channel", "take"),
        Index(None, "started_ms", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    channel_id: Mapped[str | None] = mapped_column(
        ForeignKey("channels.id", ondelete="SET NULL"), index=True
    )
    broadcast_id: Mapped[str | None] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="SET NULL"), index=True
    )
    channel: Mapped[str]
    take: Mapped[str]
    origin: Mapped[str]
    started_ms: Mapped[int]
    duration_ms: Mapped[int]
    size_bytes: Mapped[int]
    files: Mapped[list[str]]
    complete: Mapped[bool]
