"""Inviting people, and resetting passwords: links that work once."""

from typing import Annotated

from fastapi import APIRouter, Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session as Db

from manycast.api.access import By, may, require_all_of
from manycast.api.context import Context, Here
from manycast.api.idempotency import OnlyOnce
from manycast.api.paging import Paging, cursor_of
from manycast.api.problems import Problem, missing, refusals
from manycast.api.users import find
from manycast.control.permissions import Action, Principal, Role
from manycast.runtime.store import channels, invitations, users
from manycast.runtime.store.paging import read_slice
from manycast.runtime.store.tables.accounts import Invitation as Row
from manycast.schema.users import Invitation, MadeInvitation, NewInvitation, PasswordReset
from manycast.schema.values import FieldProblem, Id, Page, moment


router = APIRouter(tags=["people"])
Reader = Annotated[Principal, may(Action.USERS_READ)]
Writer = Annotated[Principal, may(Action.USERS_WRITE)]
INVITATIONS_MAX = 1000
"""Open at once."""


@router.get("/invitations", operation_id="list_invitations")
def list_invitations(here: Here, who: Reader, wanted: Paging) -> Page[Invitation]:
    """Those that still work, the oldest first, without their links."""
    del who
    query = select(Row).where(Row.expires_ms > here.now_ms())
    with here.store.read() as db:
        rows, following = read_slice(db, query, (Row.created_ms, Row.id), wanted)
        views = [view(db, row) for row in rows]
    return Page(items=views, next=cursor_of(following) if following else None)


@router.post(
    "/invitations",
    operation_id="create_invitation",
    status_code=201,
    responses=refusals(404, 409),
)
def create_invitation(
    wanted: NewInvitation, request: Request, here: Here, who: Writer, by: By, once: OnlyOnce
) -> MadeInvitation:
    """A link to send to somebody, who chooses a name and a password behind it."""
    require_all_of(who, Role(wanted.role))
    detail = wanted.model_dump()
    with here.store.change(by, "invitation.create", wanted.email or wanted.note, detail) as db:
        once.look(db)
        invitations.sweep(db, here.now_ms())
        _refuse_too_many(db)
        row, token = invitations.make(
            db, role=wanted.role, by=by.name, now_ms=here.now_ms(), lasts_ms=_lasts_ms(here, wanted)
        )
        row.channels = [_channel_id(db, name) for name in wanted.channels]
        row.email, row.note = wanted.email and wanted.email.lower(), wanted.note
        made = _made(request, here, db, row, token)
        once.keep(db, made)
    return made


@router.delete(
    "/invitations/{invitation_id}",
    operation_id="withdraw_invitation",
    status_code=204,
    responses=refusals(404),
)
def withdraw_invitation(invitation_id: Id, here: Here, who: Writer, by: By) -> None:
    del who
    with here.store.change(by, "invitation.withdraw", invitation_id) as db:
        row = db.get(Row, invitation_id)
        if row is None:
            raise missing("invitation")
        db.delete(row)


@router.post(
    "/users/{user_id}/reset",
    operation_id="reset_password",
    status_code=201,
    responses=refusals(404),
)
def reset_password(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    user_id: Id,
    wanted: PasswordReset,
    request: Request,
    here: Here,
    who: Writer,
    by: By,
    once: OnlyOnce,
) -> MadeInvitation:
    """A link to send to them, behind which they choose a new password; the old one works until then."""
    detail = {"forget_second_factor": wanted.forget_second_factor}
    with here.store.change(by, "user.reset", user_id, detail) as db:
        once.look(db)
        user = find(db, user_id)
        require_all_of(who, Role(user.role))
        if wanted.forget_second_factor:
            users.forget_second_factor(db, user)
        invitations.withdraw_resets(db, user)
        row, token = invitations.make(
            db,
            role=user.role,
            by=by.name,
            now_ms=here.now_ms(),
            lasts_ms=_lasts_ms(here, wanted),
            user=user,
        )
        made = _made(request, here, db, row, token)
        once.keep(db, made)
    return made


def view(db: Db, row: Row) -> Invitation:
    return Invitation.model_validate(
        {
            "id": row.id,
            "kind": "reset" if row.user_id else "join",
            "user_id": row.user_id,
            "role": row.role,
            "channels": invitations.channel_names(db, row),
            "email": row.email,
            "note": row.note,
            "created_by": row.created_by,
            "created_at": moment(row.created_ms),
            "expires_at": moment(row.expires_ms),
        }
    )


def _made(request: Request, here: Context, db: Db, row: Row, token: str) -> MadeInvitation:
    """The token is in the fragment, which no browser sends anywhere."""
    base = here.settings.control.public_url or str(request.base_url)
    link = f"{base.rstrip('/')}/invite#{token}"
    return MadeInvitation(invitation=view(db, row), token=token, link=link)


def _lasts_ms(here: Context, wanted: NewInvitation | PasswordReset) -> int:
    return (wanted.expires_in_s or here.settings.accounts.invitation_s) * 1000


def _channel_id(db: Db, name: str) -> str:
    channel = channels.by_name(db, name)
    if channel is None:
        detail = f"There is no channel {name}."
        raise Problem(
            404, "not-found", detail, errors=[FieldProblem(pointer="#/channels", detail=detail)]
        )
    return channel.id


def _refuse_too_many(db: Db) -> None:
    if (db.scalar(select(func.count()).select_from(Row)) or 0) >= INVITATIONS_MAX:
        raise Problem(409, "too-many-invitations", "Withdraw some of the open invitations first.")
