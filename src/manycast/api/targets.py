"""Where notices go: webhooks, mailboxes, chats."""

from typing import Annotated

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from manycast.api.access import By, may
from manycast.api.context import Context, Here
from manycast.api.deliveries import show as show_delivery
from manycast.api.idempotency import OnlyOnce
from manycast.api.paging import Paging, page
from manycast.api.problems import Problem, missing, refusals
from manycast.api.versions import IfMatch, tag
from manycast.control.permissions import Action, Principal
from manycast.model.notices import Way
from manycast.runtime.notices.letters import trial
from manycast.runtime.store import targets
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.tables.notices import Target as Row
from manycast.runtime.store.targets import Try
from manycast.schema.notices import (
    Delivery,
    NewHook,
    NewMailbox,
    NewTarget,
    SecretMade,
    Target,
    TargetChange,
    TargetMade,
)
from manycast.schema.values import FieldProblem, Id, Page, moment


OLD_SECRET_MS = 86_400_000
"""A day to tell a receiver its new secret."""

router = APIRouter(prefix="/targets", tags=["notifications"])
READ = may(Action.NOTICES_READ)
Writer = Annotated[Principal, may(Action.NOTICES_WRITE)]


@router.get("", operation_id="list_targets", dependencies=[READ])
def list_targets(here: Here, piece: Paging) -> Page[Target]:
    """In the order in which they were made."""
    with here.store.read() as db:
        rows, following = targets.read_page(db, piece)
        tries = targets.last_tries(db, [row.id for row in rows])
    return page((rows, following), lambda row: show(row, tries.get(row.id)))


@router.post("", operation_id="create_target", status_code=201, responses=refusals(409))
def create_target(
    new: NewTarget, here: Here, by: By, once: OnlyOnce, response: Response, _: Writer
) -> TargetMade:
    """The reply to a webhook holds the secret that its receiver verifies with; it is shown only now."""
    detail = {"kind": new.kind.value, "name": new.name}
    target_id = new_id("tgt")
    with here.store.change(by, "target.create", target_id, detail) as db:
        once.look(db)
        _room_for_more(db)
        row = targets.make(db, target_id, new.kind, new.name, here.now_ms())
        row.enabled = new.enabled
        secret = _equip(here, row, new)
        db.flush()
        made = TargetMade(**show(row, None).model_dump(), secret=secret)
        once.keep(db, made, version=made.version)
    tag(response, made.version)
    return made


def _room_for_more(db: Session) -> None:
    if targets.count(db) >= targets.TARGETS_MAX:
        limit = f"There are {targets.TARGETS_MAX} targets already; delete one first."
        raise Problem(409, "too-many", limit)


def _equip(here: Context, row: Row, new: NewHook | NewMailbox) -> str | None:
    """Give it its address, and a webhook its secret."""
    if isinstance(new, NewMailbox):
        targets.address_to(row, new.recipients)
        return None
    targets.lead_to(row, here.store.secrets, new.url)
    if new.kind is not Way.WEBHOOK:
        return None
    return targets.rotate(row, here.store.secrets, 0)


@router.get(
    "/{target_id}", operation_id="read_target", dependencies=[READ], responses=refusals(404)
)
def read_target(target_id: Id, here: Here, response: Response) -> Target:
    with here.store.read() as db:
        row = _found(db, target_id)
        tries = targets.last_tries(db, [row.id])
    tag(response, row.version)
    return show(row, tries.get(row.id))


@router.patch("/{target_id}", operation_id="update_target", responses=refusals(404, 412, 428))
def update_target(
    target_id: Id,
    change: TargetChange,
    here: Here,
    by: By,
    wanted: IfMatch,
    response: Response,
    _: Writer,
) -> Target:
    detail = {"fields": sorted(change.model_fields_set)}
    with here.store.change(by, "target.update", target_id, detail) as db:
        row = _found(db, target_id)
        wanted.check(row.version)
        _apply(here, row, change)
        row.changed_ms = here.now_ms()
        db.flush()
        tries = targets.last_tries(db, [row.id])
    tag(response, row.version)
    return show(row, tries.get(row.id))


def _apply(here: Context, row: Row, change: TargetChange) -> None:
    of_mail = row.kind == Way.EMAIL
    if change.url is not None and of_mail:
        raise _misfit("url", "A mailbox has recipients and no URL.")
    if change.recipients is not None and not of_mail:
        raise _misfit("recipients", "Only e-mail has recipients.")
    if change.url is not None:
        targets.lead_to(row, here.store.secrets, change.url)
    if change.recipients is not None:
        targets.address_to(row, change.recipients)
    if change.name is not None:
        row.name = change.name
    if change.enabled is not None:
        row.enabled = change.enabled


def _misfit(field: str, detail: str) -> Problem:
    pointer = FieldProblem(pointer=f"#/{field}", detail=detail)
    return Problem(422, "misfit", detail, errors=[pointer])


@router.delete(
    "/{target_id}", operation_id="delete_target", status_code=204, responses=refusals(404)
)
def delete_target(target_id: Id, here: Here, by: By, _: Writer) -> None:
    """Also from the rules that name it; what waits for it is not sent any more."""
    with here.store.change(by, "target.delete", target_id) as db:
        targets.remove(db, _found(db, target_id))


@router.post(
    "/{target_id}/secret", operation_id="rotate_target_secret", responses=refusals(404, 409)
)
def rotate_target_secret(target_id: Id, here: Here, by: By, _: Writer) -> SecretMade:
    """A new secret for a webhook; for a day messages are signed with both."""
    with here.store.change(by, "target.rotate", target_id) as db:
        row = _found(db, target_id)
        if row.kind != Way.WEBHOOK:
            raise Problem(409, "unsigned", "Only webhooks have a secret.")
        until_ms = here.now_ms() + OLD_SECRET_MS
        secret = targets.rotate(row, here.store.secrets, until_ms)
        row.changed_ms = here.now_ms()
    return SecretMade(secret=secret, old_until=moment(until_ms))


@router.post(
    "/{target_id}/test", operation_id="test_target", status_code=202, responses=refusals(404)
)
def send_test(target_id: Id, here: Here, by: By, _: Writer) -> Delivery:
    """Send a test at once; ask for the delivery, or listen to the events, to learn what became of it."""
    with here.store.change(by, "target.test", target_id) as db:
        target = _found(db, target_id)
        row = trial(db, here.settings, target, by.name, here.now_ms())
        db.flush()
    return show_delivery(row)


def _found(db: Session, target_id: Id) -> Row:
    row = db.get(Row, target_id)
    if row is None:
        raise missing("target")
    return row


def show(row: Row, last: Try | None) -> Target:
    return Target(
        id=row.id,
        kind=Way(row.kind),
        name=row.name,
        enabled=row.enabled,
        address=row.address,
        recipients=row.recipients,
        trouble=(last.reason or None) if last else None,
        tried_at=moment(last.tried_ms) if last else None,
        created_at=moment(row.created_ms),
        changed_at=moment(row.changed_ms),
        version=row.version,
    )
