"""Who is told what, and when not."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from manycast.api.access import By, may
from manycast.api.context import Here
from manycast.api.idempotency import OnlyOnce
from manycast.api.paging import Paging, page
from manycast.api.problems import Problem, missing, refusals
from manycast.api.versions import IfMatch, tag
from manycast.control.notice import LASTING, OF_CHANNELS
from manycast.control.permissions import Action, Principal
from manycast.control.wording import EVERYWHERE, WORDINGS, unknown_words
from manycast.model.notices import Kind
from manycast.runtime.store import rules, targets
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.tables.notices import Rule as Row
from manycast.schema.notices import (
    NewRule,
    NoticeKind,
    NoticeKinds,
    QuietHours,
    Rule,
    RuleChange,
    Word,
)
from manycast.schema.values import FieldProblem, Id, Page, moment


router = APIRouter(tags=["notifications"])
READ = may(Action.NOTICES_READ)
Writer = Annotated[Principal, may(Action.NOTICES_WRITE)]


@router.get("/notice-kinds", operation_id="list_notice_kinds", dependencies=[READ])
def list_notice_kinds() -> NoticeKinds:
    """What rules can ask for, and the words that templates may use."""
    return NoticeKinds(items=[_kind(kind) for kind in Kind if kind is not Kind.TEST])


@router.get("/rules", operation_id="list_rules", dependencies=[READ])
def list_rules(here: Here, piece: Paging) -> Page[Rule]:
    """In the order in which they were made."""
    with here.store.read() as db:
        found = rules.read_page(db, piece)
    return page(found, show)


@router.post("/rules", operation_id="create_rule", status_code=201, responses=refusals(409))
def create_rule(
    new: NewRule, here: Here, by: By, once: OnlyOnce, response: Response, _: Writer
) -> Rule:
    now_ms = here.now_ms()
    row = Row(id=new_id("rul"), created_ms=now_ms, changed_ms=now_ms, quiet={})
    _fill(row, new.model_dump(mode="json"))
    with here.store.change(by, "rule.create", row.id, {"name": row.name}) as db:
        once.look(db)
        if rules.count(db) >= rules.RULES_MAX:
            limit = f"There are {rules.RULES_MAX} rules already; delete one first."
            raise Problem(409, "too-many", limit)
        _check(db, row)
        db.add(row)
        db.flush()
        made = show(row)
        once.keep(db, made, version=made.version)
    tag(response, made.version)
    return made


@router.get(
    "/rules/{rule_id}", operation_id="read_rule", dependencies=[READ], responses=refusals(404)
)
def read_rule(rule_id: Id, here: Here, response: Response) -> Rule:
    with here.store.read() as db:
        row = _found(db, rule_id)
    tag(response, row.version)
    return show(row)


@router.patch("/rules/{rule_id}", operation_id="update_rule", responses=refusals(404, 412, 428))
def update_rule(
    rule_id: Id,
    change: RuleChange,
    here: Here,
    by: By,
    wanted: IfMatch,
    response: Response,
    _: Writer,
) -> Rule:
    fields = change.model_dump(mode="json", exclude_unset=True)
    with here.store.change(by, "rule.update", rule_id, {"fields": sorted(fields)}) as db:
        row = _found(db, rule_id)
        wanted.check(row.version)
        _fill(row, {k: v for k, v in fields.items() if v is not None or k == "quiet"})
        _check(db, row)
        row.changed_ms = here.now_ms()
    tag(response, row.version)
    return show(row)


@router.delete(
    "/rules/{rule_id}", operation_id="delete_rule", status_code=204, responses=refusals(404)
)
def delete_rule(rule_id: Id, here: Here, by: By, _: Writer) -> None:
    with here.store.change(by, "rule.delete", rule_id) as db:
        db.delete(_found(db, rule_id))


def _fill(row: Row, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        match name:
            case "lasting_s":
                row.lasting_ms = value * 1000
            case "cooldown_s":
                row.cooldown_ms = value * 1000
            case "quiet":
                row.quiet = value or {}
            case "kinds" | "channels" | "targets":
                setattr(row, name, list(dict.fromkeys(value)))
            case _:
                setattr(row, name, value)


def _check(db: Session, row: Row) -> None:
    """Raise Problem 422 for what a rule names and does not exist."""
    kinds = [Kind(kind) for kind in row.kinds]
    if Kind.TEST in kinds:
        raise _wrong("kinds", "A test is sent by the button of a target, not by a rule.")
    if absent := sorted(set(row.targets) - targets.known(db, row.targets)):
        raise _wrong("targets", f"There is no such target: {', '.join(absent)}.")
    for field, template in (("title", row.title), ("text", row.text)):
        if unknown := unknown_words(template, kinds):
            names = ", ".join(f"{{{word}}}" for word in unknown)
            raise _wrong(field, f"None of these kinds knows {names}.")
    if row.quiet and not _is_zone(row.quiet["zone"]):
        raise _wrong("quiet/zone", f"There is no time zone {row.quiet['zone']} on this machine.")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True


def _wrong(field: str, detail: str) -> Problem:
    pointer = FieldProblem(pointer=f"#/{field}", detail=detail)
    return Problem(422, "not-possible", detail, errors=[pointer])


def _found(db: Session, rule_id: Id) -> Row:
    row = db.get(Row, rule_id)
    if row is None:
        raise missing("rule")
    return row


def _kind(kind: Kind) -> NoticeKind:
    wording = WORDINGS[kind]
    words = {**wording.words, **EVERYWHERE}
    return NoticeKind(
        kind=kind,
        title=wording.title,
        text=wording.text,
        words=[Word(word=word, meaning=meaning) for word, meaning in words.items()],
        of_channel=kind in OF_CHANNELS,
        lasting=kind in LASTING,
    )


def show(row: Row) -> Rule:
    return Rule(
        id=row.id,
        name=row.name,
        enabled=row.enabled,
        kinds=[Kind(kind) for kind in row.kinds],
        channels=row.channels,
        targets=row.targets,
        lasting_s=row.lasting_ms // 1000,
        cooldown_s=row.cooldown_ms // 1000,
        quiet=QuietHours.model_validate(row.quiet) if row.quiet else None,
        title=row.title,
        text=row.text,
        created_at=moment(row.created_ms),
        changed_at=moment(row.changed_ms),
        version=row.version,
    )
