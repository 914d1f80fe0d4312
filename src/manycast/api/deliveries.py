"""What was told, what waits, and what could not be told."""

from typing import Annotated

from fastapi import APIRouter, Query

from manycast.api.access import By, may
from manycast.api.context import Here
from manycast.api.paging import Paging, page
from manycast.api.problems import Problem, missing, refusals
from manycast.control.permissions import Action, Principal
from manycast.model.notices import DeliveryState, Kind
from manycast.runtime.store import deliveries
from manycast.runtime.store.deliveries import Wanted
from manycast.runtime.store.tables.notices import Delivery as Row
from manycast.schema.channels import ChannelName
from manycast.schema.notices import Delivery
from manycast.schema.values import Id, Page, moment


router = APIRouter(prefix="/deliveries", tags=["notifications"])
READ = may(Action.NOTICES_READ)
Writer = Annotated[Principal, may(Action.NOTICES_WRITE)]


@router.get("", operation_id="list_deliveries", dependencies=[READ])
def list_deliveries(
    here: Here,
    piece: Paging,
    state: Annotated[DeliveryState | None, Query()] = None,
    kind: Annotated[Kind | None, Query()] = None,
    target_id: Annotated[Id | None, Query()] = None,
    channel: Annotated[ChannelName | None, Query()] = None,
) -> Page[Delivery]:
    """Newest first."""
    wanted = Wanted(
        state=state or "", kind=kind or "", target_id=target_id or "", channel=channel or ""
    )
    with here.store.read() as db:
        found = deliveries.read_page(db, wanted, piece)
    return page(found, show)


@router.get(
    "/{delivery_id}", operation_id="read_delivery", dependencies=[READ], responses=refusals(404)
)
def read_delivery(delivery_id: Id, here: Here) -> Delivery:
    with here.store.read() as db:
        row = db.get(Row, delivery_id)
    if row is None:
        raise missing("delivery")
    return show(row)


@router.post(
    "/{delivery_id}/retry",
    operation_id="retry_delivery",
    status_code=202,
    responses=refusals(404, 409),
)
def retry_delivery(delivery_id: Id, here: Here, by: By, _: Writer) -> Delivery:
    """Try again now what waits or was given up; the message keeps its id."""
    until_ms = here.now_ms() + round(here.settings.notices.give_up_s * 1000)
    with here.store.change(by, "delivery.retry", delivery_id) as db:
        row = db.get(Row, delivery_id)
        if row is None:
            raise missing("delivery")
        if row.state == DeliveryState.DELIVERED:
            raise Problem(409, "delivered", "It has been delivered already.")
        deliveries.again(row, here.now_ms(), until_ms)
    return show(row)


def show(row: Row) -> Delivery:
    waiting = row.state == DeliveryState.WAITING
    return Delivery(
        id=row.id,
        kind=Kind(row.kind),
        channel=row.channel or None,
        title=row.title,
        text=row.text,
        happened_at=moment(row.at_ms),
        target_id=row.target_id,
        target_name=row.target_name,
        rule_id=row.rule_id or None,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_attempt_at=moment(row.due_ms) if waiting else None,
        tried_at=None if row.tried_ms is None else moment(row.tried_ms),
        delivered_at=None if row.delivered_ms is None else moment(row.delivered_ms),
        reason=row.reason or None,
        created_at=moment(row.created_ms),
    )
