"""Where notices go: rows of targets, and the secrets that webhooks are signed with."""

import base64
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from manycast.model.notices import Way
from manycast.runtime.store.paging import Place, Slice, read_slice
from manycast.runtime.store.sealing import Secrets
from manycast.runtime.store.tables.notices import Delivery, Rule, Target


TARGETS_MAX = 500
"""Of an installation; each is asked by itself."""
SECRET_PREFIX = "whsec_"  # noqa: S105  of Standard Webhooks
SECRET_BYTES = 32
"""Standard Webhooks asks for 24 to 64."""


@dataclass(frozen=True, slots=True)
class Try:
    """What became of the last attempt at a target."""

    tried_ms: int
    reason: str
    """Empty: it went well."""


def read_page(db: Session, wanted: Slice) -> tuple[list[Target], Place | None]:
    return read_slice(db, select(Target), [Target.created_ms, Target.id], wanted)


def count(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(Target)) or 0


def known(db: Session, ids: Iterable[str]) -> set[str]:
    return set(db.scalars(select(Target.id).where(Target.id.in_(list(ids)))))


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def lead_to(target: Target, sealing: Secrets, url: str) -> None:
    """Store where a hook leads, and what may be shown of it: with chats and many others the path is the password."""
    parts = urlsplit(url)
    target.url = sealing.seal(url)
    target.address = f"{parts.scheme}://{parts.netloc}/…"


def address_to(target: Target, recipients: Sequence[str]) -> None:
    target.recipients = list(recipients)
    target.address = ", ".join(recipients)


def make(db: Session, target_id: str, kind: Way, name: str, now_ms: int) -> Target:
    """Without an address yet."""
    target = Target(
        id=target_id,
        kind=kind.value,
        name=name,
        enabled=True,
        address="",
        url=None,
        recipients=[],
        secret=None,
        old_secret=None,
        old_until_ms=0,
        created_ms=now_ms,
        changed_ms=now_ms,
    )
    db.add(target)
    return target


def rotate(target: Target, sealing: Secrets, old_until_ms: int) -> str:
    """Give it a new secret and return it; the one before signs too, until then."""
    secret = new_secret()
    target.old_secret, target.old_until_ms = target.secret, old_until_ms
    target.secret = sealing.seal(secret)
    return secret


def remove(db: Session, target: Target) -> None:
    """Also from the rules that named it; what was delivered to it stays in the history."""
    for rule in db.scalars(select(Rule)):
        if target.id in rule.targets:
            rule.targets = [each for each in rule.targets if each != target.id]
    db.delete(target)


def last_tries(db: Session, ids: Sequence[str]) -> dict[str, Try]:
    """By target."""
    latest = (
        select(Delivery.target_id, func.max(Delivery.tried_ms).label("tried_ms"))
        .where(Delivery.target_id.in_(ids), Delivery.tried_ms.is_not(None))
        .group_by(Delivery.target_id)
        .subquery()
    )
    rows = db.execute(
        select(Delivery.target_id, latest.c.tried_ms, Delivery.reason).join(
            latest,
            (latest.c.target_id == Delivery.target_id) & (latest.c.tried_ms == Delivery.tried_ms),
        )
    )
    return {target_id: Try(tried_ms, reason) for target_id, tried_ms, reason in rows}
