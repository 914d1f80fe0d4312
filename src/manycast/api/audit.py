"""Who changed what, for administrators."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Select, select

from manycast.api.access import may
from manycast.api.context import Here
from manycast.api.paging import Paging, page
from manycast.control.permissions import Action, Principal
from manycast.runtime.store.paging import read_slice
from manycast.runtime.store.tables.audit import Audit as Row
from manycast.schema.audit import AuditEntry
from manycast.schema.values import Line, Moment, Page, milliseconds, moment


router = APIRouter(prefix="/audit", tags=["people"])
Word = Annotated[str, Query(max_length=64, pattern=r"^[a-z_.]*$")]


@router.get("", operation_id="list_audit")
def list_audit(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    here: Here,
    who: Annotated[Principal, may(Action.AUDIT_READ)],
    wanted: Paging,
    actor: Annotated[Line, Query(description="Id or name of who did it.")] = "",
    action: Annotated[Word, Query(description="Such as `channel.create`, or only `channel`.")] = "",
    target: Annotated[Line, Query(description="Id or name of what was changed.")] = "",
    since: Moment | None = None,
    until: Moment | None = None,
) -> Page[AuditEntry]:
    """The newest first."""
    del who
    query = _chosen(actor, action, target)
    if since is not None:
        query = query.where(Row.at_ms >= milliseconds(since))
    if until is not None:
        query = query.where(Row.at_ms < milliseconds(until))
    with here.store.read() as db:
        found = read_slice(db, query, (Row.at_ms, Row.id), wanted, newest_first=True)
    return page(found, view)


def _chosen(actor: str, action: str, target: str) -> Select[Any]:
    query = select(Row)
    if actor:
        query = query.where((Row.actor_id == actor) | (Row.actor_name == actor))
    if action:
        query = query.where(
            (Row.action == action) | Row.action.startswith(f"{action}.", autoescape=True)
        )
    if target:
        query = query.where(Row.target == target)
    return query


def view(row: Row) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=moment(row.at_ms),
        actor_id=row.actor_id or None,
        actor=row.actor_name,
        credential_id=row.credential_id or None,
        address=row.address,
        action=row.action,
        target=row.target,
        detail=row.detail,
    )
