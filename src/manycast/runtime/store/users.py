"""People and what they prove themselves with, in the store."""

from collections.abc import Collection, Iterable

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from manycast.control.permissions import Role
from manycast.control.second_factor import accepted_step
from manycast.runtime.accounts.tokens import recovery_digest
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.sealing import Secrets
from manycast.runtime.store.tables.accounts import Identity, LoginSession, RecoveryCode, User


def add(
    db: Session, name: str, role: Role, *, email: str | None, password_hash: str | None, now_ms: int
) -> User:
    """Raises IntegrityError when somebody has this name or address."""
    user = User(
        id=new_id("usr"),
        name=name,
        folded=name.casefold(),
        email=email and email.lower(),
        role=role,
        disabled=False,
        password_hash=password_hash,
        totp_secret=None,
        totp_on=False,
        totp_step=0,
        created_ms=now_ms,
    )
    db.add(user)
    db.flush()
    return user


def by_login(db: Session, name: str) -> User | None:
    """By name or address."""
    folded = name.strip().casefold()
    query = select(User).where(or_(User.folded == folded, User.email == folded))
    # A name may be somebody else's address; the name goes first.
    return db.scalars(query.order_by(User.folded != folded).limit(1)).one_or_none()


def by_email(db: Session, email: str) -> User | None:
    return db.scalars(select(User).where(User.email == email.lower())).one_or_none()


def enter_email(user: User, email: str | None) -> None:
    """What the owner says it is."""
    email = email and email.lower()
    if email != user.email:
        user.email, user.email_own = email, email is not None


def are_there_any(db: Session) -> bool:
    return db.scalar(select(User.id).limit(1)) is not None


def is_last_admin(db: Session, user: User) -> bool:
    """Whether nobody could change anything without this person."""
    if user.disabled or user.role != Role.ADMIN:
        return False
    others = select(func.count()).where(
        User.role == Role.ADMIN, User.disabled.is_(False), User.id != user.id
    )
    return db.scalar(others) == 0


def proves(db: Session, secrets: Secrets, user: User, code: str, now_ms: int) -> bool:
    """Whether the code of a phone or of paper is right; it is used up by that. In a transaction that writes."""
    if user.totp_secret is None:
        return False
    step = accepted_step(secrets.open(user.totp_secret), code, now_ms, user.totp_step)
    if step is not None:
        user.totp_step = step
        return True
    return user.totp_on and _use_recovery_code(db, user, code)


def _use_recovery_code(db: Session, user: User, code: str) -> bool:
    kept = db.get(RecoveryCode, recovery_digest(code))
    if kept is None or kept.user_id != user.id:
        return False
    db.delete(kept)
    return True


def replace_recovery_codes(db: Session, user: User, codes: Iterable[str]) -> None:
    db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    db.add_all(RecoveryCode(digest=recovery_digest(code), user_id=user.id) for code in codes)


def recovery_codes_left(db: Session, user: User) -> int:
    query = select(func.count()).select_from(RecoveryCode)
    return db.scalar(query.where(RecoveryCode.user_id == user.id)) or 0


def forget_second_factor(db: Session, user: User) -> None:
    user.totp_secret, user.totp_on = None, False
    replace_recovery_codes(db, user, ())


def seen_ms(db: Session, ids: Collection[str]) -> dict[str, int]:
    """When a session of each was last used; nobody without one."""
    query = select(LoginSession.user_id, func.max(LoginSession.used_ms))
    query = query.where(LoginSession.user_id.in_(ids)).group_by(LoginSession.user_id)
    return {row[0]: row[1] for row in db.execute(query)}


def with_sign_on(db: Session, ids: Collection[str]) -> set[str]:
    """Those whom single sign-on knows."""
    return set(db.scalars(select(Identity.user_id).where(Identity.user_id.in_(ids))))
