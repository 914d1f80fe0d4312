"""Who is told what, and the outbox: what still has to be told."""

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from manycast.runtime.store.tables.base import Base, Versioned


class Target(Versioned, Base):
    __tablename__ = "targets"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    enabled: Mapped[bool]
    address: Mapped[str]
    """What may be shown of where it leads."""
    url: Mapped[bytes | None]
    """Sealed: whoever knows the address of a chat's hook may write there."""
    recipients: Mapped[list[str]]
    secret: Mapped[bytes | None]
    """What a webhook's messages are signed with, sealed."""
    old_secret: Mapped[bytes | None]
    old_until_ms: Mapped[int]
    created_ms: Mapped[int] = mapped_column(index=True)
    changed_ms: Mapped[int]


class Rule(Versioned, Base):
    __tablename__ = "rules"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    enabled: Mapped[bool]
    kinds: Mapped[list[str]]
    channels: Mapped[list[str]]
    targets: Mapped[list[str]]
    lasting_ms: Mapped[int]
    cooldown_ms: Mapped[int]
    quiet: Mapped[dict[str, Any]]
    """As in the API; empty: no quiet hours."""
    title: Mapped[str]
    text: Mapped[str]
    created_ms: Mapped[int] = mapped_column(index=True)
    changed_ms: Mapped[int]


class Delivery(Base):
    """One notice on its way to one target; kept although the rule or the target may be gone since."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(None, "created_ms", "id"),
        Index(None, "state", "due_ms"),
        Index(None, "target_id", "tried_ms"),
        Index(None, "rule_id", "created_ms"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    """What happened, and the target: a second row of the same is refused."""
    kind: Mapped[str]
    subject: Mapped[str]
    """Of what it was told: the channel, the node."""
    channel: Mapped[str]
    """Empty when it concerns none."""
    at_ms: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]
    data: Mapped[dict[str, Any]]
    """For programs."""
    rule_id: Mapped[str]
    """Empty for a test."""
    target_id: Mapped[str]
    target_name: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int]
    due_ms: Mapped[int]
    """When to try next; whoever takes it sets it to when another may, so that none is sent by two and none is lost."""
    until_ms: Mapped[int]
    """When to give up."""
    tried_ms: Mapped[int | None]
    delivered_ms: Mapped[int | None]
    reason: Mapped[str]
    """Why the last attempt failed."""
    created_ms: Mapped[int]
