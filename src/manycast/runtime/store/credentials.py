"""Who it is that shows a cookie or an API key."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from manycast.control.permissions import Action, Principal, Role
from manycast.runtime.accounts.tokens import digest
from manycast.runtime.store import channels
from manycast.runtime.store.tables.accounts import ApiKey, LoginSession, User
from manycast.settings.accounts import AccountsSettings


TOUCH_MS = 60_000
"""How exactly the last use of a credential is written down: a write each minute instead of one each request."""


@dataclass(frozen=True, slots=True)
class Found:
    who: Principal
    touch: bool
    """Whether ``used_ms`` is to be written again."""


def by_session(db: Session, cookie: str, settings: AccountsSettings, now_ms: int) -> Found | None:
    """None when there is no such session, it has ended, or its person is disabled."""
    query = select(LoginSession, User).join(User, User.id == LoginSession.user_id)
    row = db.execute(query.where(LoginSession.digest == digest(cookie))).one_or_none()
    if row is None:
        return None
    session, user = row
    if user.disabled or now_ms >= ends_ms(session, settings):
        return None
    who = principal(db, user, session.id, settings)
    return Found(who, now_ms - session.used_ms >= TOUCH_MS)


def by_api_key(db: Session, key: str, settings: AccountsSettings, now_ms: int) -> Found | None:
    query = select(ApiKey, User).join(User, User.id == ApiKey.user_id)
    row = db.execute(query.where(ApiKey.digest == digest(key))).one_or_none()
    if row is None:
        return None
    api_key, user = row
    if user.disabled or (api_key.expires_ms is not None and now_ms >= api_key.expires_ms):
        return None
    scopes = frozenset(Action(scope) for scope in api_key.scopes if scope in set(Action))
    who = principal(db, user, api_key.id, settings, scopes)
    return Found(who, now_ms - (api_key.used_ms or 0) >= TOUCH_MS)


def principal(
    db: Session,
    user: User,
    credential_id: str,
    settings: AccountsSettings,
    scopes: frozenset[Action] | None = None,
) -> Principal:
    return Principal(
        user_id=user.id,
        name=user.name,
        role=Role(user.role),
        channels=channels.of_user(db, user.id),
        scopes=scopes,
        credential_id=credential_id,
        unproven=_is_unproven(user, settings),
    )


def ends_ms(session: LoginSession, settings: AccountsSettings) -> int:
    """When it is over, if its browser asks for nothing more."""
    return min(
        session.used_ms + settings.session_idle_s * 1000,
        session.created_ms + settings.session_max_s * 1000,
    )


def is_good(db: Session, who: Principal, settings: AccountsSettings, now_ms: int) -> bool:
    """Whether somebody who has proved who he is would still pass, with the same rights."""
    user = db.get(User, who.user_id)
    if user is None or user.disabled or user.role != who.role:
        return False
    if _is_unproven(user, settings) != who.unproven:
        return False
    if channels.of_user(db, user.id) != who.channels:
        return False
    session = db.get(LoginSession, who.credential_id)
    if session is not None:
        return now_ms < ends_ms(session, settings)
    key = db.get(ApiKey, who.credential_id)
    return key is not None and (key.expires_ms is None or now_ms < key.expires_ms)


def touch(db: Session, credential_id: str, now_ms: int) -> None:
    used = db.get(LoginSession, credential_id) or db.get(ApiKey, credential_id)
    if used is not None:
        used.used_ms = now_ms


def _is_unproven(user: User, settings: AccountsSettings) -> bool:
    if not settings.second_factor_from or user.totp_on or user.password_hash is None:
        return False
    roles = list(Role)
    return roles.index(Role(user.role)) >= roles.index(Role(settings.second_factor_from))
