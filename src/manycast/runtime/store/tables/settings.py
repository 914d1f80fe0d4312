"""What an administrator sets while everything runs."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from manycast.runtime.store.tables.base import Base, Versioned


class Setting(Versioned, Base):
    """One group of settings, such as ``site`` or ``oidc``."""

    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    sealed: Mapped[bytes | None]
    """Its secret, if it has any, as ``Secrets.seal`` made it."""
    changed_ms: Mapped[int]
