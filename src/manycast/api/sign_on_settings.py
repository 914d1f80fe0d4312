"""Setting up single sign-on, and the identities that open one's own account."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from manycast.api.access import By, may, require_all_of
from manycast.api.context import Context, Here
from manycast.api.problems import Problem, missing, refusals
from manycast.api.sign_on import redirect_uri
from manycast.api.versions import IfMatch, tag
from manycast.control.permissions import Action, Principal, Role
from manycast.control.sign_on import RefusedError, is_protected
from manycast.runtime.store import sign_on
from manycast.runtime.store.tables.accounts import Identity, User
from manycast.runtime.store.tables.settings import Setting
from manycast.schema.sign_on import LinkedIdentity, SignOn, SignOnChange, SignOnTrial
from manycast.schema.values import FieldProblem, Id, Page


router = APIRouter(tags=["settings"])
own = APIRouter(prefix="/account/identities", tags=["account"])
Reader = Annotated[Principal, may(Action.SETTINGS_READ)]
Writer = Annotated[Principal, may(Action.SETTINGS_WRITE)]
Self = Annotated[Principal, may(Action.SELF)]
PATH = "/settings/sign-on"


@router.get(PATH, operation_id="read_sign_on", responses=refusals(404))
def read_sign_on(request: Request, here: Here, who: Reader, response: Response) -> SignOn:
    del who
    with here.store.read() as db:
        found = sign_on.read(db)
    if found is None:
        raise missing("provider of single sign-on yet")
    tag(response, found[1])
    return _view(request, here, *found)


@router.put(PATH, operation_id="set_sign_on", responses=refusals(412, 428))
def set_sign_on(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    wanted: SignOnChange,
    request: Request,
    here: Here,
    who: Writer,
    by: By,
    if_match: IfMatch,
    response: Response,
) -> SignOn:
    """Where there is none yet, send `If-Match: *`."""
    require_all_of(who, Role.ADMIN)  # what the provider says opens every account
    chosen = _chosen(wanted)
    sealed = here.store.secrets.seal(wanted.client_secret) if wanted.client_secret else None
    detail = wanted.model_dump(exclude={"client_secret"})
    with here.store.change(by, "sign_on.change", sign_on.KEY, detail) as db:
        found = sign_on.read(db)
        if_match.check(found[1] if found else 0)
        _refuse_missing_secret(found is not None and found[0].issuer == chosen.issuer, sealed)
        version = sign_on.write(db, chosen, sealed, here.now_ms())
    tag(response, version)
    return _view(request, here, chosen, version)


@router.delete(PATH, operation_id="remove_sign_on", status_code=204, responses=refusals(404))
def remove_sign_on(here: Here, who: Writer, by: By) -> None:
    """Whoever has no password needs a reset to log in again."""
    del who
    with here.store.change(by, "sign_on.remove", sign_on.KEY) as db:
        row = db.get(Setting, sign_on.KEY)
        if row is None:
            raise missing("provider of single sign-on")
        db.delete(row)


@router.post(f"{PATH}/trial", operation_id="try_sign_on", responses=refusals(404))
def try_sign_on(here: Here, who: Writer) -> SignOnTrial:
    """Ask the provider what it is like; nobody is logged in."""
    del who
    with here.store.read() as db:
        client = sign_on.client(db, here.store.secrets)
    if client is None:
        raise missing("provider of single sign-on")
    try:
        here.provider.check(client)
    except RefusedError as error:
        return SignOnTrial(works=False, trouble=str(error))
    return SignOnTrial(works=True, trouble=None)


@own.get("", operation_id="list_identities")
def list_identities(here: Here, who: Self) -> Page[LinkedIdentity]:
    """Those that open one's own account; they are few, so this is always the whole list."""
    query = select(Identity).where(Identity.user_id == who.user_id).order_by(Identity.created_ms)
    with here.store.read() as db:
        return Page(items=[_identity(row) for row in db.scalars(query)])


@own.delete(
    "/{identity_id}", operation_id="unlink_identity", status_code=204, responses=refusals(404, 409)
)
def unlink_identity(identity_id: Id, here: Here, who: Self, by: By) -> None:
    with here.store.change(by, "account.identity.unlink", identity_id) as db:
        row = db.get(Identity, identity_id)
        if row is None or row.user_id != who.user_id:
            raise missing("identity")
        if db.get_one(User, who.user_id).password_hash is None:
            raise Problem(409, "last-way-in", "Without it you could not log in: ask for a reset.")
        db.delete(row)


def _chosen(wanted: SignOnChange) -> sign_on.SignOn:
    if not is_protected(wanted.issuer):
        detail = "Use https: what the provider says opens accounts."
        errors = [FieldProblem(pointer="#/issuer", detail=detail)]
        raise Problem(422, "issuer-unprotected", detail, errors=errors)
    return sign_on.SignOn(**wanted.model_dump(exclude={"client_secret"}))


def _refuse_missing_secret(same_issuer: bool, sealed: bytes | None) -> None:
    """The secret of one provider is never sent to another."""
    if sealed is None and not same_issuer:
        detail = "Enter the secret that this provider gave."
        errors = [FieldProblem(pointer="#/client_secret", detail=detail)]
        raise Problem(422, "client-secret-needed", detail, errors=errors)


def _view(request: Request, here: Context, chosen: sign_on.SignOn, version: int) -> SignOn:
    return SignOn.model_validate(
        {
            "name": chosen.name,
            "issuer": chosen.issuer,
            "client_id": chosen.client_id,
            "role_for_strangers": chosen.role_for_strangers,
            "domains": chosen.domains,
            "redirect_uri": redirect_uri(request, here),
            "version": version,
        }
    )


def _identity(row: Identity) -> LinkedIdentity:
    return LinkedIdentity(id=row.id, issuer=row.issuer, subject=row.subject)
