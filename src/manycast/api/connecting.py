"""Connecting an account of a platform: what a person has to do there, and whether they did."""

import json
import logging
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from manycast.api.access import By, is_secure, may
from manycast.api.channel_views import find_channel
from manycast.api.context import Context, Here
from manycast.api.platform_problems import STATUSES
from manycast.api.platform_views import account_view
from manycast.api.problems import refusals
from manycast.control.browsers import CONNECT_COOKIE, cookie_name
from manycast.control.permissions import Action, Principal
from manycast.model.destinations import Platform
from manycast.platforms.failures import PlatformError
from manycast.platforms.values import Connected
from manycast.runtime.platforms.connecting import NoFlowError
from manycast.runtime.platforms.stored import seal
from manycast.runtime.store import platforms
from manycast.runtime.store.audit import Actor
from manycast.runtime.store.sealing import SealError
from manycast.runtime.store.tables.channels import Channel
from manycast.runtime.store.tables.destinations import PlatformAccount as Row
from manycast.schema.channels import ChannelName
from manycast.schema.platforms import AccountPlatform, Connecting, FlowId, Prompt
from manycast.schema.values import moment


log = logging.getLogger("manycast.platforms")

router = APIRouter(tags=["destinations"])
Writer = Annotated[Principal, may(Action.DESTINATIONS_WRITE)]
RETURN = "/api/v1/platforms/return"
EXPIRED = "It took too long, or another browser began it. Begin again."
REFUSED = "The permission was not given."
Text = Annotated[str | None, Query(max_length=4000)]
_BACK: dict[int | str, dict[str, Any]] = {303: {"description": "To the dashboard."}}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """What the browser keeps, sealed, while it is at the platform."""

    flow_id: str
    channel_id: str
    channel: str
    by: dict[str, str]
    """The actor, for the audit log."""


@router.post(
    "/channels/{channel}/accounts/{platform}/connect",
    operation_id="connect_platform_account",
    responses=refusals(*STATUSES),
)
async def connect_platform_account(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    channel: ChannelName,
    platform: AccountPlatform,
    here: Here,
    by: By,
    who: Writer,
    request: Request,
    response: Response,
) -> Prompt:
    """Begin: the reply says what the person has to do. Also for an account that was lost."""
    owner = await run_in_threadpool(_owner, here, channel, who)
    uri = redirect_uri(request, here)
    flow_id, prompt = await here.platforms.begin(platform, owner.id, uri)
    begun = _Begun(flow_id=flow_id, channel_id=owner.id, channel=owner.name, by=asdict(by))
    if not prompt.user_code:
        _keep(request, response, here, begun, prompt.expires_ms)
    return Prompt(
        id=flow_id,
        url=prompt.url,
        user_code=prompt.user_code or None,
        interval_s=prompt.interval_s,
        expires_at=moment(prompt.expires_ms),
    )


@router.post(
    "/channels/{channel}/accounts/connect/{flow_id}",
    operation_id="finish_platform_account",
    responses=refusals(*STATUSES),
)
async def finish_platform_account(
    channel: ChannelName, flow_id: FlowId, here: Here, by: By, who: Writer
) -> Connecting:
    """Ask whether the person did, every `interval_s` of the prompt; 404 when it took too long."""
    owner = await run_in_threadpool(_owner, here, channel, who)
    account_id = here.platforms.finished.get(flow_id)
    if account_id is None:
        found = await here.platforms.connecting.finish(flow_id, owner.id)
        if found is None:
            return Connecting(state="waiting", account=None)
        begun = _Begun(flow_id=flow_id, channel_id=owner.id, channel=owner.name, by=asdict(by))
        account_id = await _enter(here, begun, *found)
    row = await run_in_threadpool(_read, here, account_id)
    if row is None or row.channel_id != owner.id:
        raise NoFlowError
    return Connecting(state="connected", account=account_view(row))


@router.get(
    "/platforms/return",
    operation_id="return_from_platform",
    status_code=303,
    responses=_BACK,
    response_class=RedirectResponse,
)
async def return_from_platform(
    request: Request, here: Here, state: Text = None, code: Text = None, error: Text = None
) -> Response:
    """Where platforms send browsers back to."""
    begun = _kept(request, here)
    if begun is None or state != begun.flow_id:
        return _back(request, here, "/", f"connect_problem={quote(EXPIRED)}")
    place = f"/streams/{begun.channel}"
    if code is None or error is not None:
        here.platforms.connecting.forget(begun.flow_id)
        return _back(request, here, place, f"connect_problem={quote(REFUSED)}")
    try:
        answer = {"code": code, "state": state}
        found = await here.platforms.connecting.finish(begun.flow_id, begun.channel_id, answer)
    except (PlatformError, NoFlowError) as failure:
        text = str(failure) or EXPIRED
        log.warning("an account of %s was not connected: %s", begun.channel, text)
        return _back(request, here, place, f"connect_problem={quote(text)}")
    if found is None:
        return _back(request, here, place, f"connect_problem={quote(REFUSED)}")
    account_id = await _enter(here, begun, *found)
    return _back(request, here, place, f"connected={account_id}")


def redirect_uri(request: Request, here: Context) -> str:
    base = here.settings.control.public_url or str(request.base_url)
    return f"{base.rstrip('/')}{RETURN}"


async def _enter(here: Context, begun: _Begun, platform: Platform, connected: Connected) -> str:
    """The account's id."""
    account_id = await run_in_threadpool(_write, here, begun, platform, connected)
    here.platforms.finish(begun.flow_id, account_id)
    here.hub.touch("accounts", account_id, begun.channel)
    here.platforms.conductor.stir()
    return account_id


def _write(here: Context, begun: _Begun, platform: Platform, connected: Connected) -> str:
    sealed = seal(here.store.secrets, connected.tokens)
    detail = {"platform": platform, "name": connected.account.name}
    by = Actor(**begun.by)
    with here.store.change(by, "platform_account.connect", begun.channel, detail) as db:
        if db.get(Channel, begun.channel_id) is None:
            raise NoFlowError
        now_ms = here.now_ms()
        row = platforms.connect(db, begun.channel_id, platform, connected, sealed, now_ms)
        return row.id


def _owner(here: Context, channel: str, who: Principal) -> Channel:
    with here.store.read() as db:
        return find_channel(db, channel, who, Action.DESTINATIONS_WRITE)


def _read(here: Context, account_id: str) -> Row | None:
    with here.store.read() as db:
        return db.get(Row, account_id)


def _keep(
    request: Request, response: Response, here: Context, begun: _Begun, until_ms: int
) -> None:
    """Lax, since the platform's page leads back here; sealed, so that nobody reads or makes one."""
    secure = is_secure(request, here)
    response.set_cookie(
        cookie_name(CONNECT_COOKIE, secure),
        here.store.secrets.seal(json.dumps(asdict(begun))).decode(),
        max_age=max(0, until_ms - here.now_ms()) // 1000,
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def _kept(request: Request, here: Context) -> _Begun | None:
    """None where this browser began nothing: then somebody wants an account in a channel that is not its owner's."""
    name = cookie_name(CONNECT_COOKIE, is_secure(request, here))
    try:
        return _Begun(**json.loads(here.store.secrets.open(request.cookies.get(name, "").encode())))
    except SealError:
        return None


def _back(request: Request, here: Context, place: str, said: str) -> Response:
    response = RedirectResponse(f"{place}?{said}", 303)
    secure = is_secure(request, here)
    response.delete_cookie(
        cookie_name(CONNECT_COOKIE, secure), secure=secure, httponly=True, samesite="lax"
    )
    return response
