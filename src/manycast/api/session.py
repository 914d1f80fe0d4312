"""Logging in and out."""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.background import BackgroundTask

from manycast.api.access import By, OwnPage, address_of, may, principal, unauthenticated
from manycast.api.context import Context, Here
from manycast.api.cookies import forget_session
from manycast.api.entrance import Entered, current, enter
from manycast.api.problems import Problem, refusals
from manycast.api.proofs import Wrong, check_code, guess, renewed, verify
from manycast.control.permissions import Action, Principal
from manycast.runtime.store import users
from manycast.runtime.store.audit import Actor
from manycast.runtime.store.database import UnavailableError
from manycast.runtime.store.tables.accounts import LoginSession, User
from manycast.schema.accounts import Login, Session


log = logging.getLogger("manycast.access")

router = APIRouter(tags=["session"])


@router.post(
    "/session",
    operation_id="log_in",
    status_code=201,
    responses=refusals(401, 403, 429),
    dependencies=[OwnPage],
)
def log_in(given: Login, request: Request, response: Response, here: Here) -> Session:
    """The reply sets the session's cookie; use an API key where there are no cookies."""
    address = address_of(request, here)
    with here.store.read() as db:
        user = users.by_login(db, given.name)
    account = user.folded if user else given.name.strip().casefold()
    with guess(here, account, address):
        if not verify(here, user.password_hash if user else None, given.password) or not user:
            afterwards = BackgroundTask(_note_refusal, here, user, address, "wrong password")
            detail = "Name or password is wrong."
            raise Wrong(401, "wrong-credentials", detail, afterwards=afterwards)
        try:
            entered = _enter(given, request, here, user)
        except Wrong:
            _note_refusal(here, user, address, "wrong code")
            raise
    return entered.show(request, response, here)


@router.get("/session", operation_id="read_session")
def read_session(
    request: Request, here: Here, who: Annotated[Principal, Depends(principal)]
) -> Session:
    """Who is asking: whose session or API key this is, and what it allows."""
    if who.role is None:
        raise unauthenticated("The token of the fleet is nobody's.")
    with here.store.read() as db:
        return current(request, here, db, who)


@router.delete("/session", operation_id="log_out", status_code=204)
def log_out(
    request: Request,
    response: Response,
    here: Here,
    who: Annotated[Principal, may(Action.SELF)],
    by: By,
) -> None:
    with here.store.change(by, "session.delete", who.credential_id) as db:
        session = db.get(LoginSession, who.credential_id)
        if session is not None:
            db.delete(session)
    forget_session(request, response, here)


def _enter(given: Login, request: Request, here: Context, proved: User) -> Entered:
    """After the right password. Raises Wrong for the wrong code."""
    assert proved.password_hash
    fresh_hash = renewed(here, proved.password_hash, given.password)
    with here.store.record() as db:
        user = db.get(User, proved.id)
        if user is None or user.disabled or user.password_hash != proved.password_hash:
            raise Problem(403, "disabled", "This account is closed. Ask an administrator.")
        if user.totp_on:
            if given.code is None:
                raise Problem(401, "second-factor-needed", "Send a code of your app as well.")
            check_code(here, db, user, given.code)
        user.password_hash = fresh_hash
        return enter(request, here, db, user, "password")


def _note_refusal(here: Context, user: User | None, address: str, reason: str) -> None:
    """Unknown names are not written down: people type their password there."""
    log.warning("a log-in from %s was refused: %s", address, reason if user else "unknown name")
    if user is not None:
        by = Actor(user_id=user.id, name=user.name, address=address)
        try:
            with here.store.change(by, "session.refuse", user.id, {"reason": reason}):
                pass
        except UnavailableError as error:
            log.warning("it is in no audit log: %s", error)
