"""Rows of people and what they log in with, for tests."""

from typing import Any

from sqlalchemy.orm import Session

from manycast.control.permissions import Action, Role
from manycast.runtime.accounts.tokens import digest
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.tables.accounts import ApiKey, LoginSession, User


def person(db: Session, name: str, role: Role = Role.ADMIN, **columns: Any) -> User:
    user = User(
        id=new_id("usr"),
        name=name,
        folded=name.casefold(),
        role=role,
        disabled=False,
        totp_on=False,
        totp_step=0,
        created_ms=0,
        **columns,
    )
    db.add(user)
    db.flush()
    return user


def logged_in(db: Session, user: User, cookie: str, at_ms: int = 0) -> LoginSession:
    session = LoginSession(
        id=new_id("ses"),
        user_id=user.id,
        digest=digest(cookie),
        created_ms=at_ms,
        used_ms=at_ms,
        address="192.0.2.1",
        agent="Test",
    )
    db.add(session)
    db.flush()
    return session


def api_key(
    db: Session, user: User, key: str, *scopes: Action, expires_ms: int | None = None
) -> ApiKey:
    made = ApiKey(
        id=new_id("key"),
        user_id=user.id,
        name="test",
        digest=digest(key),
        hint=key[:8],
        scopes=list(scopes),
        created_ms=0,
        used_ms=None,
        expires_ms=expires_ms,
    )
    db.add(made)
    db.flush()
    return made
