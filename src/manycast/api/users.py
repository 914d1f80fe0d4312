"""The people of the network."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Db

from manycast.api.access import By, may, require_all_of
from manycast.api.context import Here
from manycast.api.paging import Paging, cursor_of
from manycast.api.problems import Problem, missing, refusals
from manycast.api.versions import IfMatch, tag
from manycast.control.permissions import Action, Principal, Role
from manycast.runtime.store import sessions, users
from manycast.runtime.store.paging import read_slice
from manycast.runtime.store.tables.accounts import User as Row
from manycast.schema.users import User, UserChange
from manycast.schema.values import Id, Page, moment


router = APIRouter(prefix="/users", tags=["people"])
Reader = Annotated[Principal, may(Action.USERS_READ)]
Writer = Annotated[Principal, may(Action.USERS_WRITE)]


@router.get("", operation_id="list_users")
def list_users(here: Here, who: Reader, wanted: Paging) -> Page[User]:
    """Whoever came first comes first."""
    del who
    with here.store.read() as db:
        rows, following = read_slice(db, select(Row), (Row.created_ms, Row.id), wanted)
        views = _views(db, rows)
    return Page(items=views, next=cursor_of(following) if following else None)


@router.get("/{user_id}", operation_id="read_user", responses=refusals(404))
def read_user(user_id: Id, here: Here, who: Reader, response: Response) -> User:
    del who
    with here.store.read() as db:
        row = find(db, user_id)
        tag(response, row.version)
        return _views(db, [row])[0]


@router.patch("/{user_id}", operation_id="change_user", responses=refusals(404, 409, 412, 428))
def change_user(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    user_id: Id,
    wanted: UserChange,
    here: Here,
    who: Writer,
    by: By,
    if_match: IfMatch,
    response: Response,
) -> User:
    """A new role counts at once, also for who is logged in; whoever is disabled is logged out."""
    if wanted.role is not None:
        require_all_of(who, Role(wanted.role))
    changes = wanted.model_dump(exclude_none=True)
    with _unique(), here.store.change(by, "user.change", user_id, changes) as db:
        row = find(db, user_id)
        if_match.check(row.version)
        if wanted.disabled or wanted.role not in {None, row.role}:
            _keep_an_admin(db, row)
        _change(db, row, wanted)
        db.flush()
        view = _views(db, [row])[0]
    here.hub.dismiss(user_id=user_id)
    tag(response, view.version)
    return view


@router.delete(
    "/{user_id}",
    operation_id="delete_user",
    status_code=204,
    responses=refusals(404, 409, 412, 428),
)
def delete_user(user_id: Id, here: Here, who: Writer, by: By, if_match: IfMatch) -> None:
    """With their sessions and API keys; what they did stays in the audit log."""
    del who
    detail: dict[str, object] = {}
    with here.store.change(by, "user.delete", user_id, detail) as db:
        row = find(db, user_id)
        if_match.check(row.version)
        _keep_an_admin(db, row)
        detail["name"] = row.name
        db.delete(row)
    here.hub.dismiss(user_id=user_id)


@router.delete(
    "/{user_id}/sessions",
    operation_id="end_user_sessions",
    status_code=204,
    responses=refusals(404),
)
def end_user_sessions(user_id: Id, here: Here, who: Writer, by: By) -> None:
    """Every browser of theirs has to log in again; for a phone that was lost."""
    del who
    with here.store.change(by, "user.end_sessions", user_id) as db:
        sessions.end_all(db, find(db, user_id).id)
    here.hub.dismiss(user_id=user_id)


def find(db: Db, user_id: str) -> Row:
    """Raises Problem 404."""
    row = db.get(Row, user_id)
    if row is None:
        raise missing("user")
    return row


@contextmanager
def _unique() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise Problem(409, "name-taken", "Another account has this name.") from error


def _change(db: Db, row: Row, wanted: UserChange) -> None:
    if wanted.name is not None:
        row.name, row.folded = wanted.name, wanted.name.casefold()
    if wanted.role is not None:
        row.role = wanted.role
    if wanted.disabled is not None:
        row.disabled = wanted.disabled
    if row.disabled:
        sessions.end_all(db, row.id)


def _keep_an_admin(db: Db, row: Row) -> None:
    if users.is_last_admin(db, row):
        detail = "This is the last administrator who can log in: make another one first."
        raise Problem(409, "last-admin", detail)


def _views(db: Db, rows: list[Row]) -> list[User]:
    ids = [row.id for row in rows]
    seen_ms, with_sign_on = users.seen_ms(db, ids), users.with_sign_on(db, ids)
    return [_view(row, seen_ms.get(row.id), row.id in with_sign_on) for row in rows]


def _view(row: Row, seen_ms: int | None, sign_on: bool) -> User:
    return User.model_validate(
        {
            "id": row.id,
            "name": row.name,
            "email": row.email,
            "role": row.role,
            "disabled": row.disabled,
            "has_password": row.password_hash is not None,
            "second_factor": row.totp_on,
            "sign_on": sign_on,
            "created_at": moment(row.created_ms),
            "seen_at": seen_ms if seen_ms is None else moment(seen_ms),
            "version": row.version,
        }
    )
