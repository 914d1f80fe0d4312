"""The outbox: what still has to be told, and what became of the rest."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from manycast.model.notices import DeliveryState, Kind
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.paging import Place, Slice, read_slice
from manycast.runtime.store.tables.notices import Delivery, Target


NEVER_SENT = "Its target did not answer for so long that nothing more was sent there."


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is told, in the words that are sent."""

    once: str
    """What happened: to one target it is told once."""
    kind: Kind
    subject: str
    channel: str = ""
    at_ms: int
    title: str
    text: str
    data: dict[str, Any]
    rule_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which deliveries to list; empty: all."""

    state: str = ""
    kind: str = ""
    target_id: str = ""
    channel: str = ""


def add(
    db: Session, letter: Letter, target: Target, *, now_ms: int, due_ms: int, until_ms: int
) -> Delivery | None:
    """Put it into the outbox; None when this target was or will be told already."""
    row = Delivery(
        id=new_id("dlv"),
        once=f"{letter.once}>{target.id}",
        kind=letter.kind.value,
        subject=letter.subject,
        channel=letter.channel,
        at_ms=letter.at_ms,
        title=letter.title,
        text=letter.text,
        data=letter.data,
        rule_id=letter.rule_id,
        target_id=target.id,
        target_name=target.name,
        state=DeliveryState.WAITING.value,
        attempts=0,
        due_ms=due_ms,
        until_ms=until_ms,
        tried_ms=None,
        delivered_ms=None,
        reason="",
        created_ms=now_ms,
    )
    try:
        with db.begin_nested():
            db.add(row)
    except IntegrityError:
        return None
    return row


def read_page(db: Session, wanted: Wanted, piece: Slice) -> tuple[list[Delivery], Place | None]:
    """Newest first."""
    order = [Delivery.created_ms, Delivery.id]
    return read_slice(db, _matching(wanted), order, piece, newest_first=True)


def _matching(wanted: Wanted) -> Select[Any]:
    query = select(Delivery)
    for column, value in (
        (Delivery.state, wanted.state),
        (Delivery.kind, wanted.kind),
        (Delivery.target_id, wanted.target_id),
        (Delivery.channel, wanted.channel),
    ):
        if value:
            query = query.where(column == value)
    return query


def due(
    db: Session,
    now_ms: int,
    limit: int,
    *,
    busy: Collection[str] = (),
    resting: Collection[str] = (),
) -> Sequence[Delivery]:
    """What may be sent now, the oldest first: nothing to busy targets, and to resting ones only tests."""
    query = (
        select(Delivery)
        .where(
            Delivery.state == DeliveryState.WAITING.value,
            Delivery.due_ms <= now_ms,
            Delivery.target_id.not_in(busy),
            or_(Delivery.target_id.not_in(resting), Delivery.kind == Kind.TEST.value),
        )
        .order_by(Delivery.due_ms, Delivery.id)
        .limit(limit)
    )
    return db.scalars(query).all()


def waiting(db: Session, target_id: str, limit: int) -> int:
    """How many wait for this target, counted up to ``limit``."""
    some = (
        select(Delivery.id)
        .where(Delivery.state == DeliveryState.WAITING.value, Delivery.target_id == target_id)
        .limit(limit)
    )
    return db.scalar(select(func.count()).select_from(some.subquery())) or 0


def claim(db: Session, row: Delivery, *, now_ms: int, until_ms: int) -> bool:
    """Whether it is ours to send: until ``until_ms`` nobody else takes it, after that it was lost and is due again."""
    taken = db.execute(
        update(Delivery)
        .where(
            Delivery.id == row.id,
            Delivery.state == DeliveryState.WAITING.value,
            Delivery.due_ms == row.due_ms,
        )
        .values(due_ms=until_ms, attempts=Delivery.attempts + 1, tried_ms=now_ms)
        .returning(Delivery.id),
        execution_options={"synchronize_session": False},
    )
    return taken.first() is not None


def delivered(db: Session, delivery_id: str, now_ms: int, note: str = "") -> None:
    """``note`` is what went wrong with a part of it."""
    state = DeliveryState.DELIVERED.value
    _settle(db, delivery_id, state=state, delivered_ms=now_ms, reason=note)


def failed(db: Session, delivery_id: str, reason: str) -> None:
    """For good, until somebody asks for another attempt."""
    _settle(db, delivery_id, state=DeliveryState.FAILED.value, reason=reason)


def postponed(db: Session, delivery_id: str, reason: str, due_ms: int) -> None:
    _settle(db, delivery_id, due_ms=due_ms, reason=reason)


def again(row: Delivery, now_ms: int, until_ms: int) -> None:
    """From the beginning, with the same id."""
    row.state = DeliveryState.WAITING.value
    row.due_ms, row.until_ms = now_ms, until_ms


def forget(db: Session, before_ms: int) -> None:
    """Drop what was settled and is older."""
    db.execute(
        delete(Delivery).where(
            Delivery.created_ms < before_ms, Delivery.state != DeliveryState.WAITING.value
        )
    )


def expire(db: Session, before_ms: int) -> None:
    """Give up what waited for a target that rests, beyond its time."""
    waits = (Delivery.state == DeliveryState.WAITING.value, Delivery.until_ms < before_ms)
    reason = func.coalesce(func.nullif(Delivery.reason, ""), NEVER_SENT)
    values = {"state": DeliveryState.FAILED.value, "reason": reason}
    db.execute(
        update(Delivery).where(*waits, Delivery.due_ms < before_ms).values(values),
        execution_options={"synchronize_session": False},
    )


def lately(db: Session, after_ms: int, limit: int) -> list[Delivery]:
    """What rules told since then, the newest last."""
    query = (
        select(Delivery)
        .where(Delivery.created_ms > after_ms, Delivery.rule_id != "")
        .order_by(Delivery.created_ms.desc(), Delivery.id.desc())
        .limit(limit)
    )
    return list(db.scalars(query))[::-1]


def _settle(db: Session, delivery_id: str, **values: Any) -> None:
    db.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.WAITING.value)
        .values(**values),
        execution_options={"synchronize_session": False},
    )
