"""Behind the link of an invitation or a reset: what is offered, and taking it."""

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Db

from manycast.api.access import OwnPage, address_of
from manycast.api.context import Context, Here
from manycast.api.entrance import Entered, enter
from manycast.api.problems import Problem, refusals
from manycast.api.proofs import check_code, hashed
from manycast.control.permissions import Role
from manycast.runtime.store import invitations, sessions, users
from manycast.runtime.store.audit import Actor, note
from manycast.runtime.store.tables.accounts import Invitation, User
from manycast.schema.accounts import Session
from manycast.schema.users import Acceptance, InvitationToken, Offer
from manycast.schema.values import FieldProblem, moment


router = APIRouter(prefix="/invitations", tags=["session"], dependencies=[OwnPage])


@router.post("/lookup", operation_id="look_up_invitation", responses=refusals(403, 404))
def look_up_invitation(given: InvitationToken, here: Here) -> Offer:
    """The token comes in the body: URLs end up in logs."""
    with here.store.read() as db:
        row = _find(here, db, given.token)
        user = db.get(User, row.user_id) if row.user_id else None
        return Offer.model_validate(
            {
                "kind": "reset" if user else "join",
                "name": user and user.name,
                "email": row.email,
                "role": user.role if user else row.role,
                "channels": invitations.channel_names(db, row),
                "code_needed": bool(user and user.totp_on),
                "expires_at": moment(row.expires_ms),
            }
        )


@router.post(
    "/acceptance",
    operation_id="accept_invitation",
    status_code=201,
    responses=refusals(401, 403, 404, 409, 429),
)
def accept_invitation(
    given: Acceptance, request: Request, response: Response, here: Here
) -> Session:
    """Make the account, or set its new password, and log in. The link works no second time."""
    with here.store.read() as db:
        row = _find(here, db, given.token)
        user = db.get(User, row.user_id) if row.user_id else None
    name = user.name if user else _name(given)
    password_hash = hashed(here, given.password, "#/password", name, row.email)
    try:
        with here.store.record() as db:
            row = _find(here, db, given.token)
            if row.user_id:
                entered = _reset(given, request, here, db, row, password_hash)
            else:
                entered = _join(request, here, db, row, name, password_hash)
    except IntegrityError as error:
        errors = [FieldProblem(pointer="#/name", detail="Somebody has this name.")]
        detail = "Another account has this name or address."
        raise Problem(409, "name-taken", detail, errors=errors) from error
    if user is not None:
        here.hub.dismiss(user_id=user.id)
    return entered.show(request, response, here)


def _join(
    request: Request, here: Context, db: Db, row: Invitation, name: str, password_hash: str
) -> Entered:
    user = users.add(
        db,
        name,
        Role(row.role),
        email=row.email,
        password_hash=password_hash,
        now_ms=here.now_ms(),
    )
    _note(request, here, db, user, "user.create", row)
    invitations.use(db, row, user, here.now_ms())
    db.flush()
    return enter(request, here, db, user, "invitation")


def _reset(
    given: Acceptance, request: Request, here: Context, db: Db, row: Invitation, password_hash: str
) -> Entered:
    """Whoever knew the old password is out."""
    user = db.get_one(User, row.user_id)
    if user.disabled:
        raise Problem(403, "disabled", "This account is closed. Ask an administrator.")
    if user.totp_on:
        if given.code is None:
            raise Problem(401, "second-factor-needed", "Send a code of your app as well.")
        check_code(here, db, user, given.code)
    user.password_hash = password_hash
    sessions.end_all(db, user.id)
    _note(request, here, db, user, "account.password", row)
    db.delete(row)
    return enter(request, here, db, user, "reset")


def _find(here: Context, db: Db, token: str) -> Invitation:
    row = invitations.by_token(db, token, here.now_ms())
    if row is None:
        detail = "This link has been used, withdrawn or is too old. Ask for a new one."
        raise Problem(404, "no-invitation", detail)
    return row


def _name(given: Acceptance) -> str:
    if given.name is None:
        detail = "Choose what to log in with."
        raise Problem(
            422, "name-needed", detail, errors=[FieldProblem(pointer="#/name", detail=detail)]
        )
    return given.name


def _note(
    request: Request, here: Context, db: Db, user: User, action: str, row: Invitation
) -> None:
    by = Actor(user_id=user.id, name=user.name, address=address_of(request, here))
    detail = {"name": user.name, "role": user.role, "invitation": row.id, "by": row.created_by}
    note(db, by, action, user.id, detail)
