"""Replies to requests that may come twice."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from manycast.runtime.store.tables.base import Base


class Idempotency(Base):
    __tablename__ = "idempotency"

    owner: Mapped[str] = mapped_column(primary_key=True)
    """The user whose request it was: keys of two people never meet."""
    key: Mapped[str] = mapped_column(primary_key=True)
    at_ms: Mapped[int] = mapped_column(index=True)
    request: Mapped[str]
    """SHA-256 of method, path and body: the same key with another request is a mistake."""
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    sealed: Mapped[bytes]
    """The body, as ``Secrets.seal`` made it: a reply may show a secret once."""
