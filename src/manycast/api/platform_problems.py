"""What platforms refuse, as the API says it."""

from fastapi import FastAPI, Request, Response

from manycast.api.problems import Problem, missing
from manycast.platforms.failures import (
    AwayError,
    MalformedError,
    NoAppError,
    PlatformError,
    QuotaGoneError,
    RateLimitedError,
)
from manycast.runtime.platforms.attendant import DISCONNECTED
from manycast.runtime.platforms.connecting import NoFlowError
from manycast.runtime.platforms.vault import GoneError


PASSING = (AwayError, MalformedError, QuotaGoneError, RateLimitedError)
"""Nobody here can mend these."""
STATUSES = (404, 409, 502)
"""What a route that asks a platform may answer."""


def install(app: FastAPI) -> None:
    app.add_exception_handler(PlatformError, _refused)
    app.add_exception_handler(GoneError, _gone)
    app.add_exception_handler(NoFlowError, _no_flow)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, PlatformError)
    if isinstance(error, PASSING):
        return Problem(502, "platform-away", str(error)).response()
    name = "no-platform-app" if isinstance(error, NoAppError) else "platform-refused"
    return Problem(409, name, str(error)).response()


async def _gone(_: Request, __: Exception) -> Response:
    return Problem(409, "platform-refused", DISCONNECTED).response()


async def _no_flow(_: Request, __: Exception) -> Response:
    return missing(
        "connection under way: it took too long, or was never begun; begin again"
    ).response()
