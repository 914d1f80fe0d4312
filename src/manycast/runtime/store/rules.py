"""Who is told what: rows of rules."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from manycast.runtime.store.paging import Place, Slice, read_slice
from manycast.runtime.store.tables.notices import Rule


RULES_MAX = 500
"""Of an installation: each is looked at for each event."""


def read_page(db: Session, wanted: Slice) -> tuple[list[Rule], Place | None]:
    return read_slice(db, select(Rule), [Rule.created_ms, Rule.id], wanted)


def count(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(Rule)) or 0


def in_force(db: Session) -> list[Rule]:
    return list(db.scalars(select(Rule).where(Rule.enabled).order_by(Rule.created_ms, Rule.id)))
