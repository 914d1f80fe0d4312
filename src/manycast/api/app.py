"""The control API: its routers, joined."""

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from sqlalchemy.orm.exc import StaleDataError
from starlette.types import ASGIApp

from manycast.api import (
    acceptance,
    account,
    api_keys,
    audit,
    broadcasts,
    channels,
    chat,
    connecting,
    deliveries,
    destinations,
    events,
    fleet,
    health,
    ingest,
    invitations,
    listing,
    login_sessions,
    mail,
    members,
    obs,
    pages,
    places,
    platform_accounts,
    platform_apps,
    platform_problems,
    problems,
    recordings,
    rules,
    session,
    setup,
    sign_on,
    sign_on_settings,
    site,
    srt,
    stream_keys,
    streams,
    system,
    targets,
    users,
    webhooks,
    whip,
)
from manycast.api.context import Context
from manycast.api.description import describe, methods
from manycast.api.headers import SecurityHeaders
from manycast.api.idempotency import Replay
from manycast.api.news import spread
from manycast.api.paging import bad_cursor
from manycast.api.patience import Patience
from manycast.api.problems import Problem
from manycast.api.versions import stale
from manycast.runtime.store.paging import PlaceError


PREFIX = "/api/v1"
BODY_BYTES_MAX = 262_144
"""Of a request: many times what any needs, little enough to hold hundreds of them."""
ROUTERS: tuple[APIRouter, ...] = (
    system.router,
    setup.router,
    session.router,
    sign_on.router,
    account.router,
    sign_on_settings.own,
    sign_on_settings.router,
    login_sessions.router,
    api_keys.router,
    users.router,
    invitations.router,
    acceptance.router,
    audit.router,
    channels.router,
    stream_keys.router,
    srt.router,
    obs.router,
    destinations.router,
    members.router,
    places.router,
    connecting.router,
    platform_accounts.router,
    listing.router,
    chat.router,
    platform_apps.router,
    broadcasts.router,
    recordings.router,
    ingest.router,
    site.router,
    events.router,
    fleet.router,
    streams.router,
    targets.router,
    rules.router,
    deliveries.router,
    mail.router,
    webhooks.router,
)
BARE: tuple[APIRouter, ...] = (whip.router, health.router)
"""Without the prefix: where every role answers machines."""


def build(context: Context) -> FastAPI:
    """The application that uvicorn serves."""
    app = routed()
    app.state.context = context
    context.store.on_change = spread(context.hub)
    app.add_middleware(Patience)
    pages.install(app)
    return app


def routed() -> FastAPI:
    """All routes and no state: enough to describe the API."""
    app = _Api(
        title="manycast",
        version=version("manycast"),
        summary="The control API of a manycast network.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        max_body_size=BODY_BYTES_MAX,
        telemetry={"tracing": False, "metrics": False},
    )
    problems.install(app)
    platform_problems.install(app)
    app.add_exception_handler(405, _wrong_method)
    app.add_exception_handler(Replay, _replay)
    app.add_exception_handler(StaleDataError, _stale)
    app.add_exception_handler(PlaceError, _bad_cursor)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    for router in BARE:
        app.include_router(router)
    return app


async def _replay(_: Request, error: Exception) -> Response:
    assert isinstance(error, Replay)
    return error.response


async def _wrong_method(request: Request, _: Exception) -> Response:
    """The framework names the methods of one route, also where several share a path."""
    allow = ", ".join(methods(request.app, request.url.path))
    detail = f"This path takes {allow}, not {request.method}."
    return Problem(405, "method-not-allowed", detail, headers={"Allow": allow}).response()


async def _stale(_: Request, __: Exception) -> Response:
    return stale().response()


async def _bad_cursor(_: Request, __: Exception) -> Response:
    return bad_cursor().response()


class _Api(FastAPI):
    def build_middleware_stack(self) -> ASGIApp:
        """With the headers around even the reply to a failure of our own, which leaves by the outermost layer."""
        return SecurityHeaders(super().build_middleware_stack(), self.state.context.settings)

    def openapi(self) -> dict[str, Any]:
        return describe(self)
