"""The doors for those who have not logged in, and the first administrator of a new network."""

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session as Db

from manycast.api.access import OwnPage, address_of
from manycast.api.context import Here
from manycast.api.entrance import enter
from manycast.api.problems import Problem, refusals
from manycast.api.proofs import Wrong, guess, hashed
from manycast.control.permissions import Role
from manycast.runtime.accounts import setup_code
from manycast.runtime.store import sign_on, users
from manycast.runtime.store.audit import Actor, note
from manycast.schema.accounts import Entrance, Session, Setup


router = APIRouter(tags=["session"])

ACCOUNT = "\nsetup"
"""What guesses of the code count against; nobody can be called so."""


@router.get("/entrance", operation_id="read_entrance")
def read_entrance(here: Here) -> Entrance:
    """Which doors there are, for a page that nobody has logged in to."""
    with here.store.read() as db:
        provider = sign_on.read(db)
        return Entrance(
            setup_needed=not users.are_there_any(db), sign_on=provider and provider[0].name
        )


@router.post(
    "/setup",
    operation_id="set_up",
    status_code=201,
    responses=refusals(403, 409, 429),
    dependencies=[OwnPage],
)
def set_up(given: Setup, request: Request, response: Response, here: Here) -> Session:
    """Make the first administrator and log in; with the code that only the machine's owner can read."""
    address = address_of(request, here)
    with here.store.read() as db:
        _refuse_second(db)
    with guess(here, ACCOUNT, address):
        if not setup_code.opens(here.directory, given.code):
            detail = f"That is not the code. Read it in the file {setup_code.FILE} of the control role's --dir."
            raise Wrong(403, "wrong-setup-code", detail)
    password_hash = hashed(here, given.password, "#/password", given.name, given.email)
    with here.store.record() as db:
        _refuse_second(db)
        user = users.add(
            db,
            given.name,
            Role.ADMIN,
            email=given.email,
            password_hash=password_hash,
            now_ms=here.now_ms(),
        )
        by = Actor(user_id=user.id, name=user.name, address=address)
        note(db, by, "user.create", user.id, {"name": user.name, "role": user.role, "by": "set-up"})
        entered = enter(request, here, db, user, "set-up")
    setup_code.forget(here.directory)
    return entered.show(request, response, here)


def _refuse_second(db: Db) -> None:
    if users.are_there_any(db):
        raise Problem(409, "already-set-up", "This network has an administrator already. Log in.")
