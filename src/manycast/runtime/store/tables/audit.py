"""Who changed what."""

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from manycast.runtime.store.tables.base import Base


class Audit(Base):
    """One change, kept although its author or target may be gone since."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "at_ms", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    at_ms: Mapped[int]
    actor_id: Mapped[str]
    """Empty for the machine itself."""
    actor_name: Mapped[str]
    credential_id: Mapped[str]
    """The session or API key that was used."""
    address: Mapped[str]
    action: Mapped[str] = mapped_column(index=True)
    """``channel.create``, ``key.rotate``, …"""
    target: Mapped[str] = mapped_column(index=True)
    """The id of what was changed."""
    detail: Mapped[dict[str, Any]]
    """What changed, without secrets."""
