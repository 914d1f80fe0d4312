"""People, what they prove themselves with, and who is on the way in."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from manycast.runtime.store.tables.base import Base, Versioned


class User(Versioned, Base):
    __tablename__ = "users"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    """What they log in with, as they write it."""
    folded: Mapped[str] = mapped_column(unique=True)
    """The name without case: no two people differ only in it."""
    email: Mapped[str | None] = mapped_column(unique=True)
    """In lower case; single sign-on finds people by it, unless they entered it themselves."""
    email_own: Mapped[bool] = mapped_column(default=False)
    """Entered by its owner: anybody can enter anybody's."""
    role: Mapped[str]
    disabled: Mapped[bool]
    password_hash: Mapped[str | None]
    """Argon2id; None: only single sign-on opens this account."""
    totp_secret: Mapped[bytes | None]
    """Sealed."""
    totp_on: Mapped[bool]
    """False while the secret has been shown but no code of it."""
    totp_step: Mapped[int]
    """Of the last code taken: none is taken twice."""
    created_ms: Mapped[int]


class RecoveryCode(Base):
    """One that has not been used; used ones are deleted."""

    __tablename__ = "recovery_codes"

    digest: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)


class Identity(Base):
    """Somebody's account with the provider of single sign-on."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str]
    subject: Mapped[str]
    created_ms: Mapped[int]


class LoginSession(Base):
    """A browser that is logged in."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of its cookie."""
    created_ms: Mapped[int]
    used_ms: Mapped[int]
    """To the minute."""
    address: Mapped[str]
    agent: Mapped[str]
    """What the browser calls itself."""


class ApiKey(Base):
    """What a program shows instead of a password."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the key."""
    hint: Mapped[str]
    """How it begins, for people."""
    scopes: Mapped[list[str]]
    created_ms: Mapped[int]
    used_ms: Mapped[int | None]
    """To the minute."""
    expires_ms: Mapped[int | None]


class Invitation(Base):
    """A link that makes an account, or sets a new password for one that is there."""

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of what the link holds."""
    user_id: Mapped[str | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    """Whose password it resets; None: it makes a new account."""
    role: Mapped[str]
    channels: Mapped[list[str]]
    """Ids of the channels that the new person belongs to."""
    email: Mapped[str | None] = mapped_column(index=True)
    note: Mapped[str]
    """Whom it is for, in the words of whoever made it."""
    created_by: Mapped[str]
    created_ms: Mapped[int]
    expires_ms: Mapped[int] = mapped_column(index=True)
