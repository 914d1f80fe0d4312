"""Who asks, and whether they may: every route says which action it is, or is public."""

import hmac
import logging
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant

from manycast.api.context import Context, Here
from manycast.api.problems import Problem
from manycast.control import browsers
from manycast.control.permissions import NODE, Action, Principal, Role, allowed, covers
from manycast.edge.guard.addresses import client, networks
from manycast.runtime.store import credentials
from manycast.runtime.store.audit import Actor
from manycast.runtime.store.credentials import Found
from manycast.runtime.store.database import UnavailableError


log = logging.getLogger("manycast.access")

PUBLIC = frozenset(
    {
        "read_health",
        "read_readiness",
        "read_entrance",
        "set_up",
        "log_in",
        "look_up_invitation",
        "accept_invitation",
        "sign_on",
        "return_from_sign_on",
        "return_from_platform",
        "take_kick_webhook",
        "publish_by_whip",
        "end_whip",
        "allow_whip",
        "allow_whip_end",
    }
)
"""Operations that anybody may ask for."""
KNOWN = frozenset({"read_session"})
"""Operations for everybody who has proved who they are, whatever they may do otherwise."""


async def principal(request: Request, here: Here) -> Principal:
    """Raises Problem 401 without good credentials, 403 for what another site made a browser send."""
    bearer = _bearer(request)
    if bearer is not None and _is_node(here, bearer):
        return NODE  # without the database and its threads: nodes report while it is away
    return await run_in_threadpool(_person, request, here, bearer)


def _person(request: Request, here: Context, bearer: str | None) -> Principal:
    cookie = None if bearer is not None else session_cookie(request, here)
    found = _by_token(here, bearer) if bearer is not None else by_cookie(here, cookie)
    if found is None:
        if bearer is not None:
            log.warning("an API key that is none came from %s", address_of(request, here))
        raise unauthenticated()
    if cookie is not None:
        _refuse_forgery(request, here, cookie)
    if found.touch and here.touches.due(found.who.credential_id, here.now_ms()):
        _touch(here, found.who)
    return found.who


def unauthenticated(detail: str = "Log in, or send an API key.") -> Problem:
    return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})


def session_cookie(request: Request, here: Context) -> str | None:
    return request.cookies.get(browsers.cookie_name(browsers.COOKIE, is_secure(request, here)))


def is_secure(request: Request, here: Context) -> bool:
    """Whether the browser came by TLS, as far as we can know."""
    public_url = here.settings.control.public_url
    return (public_url or str(request.url)).startswith("https:")


def address_of(request: Request, here: Context) -> str:
    """Whose request it is; behind proxies of ours (``guard.proxies``) the address that they name."""
    peer = request.client.host if request.client else ""
    forwarded = request.headers.get("X-Forwarded-For", "").encode("latin-1")
    return client(peer, forwarded, networks(here.settings.guard.proxies))


def own_page(request: Request, here: Here) -> None:
    """Refuse what the page of another site made a browser send. Raises Problem 403."""
    if browsers.foreign(
        request.headers.get("Origin"),
        request.headers.get("Sec-Fetch-Site"),
        request.headers.get("Host", ""),
        here.settings.control.public_url,
    ):
        raise Problem(
            403,
            "foreign-page",
            "The page of another site sent this. If it was the dashboard: set control.public_url to its address.",
        )


async def actor(
    request: Request, here: Here, who: Annotated[Principal, Depends(principal)]
) -> Actor:
    """For the audit log."""
    return Actor(
        user_id=who.user_id,
        name=who.name,
        credential_id=who.credential_id,
        address=address_of(request, here),
    )


By = Annotated[Actor, Depends(actor)]
OwnPage = Depends(own_page)


@dataclass(frozen=True)
class May:
    """A dependency that lets pass who may do this, and answers who it is."""

    action: Action

    async def __call__(self, who: Annotated[Principal, Depends(principal)]) -> Principal:
        require(who, self.action)
        return who


def may(action: Action) -> Any:
    """For a parameter of a route: ``who: Annotated[Principal, may(Action.LIVE_READ)]``. Raises Problem 403."""
    return Depends(May(action))


def needed(dependant: Dependant) -> Action | None:
    """The action that a route asks for; None: it does not say."""
    for each in dependant.dependencies:
        if isinstance(each.call, May):
            return each.call.action
    return None


def require(who: Principal, action: Action, channel_id: str | None = None) -> None:
    """Raise Problem 403 unless they may do this, with this channel if one is given."""
    if allowed(who, action, channel_id):
        return
    log.warning("%s was refused %s", who.name, action)
    if who.unproven:
        detail = "This network asks you for a second factor: set it up in your account first."
        raise Problem(403, "second-factor-required", detail)
    if allowed(replace(who, scopes=None), action, channel_id):
        detail = f"This API key's scopes do not hold {action}."
    else:
        detail = f"Your role does not allow {action}."
    raise Problem(403, "forbidden", detail)


def require_all_of(who: Principal, role: Role) -> None:
    """Before they make or open an account with this role. Raise Problem 403 unless they may do all that it may."""
    if covers(who, role):
        return
    log.warning("%s was refused an account with the role %s", who.name, role)
    detail = (
        f"This API key may do less than the role {role}: log in, or use a key with all its scopes."
    )
    raise Problem(403, "forbidden", detail)


def still(here: Context, who: Principal) -> bool:
    """Whether a stream of events that has been open for a while may go on. Uses the store."""
    if who.role is None:
        return True
    with here.store.read() as db:
        return credentials.is_good(db, who, here.settings.accounts, here.now_ms())


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _is_node(here: Context, token: str) -> bool:
    return bool(here.fleet_token) and hmac.compare_digest(token.encode(), here.fleet_token.encode())


def _by_token(here: Context, token: str) -> Found | None:
    with here.store.read() as db:
        return credentials.by_api_key(db, token, here.settings.accounts, here.now_ms())


def by_cookie(here: Context, cookie: str | None) -> Found | None:
    """Whose session it is; uses the store."""
    if cookie is None:
        return None
    with here.store.read() as db:
        return credentials.by_session(db, cookie, here.settings.accounts, here.now_ms())


def _refuse_forgery(request: Request, here: Context, cookie: str) -> None:
    if request.method in browsers.SAFE:
        return
    own_page(request, here)
    if not browsers.proves(cookie, request.headers.get("X-CSRF-Token", "")):
        raise Problem(
            403, "csrf", "Send csrf_token of GET /api/v1/session in the header X-CSRF-Token."
        )


def _touch(here: Context, who: Principal) -> None:
    """A locked database is no reason to refuse who only reads."""
    try:
        with here.store.record() as db:
            credentials.touch(db, who.credential_id, here.now_ms())
    except UnavailableError as error:
        log.warning("the last use of %s was not written down: %s", who.credential_id, error)
