"""Single sign-on: to the provider and back."""

import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import IntegrityError

from manycast.api.access import address_of, by_cookie, is_secure, session_cookie
from manycast.api.context import Context, Here
from manycast.api.entrance import Entered, enter
from manycast.control.browsers import SIGN_ON_COOKIE, cookie_name
from manycast.control.sign_on import (
    ATTEMPT_MS,
    Attempt,
    Identity,
    RefusedError,
    check_return,
    local,
    question,
)
from manycast.runtime.accounts.provider import Client
from manycast.runtime.store import sign_on
from manycast.runtime.store.audit import Actor, note
from manycast.runtime.store.sealing import SealError


log = logging.getLogger("manycast.access")

router = APIRouter(prefix="/sign-on", tags=["session"])
CALLBACK = "/api/v1/sign-on/callback"
LOGIN = "/login"
BYTES = 32
Text = Annotated[str | None, Query(max_length=4000)]
_BACK: dict[int | str, dict[str, Any]] = {
    303: {"description": "To the provider, to the page asked for, or to the login page."}
}


@router.get(
    "", operation_id="sign_on", status_code=303, responses=_BACK, response_class=RedirectResponse
)
def begin(
    request: Request,
    here: Here,
    next: Annotated[str, Query(max_length=500)] = "/",  # noqa: A002  the name in the address
    link: Annotated[
        bool, Query(description="Let the provider open the account that is logged in.")
    ] = False,
) -> Response:
    """A link for browsers: sends them to the provider."""
    try:
        client = _client(here)
        endpoint = here.provider.authorization_endpoint(client)
        attempt = _attempt(request, here, next, link)
    except RefusedError as error:
        return _refused(request, here, error)
    asked = question(endpoint, client.client_id, redirect_uri(request, here), attempt)
    response = RedirectResponse(asked, 303)
    _keep(request, response, here, attempt)
    return response


@router.get(
    "/callback",
    operation_id="return_from_sign_on",
    status_code=303,
    responses=_BACK,
    response_class=RedirectResponse,
)
def come_back(
    request: Request,
    here: Here,
    code: Text = None,
    state: Text = None,
    error: Text = None,
    iss: Text = None,
) -> Response:
    """Where the provider sends browsers back to."""
    attempt = None
    try:
        attempt, client = _kept(request, here), _client(here)
        check_return(attempt, state or "", iss, client.issuer, here.now_ms())
        who = here.provider.who(
            client,
            code=_code(code, error),
            redirect_uri=redirect_uri(request, here),
            verifier=attempt.verifier,
            nonce=attempt.nonce,
        )
        entered = _enter(request, here, who, attempt)
    except RefusedError as refused:
        where = attempt.next if attempt is not None and attempt.link_to else LOGIN
        return _refused(request, here, refused, where)
    response = RedirectResponse(attempt.next, 303)
    entered.show(request, response, here)
    _forget(request, response, here)
    return response


def redirect_uri(request: Request, here: Context) -> str:
    base = here.settings.control.public_url or str(request.base_url)
    return f"{base.rstrip('/')}{CALLBACK}"


def _client(here: Context) -> Client:
    with here.store.read() as db:
        client = sign_on.client(db, here.store.secrets)
    if client is None:
        raise RefusedError("no-sign-on", "nobody has set up single sign-on")
    return client


def _attempt(request: Request, here: Context, following: str, link: bool) -> Attempt:
    link_to = _logged_in(request, here) if link else ""
    return Attempt(
        state=secrets.token_urlsafe(BYTES),
        nonce=secrets.token_urlsafe(BYTES),
        verifier=secrets.token_urlsafe(BYTES),
        next=local(following),
        at_ms=here.now_ms(),
        link_to=link_to,
    )


def _logged_in(request: Request, here: Context) -> str:
    """Whose browser it is; the page of another site brings no cookie that is Strict."""
    found = by_cookie(here, session_cookie(request, here))
    if found is None or request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise RefusedError("log-in-first", "nobody is logged in to link it to")
    return found.who.user_id


def _enter(request: Request, here: Context, who: Identity, attempt: Attempt) -> Entered:
    with _unique(), here.store.record() as db:
        chosen = sign_on.read(db)
        if chosen is None:
            raise RefusedError("no-sign-on", "it was switched off meanwhile")
        user = sign_on.person(db, who, chosen[0], attempt.link_to, here.now_ms())
        if user.disabled:
            raise RefusedError("disabled", f"{user.id} is disabled")
        by = Actor(user_id=user.id, name=user.name, address=address_of(request, here))
        note(db, by, "session.sign_on", user.id, {"issuer": who.issuer, "subject": who.subject})
        db.flush()
        return enter(request, here, db, user, "single sign-on")


@contextmanager
def _unique() -> Iterator[None]:
    """Two who come at once with one address."""
    try:
        yield
    except IntegrityError as error:
        raise RefusedError("sign-on-failed", "somebody else was faster") from error


def _code(code: str | None, error: str | None) -> str:
    if code is None or error is not None:
        raise RefusedError("sign-on-refused", "the provider let nobody in")
    return code


def _keep(request: Request, response: Response, here: Context, attempt: Attempt) -> None:
    """Lax, since the provider's page leads back here; sealed, so that nobody reads or makes one."""
    secure = is_secure(request, here)
    response.set_cookie(
        cookie_name(SIGN_ON_COOKIE, secure),
        here.store.secrets.seal(json.dumps(asdict(attempt))).decode(),
        max_age=ATTEMPT_MS // 1000,
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def _kept(request: Request, here: Context) -> Attempt:
    sealed = request.cookies.get(cookie_name(SIGN_ON_COOKIE, is_secure(request, here)), "")
    try:
        return Attempt(**json.loads(here.store.secrets.open(sealed.encode())))
    except SealError as error:
        raise RefusedError("sign-on-expired", "the browser brings no question of ours") from error


def _forget(request: Request, response: Response, here: Context) -> None:
    secure = is_secure(request, here)
    response.delete_cookie(
        cookie_name(SIGN_ON_COOKIE, secure), secure=secure, httponly=True, samesite="lax"
    )


def _refused(request: Request, here: Context, error: RefusedError, where: str = LOGIN) -> Response:
    log.warning("single sign-on let nobody in: %s", error)
    response = RedirectResponse(f"{where}{'&' if '?' in where else '?'}problem={error.name}", 303)
    _forget(request, response, here)
    return response
