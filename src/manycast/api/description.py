"""The API's description of itself, ``openapi.json``: what FastAPI knows, and what holds for every route."""

from typing import Any

from fastapi import FastAPI

from manycast.api.access import PUBLIC
from manycast.api.problems import refusals
from manycast.control import browsers
from manycast.schema.values import ProblemDetails


SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": browsers.COOKIE,
        "description": "Of a browser that is logged in; what changes something needs X-CSRF-Token too.",
    },
    "api_key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, `mck_…`; or the network's own token, for nodes.",
    },
}
REFERENCE = "#/components/schemas/{model}"


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole document; built once."""
    if not app.openapi_schema:
        document = FastAPI.openapi(app)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        document["components"]["securitySchemes"] = SCHEMES
        _replace_validation_errors(schemas)
        for path in document["paths"].values():
            for operation in path.values():
                _complete(operation)
        app.openapi_schema = document
    return app.openapi_schema


def _replace_validation_errors(schemas: dict[str, Any]) -> None:
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    problem = ProblemDetails.model_json_schema(ref_template=REFERENCE)
    schemas.update(problem.pop("$defs"))
    schemas["ProblemDetails"] = problem


def _complete(operation: dict[str, Any]) -> None:
    """Add the refusals that no route declares for itself."""
    statuses = [408, 422, 500, 503]
    if "requestBody" in operation:
        statuses.append(413)
    if operation["operationId"] not in PUBLIC:
        statuses += [401, 403]
        operation["security"] = [{scheme: []} for scheme in SCHEMES]
    responses = operation["responses"]
    responses.pop("422", None)
    for status, described in refusals(*statuses).items():
        responses.setdefault(str(status), described)
    operation["responses"] = dict(sorted(responses.items()))
