"""API keys: what programs show. Each is shown once, kept as a hash, and does no more than its owner."""

from typing import Annotated

from fastapi import APIRouter
from sqlalchemy import func, select
from sqlalchemy.orm import Session as Db

from manycast.api.access import By, may
from manycast.api.context import Context, Here
from manycast.api.idempotency import OnlyOnce
from manycast.api.paging import Paging, page
from manycast.api.problems import Problem, missing, refusals
from manycast.control.permissions import ALLOWED, Action, Principal
from manycast.runtime.accounts.tokens import digest, new_token
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.paging import read_slice
from manycast.runtime.store.tables.accounts import ApiKey as Row
from manycast.schema.api_keys import ApiKey, MadeApiKey, NewApiKey
from manycast.schema.values import FieldProblem, Id, Page, moment


router = APIRouter(prefix="/api-keys", tags=["account"])
Self = Annotated[Principal, may(Action.SELF)]
KEYS_MAX = 100
"""Of one person."""
HINT_CHARACTERS = 8
"""The prefix and four of 43."""


@router.get("", operation_id="list_api_keys")
def list_api_keys(here: Here, who: Self, wanted: Paging) -> Page[ApiKey]:
    """One's own, the oldest first, without the keys themselves."""
    query = select(Row).where(Row.user_id == who.user_id)
    with here.store.read() as db:
        return page(read_slice(db, query, (Row.created_ms, Row.id), wanted), view)


@router.post("", operation_id="create_api_key", status_code=201, responses=refusals(409))
def create_api_key(wanted: NewApiKey, here: Here, who: Self, by: By, once: OnlyOnce) -> MadeApiKey:
    _refuse_too_much(who, wanted)
    detail = {"name": wanted.name, "scopes": sorted(wanted.scopes)}
    with here.store.change(by, "api_key.create", wanted.name, detail) as db:
        once.look(db)
        _refuse_too_many(db, who)
        row, secret = _make(here, who, wanted)
        db.add(row)
        made = MadeApiKey(key=view(row), secret=secret)
        once.keep(db, made)
    return made


@router.delete("/{key_id}", operation_id="delete_api_key", status_code=204, responses=refusals(404))
def delete_api_key(key_id: Id, here: Here, who: Self, by: By) -> None:
    """Whatever still shows it is refused at once."""
    with here.store.change(by, "api_key.delete", key_id) as db:
        row = db.get(Row, key_id)
        if row is None or row.user_id != who.user_id:
            raise missing("API key")
        db.delete(row)
    here.hub.dismiss(credential_id=key_id)


def view(row: Row) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        hint=row.hint,
        scopes=row.scopes,
        created_at=moment(row.created_ms),
        used_at=None if row.used_ms is None else moment(row.used_ms),
        expires_at=None if row.expires_ms is None else moment(row.expires_ms),
    )


def _make(here: Context, who: Principal, wanted: NewApiKey) -> tuple[Row, str]:
    secret, now_ms = new_token("mck"), here.now_ms()
    row = Row(
        id=new_id("key"),
        user_id=who.user_id,
        name=wanted.name,
        digest=digest(secret),
        hint=secret[:HINT_CHARACTERS],
        scopes=sorted(set(wanted.scopes)),
        created_ms=now_ms,
        used_ms=None,
        expires_ms=now_ms + wanted.expires_in_s * 1000 if wanted.expires_in_s else None,
    )
    return row, secret


def _refuse_too_much(who: Principal, wanted: NewApiKey) -> None:
    assert who.role is not None
    beyond = set(wanted.scopes) - (ALLOWED[who.role] - {Action.SELF})
    if beyond:
        detail = f"Not for a key of yours: {', '.join(sorted(beyond))}."
        errors = [FieldProblem(pointer="#/scopes", detail=detail)]
        raise Problem(422, "scopes-beyond-role", detail, errors=errors)


def _refuse_too_many(db: Db, who: Principal) -> None:
    count = select(func.count()).select_from(Row).where(Row.user_id == who.user_id)
    if (db.scalar(count) or 0) >= KEYS_MAX:
        raise Problem(409, "too-many-keys", f"{KEYS_MAX} keys are enough; delete some first.")
