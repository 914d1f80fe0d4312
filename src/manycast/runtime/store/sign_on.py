"""The provider of single sign-on that an administrator chose, and whose identities are whose."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from manycast.control.permissions import Role
from manycast.control.sign_on import Identity, RefusedError
from manycast.runtime.accounts.provider import Client
from manycast.runtime.store import invitations, users
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.sealing import Secrets
from manycast.runtime.store.tables.accounts import Identity as Row, User
from manycast.runtime.store.tables.settings import Setting


KEY = "sign_on"
NAMES_TRIED_MAX = 1000
"""``ann``, ``ann2``, ``ann3``, …"""


@dataclass(frozen=True, slots=True)
class SignOn:
    name: str
    """What the button says."""
    issuer: str
    client_id: str
    role_for_strangers: str | None
    """Whom nobody knows gets this role; None: is refused."""
    domains: list[str]
    """Strangers need an address in one of them; empty: any."""


def read(db: Session) -> tuple[SignOn, int] | None:
    """With its version; None while there is none."""
    row = db.get(Setting, KEY)
    return (SignOn(**row.value), row.version) if row else None


def client(db: Session, secrets: Secrets) -> Client | None:
    row = db.get(Setting, KEY)
    if row is None or row.sealed is None:
        return None
    chosen = SignOn(**row.value)
    return Client(chosen.issuer, chosen.client_id, secrets.open(row.sealed))


def write(db: Session, chosen: SignOn, sealed: bytes | None, now_ms: int) -> int:
    """The new version; ``sealed`` is the secret, None keeps the old one."""
    row = db.get(Setting, KEY)
    if row is None:
        row = Setting(key=KEY, sealed=None)
        db.add(row)
    row.value, row.changed_ms = asdict(chosen), now_ms
    row.sealed = sealed or row.sealed
    db.flush()
    return row.version


def person(db: Session, who: Identity, chosen: SignOn, link_to: str, now_ms: int) -> User:
    """Whose account this opens, made when the rules allow it. Raises RefusedError."""
    known = _known(db, who)
    if known is not None:
        if link_to not in {"", known.id}:
            raise RefusedError("sign-on-taken", "this identity opens another account")
        return known
    user = (
        _linked(db, link_to) or _by_address(db, who, now_ms) or _stranger(db, who, chosen, now_ms)
    )
    if user is None:
        raise RefusedError("sign-on-unknown", "nobody is known or invited by this identity")
    db.add(
        Row(
            id=new_id("idn"),
            user_id=user.id,
            issuer=who.issuer,
            subject=who.subject,
            created_ms=now_ms,
        )
    )
    return user


def _known(db: Session, who: Identity) -> User | None:
    query = select(User).join(Row, Row.user_id == User.id)
    return db.scalars(
        query.where(Row.issuer == who.issuer, Row.subject == who.subject)
    ).one_or_none()


def _linked(db: Session, link_to: str) -> User | None:
    return db.get(User, link_to) if link_to else None


def _by_address(db: Session, who: Identity, now_ms: int) -> User | None:
    if who.email is None:
        return None
    user = users.by_email(db, who.email)
    invitation = invitations.by_email(db, who.email, now_ms)
    if user is not None and user.email_own and invitation is not None:
        user.email = None  # the administrator and the provider know better whose it is
        db.flush()
    elif user is not None:
        return _by_owner(user)
    if invitation is None:
        return None
    user = _add(db, who, Role(invitation.role), now_ms)
    invitations.use(db, invitation, user, now_ms)
    return user


def _by_owner(user: User) -> User:
    if user.totp_on:
        detail = "an account with a second factor is linked by its owner, not by its address"
        raise RefusedError("sign-on-second-factor", detail)
    if user.email_own:
        detail = "an account whose owner entered the address is linked by its owner"
        raise RefusedError("sign-on-own-address", detail)
    return user


def _stranger(db: Session, who: Identity, chosen: SignOn, now_ms: int) -> User | None:
    if chosen.role_for_strangers is None:
        return None
    domain = (who.email or "").rpartition("@")[2]
    if chosen.domains and domain not in chosen.domains:
        return None
    return _add(db, who, Role(chosen.role_for_strangers), now_ms)


def _add(db: Session, who: Identity, role: Role, now_ms: int) -> User:
    more: dict[str, Any] = {"email": who.email, "password_hash": None, "now_ms": now_ms}
    return users.add(db, _free_name(db, who.name), role, **more)


def _free_name(db: Session, wanted: str) -> str:
    for number in range(1, NAMES_TRIED_MAX):
        name = wanted if number == 1 else f"{wanted}{number}"
        if db.scalar(select(User.id).where(User.folded == name.casefold())) is None:
            return name
    raise RefusedError("sign-on-failed", f"a thousand people are called {wanted}")
