"""Who does something, and the row that says so."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from manycast.runtime import clock
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.tables.audit import Audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Whose change it is, for the audit log."""

    user_id: str = ""
    name: str
    credential_id: str = ""
    """The session or API key that was used."""
    address: str = ""
    """Where the request came from."""


MACHINE = Actor(name="manycast")
"""For what no person asked for."""


def note(
    db: Session, actor: Actor, action: str, target: str, detail: dict[str, Any] | None = None
) -> None:
    """Write one change down, in the transaction that makes it."""
    db.add(
        Audit(
            id=new_id("aud"),
            at_ms=clock.wall_ms(),
            actor_id=actor.user_id,
            actor_name=actor.name,
            credential_id=actor.credential_id,
            address=actor.address,
            action=action,
            target=target,
            detail=detail or {},
        )
    )


def forget(db: Session, before_ms: int) -> None:
    db.execute(delete(Audit).where(Audit.at_ms < before_ms))
