"""Browsers that are logged in, in the store."""

from collections.abc import Sequence

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from manycast.runtime.accounts.tokens import digest, new_token
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.tables.accounts import LoginSession, User
from manycast.settings.accounts import AccountsSettings


EACH_MAX = 50
"""Of one person; with more, the one unused for longest ends."""
AGENT_CHARACTERS_MAX = 200


def start(
    db: Session, user: User, *, address: str, agent: str, now_ms: int
) -> tuple[LoginSession, str]:
    """The new session and its cookie, which is kept nowhere else."""
    cookie = new_token("mcs")
    _make_room(db, user)
    session = LoginSession(
        id=new_id("ses"),
        user_id=user.id,
        digest=digest(cookie),
        created_ms=now_ms,
        used_ms=now_ms,
        address=address,
        agent=_printable(agent),
    )
    db.add(session)
    db.flush()
    return session, cookie


def is_new_device(db: Session, user: User, address: str, agent: str) -> bool:
    """Whether none of this person's sessions came from such a browser, or from there."""
    known = db.scalars(select(LoginSession).where(LoginSession.user_id == user.id)).all()
    same = [each for each in known if each.agent == _printable(agent) or each.address == address]
    return bool(known) and not same


def of_user(
    db: Session, user_id: str, settings: AccountsSettings, now_ms: int
) -> Sequence[LoginSession]:
    """Those that are still good, the last used first."""
    idle_ms, max_ms = settings.session_idle_s * 1000, settings.session_max_s * 1000
    query = select(LoginSession).where(
        LoginSession.user_id == user_id,
        LoginSession.used_ms > now_ms - idle_ms,
        LoginSession.created_ms > now_ms - max_ms,
    )
    return db.scalars(query.order_by(LoginSession.used_ms.desc(), LoginSession.id)).all()


def by_cookie(db: Session, cookie: str) -> LoginSession | None:
    return db.scalars(
        select(LoginSession).where(LoginSession.digest == digest(cookie))
    ).one_or_none()


def end_all(db: Session, user_id: str, but: str = "") -> None:
    """``but``: the id of one that goes on."""
    db.execute(delete(LoginSession).where(LoginSession.user_id == user_id, LoginSession.id != but))


def sweep(db: Session, settings: AccountsSettings, now_ms: int) -> None:
    """Remove everybody's that are over."""
    idle_ms, max_ms = settings.session_idle_s * 1000, settings.session_max_s * 1000
    over = or_(LoginSession.used_ms <= now_ms - idle_ms, LoginSession.created_ms <= now_ms - max_ms)
    db.execute(delete(LoginSession).where(over))


def _make_room(db: Session, user: User) -> None:
    query = select(LoginSession).where(LoginSession.user_id == user.id)
    for old in db.scalars(query.order_by(LoginSession.used_ms.desc()).offset(EACH_MAX - 1)):
        db.delete(old)


def _printable(agent: str) -> str:
    return "".join(c for c in agent if c.isprintable())[:AGENT_CHARACTERS_MAX]
