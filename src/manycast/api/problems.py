"""Refusals, as RFC 9457 writes them: raise a Problem, and the caller reads whose fault it is."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException

from manycast.runtime.store.database import UnavailableError
from manycast.schema.complaints import complaint
from manycast.schema.values import FieldProblem, ProblemDetails


log = logging.getLogger("manycast.api")

RETRY_S = "2"
"""When to come again after the database did not answer."""
MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818  the word of RFC 9457
    """``name`` is for programs and stays; ``detail`` is for people and never holds a secret."""

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
        afterwards: BackgroundTask | None = None,
    ) -> None:
        """``afterwards`` is done once the reply has gone: how long it takes tells nobody anything."""
        super().__init__(detail)
        self.afterwards = afterwards
        self.headers = dict(headers or {})
        self.details = ProblemDetails(
            type=f"urn:manycast:problem:{name}",
            title=HTTPStatus(status).phrase,
            status=status,
            detail=detail,
            errors=list(errors) or None,
        )

    def response(self) -> JSONResponse:
        content = self.details.model_dump(exclude_none=True)
        return JSONResponse(
            content, self.details.status, self.headers, MEDIA_TYPE, background=self.afterwards
        )


def missing(what: str) -> Problem:
    """There is none, or none that the caller may see; both read the same."""
    return Problem(404, "not-found", f"There is no such {what}.")


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For ``responses=`` of a route: the refusals beyond those that every route may give."""
    return {status: _described(status) for status in statuses}


def _described(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": schema}},
    }


def install(app: FastAPI) -> None:
    """Let every refusal leave as a problem, also those of the framework."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(UnavailableError, _unavailable)
    app.add_exception_handler(Exception, _broken)


async def _problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return error.response()


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [
        FieldProblem(pointer=_pointer(each["loc"]), detail=complaint(each))
        for each in error.errors()
    ]
    detail = " ".join(f"{each.pointer}: {each.detail}" for each in errors)
    return Problem(422, "invalid", detail, errors=errors).response()


def _pointer(place: Sequence[int | str]) -> str:
    first, *rest = place
    path = "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in rest)
    return f"#/{path}" if first == "body" else f"{first}/{path}"


async def _of_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    name = HTTPStatus(error.status_code).name.lower().replace("_", "-")
    return Problem(
        error.status_code, name, f"{error.detail}.", headers=dict(error.headers or {})
    ).response()


async def _unavailable(_: Request, error: Exception) -> JSONResponse:
    log.warning("%s", error)
    detail = "The database does not answer just now; nothing was changed. Try again."
    return Problem(503, "unavailable", detail, headers={"Retry-After": RETRY_S}).response()


async def _broken(request: Request, _: Exception) -> JSONResponse:
    detail = "The control role failed at this; its log says why."
    log.error("%s %s failed", request.method, request.url.path)
    return Problem(500, "internal", detail).response()
