"""The API's description of itself, ``openapi.json``: what FastAPI knows, and what holds for every route."""

import re
from typing import Any

from fastapi import FastAPI
from pydantic import TypeAdapter

from manycast.api.access import PUBLIC
from manycast.api.problems import refusals
from manycast.control import browsers
from manycast.model.fleet import NodeReport
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
MADE = {
    "create_channel": {"channel": "$response.body#/channel/name"},
    "create_stream_key": {
        "channel": "$request.path.channel",
        "key_id": "$response.body#/key/id",
    },
    "create_destination": {
        "channel": "$request.path.channel",
        "destination_id": "$response.body#/id",
    },
    "create_target": {"target_id": "$response.body#/id"},
    "create_rule": {"rule_id": "$response.body#/id"},
}
"""Where a creation's reply holds what stands in the paths of other operations."""
MADE_BEFORE = {"channel"}
PATH_NAMES = re.compile(r"{(\w+)}")
REFERENCE = "#/components/schemas/{model}"


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole document; built once."""
    if not app.openapi_schema:
        document = FastAPI.openapi(app)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        document["components"]["securitySchemes"] = SCHEMES
        _replace_validation_errors(schemas)
        _add(schemas, "NodeReport", TypeAdapter(NodeReport).json_schema(ref_template=REFERENCE))
        for path in document["paths"].values():
            for operation in path.values():
                _complete(operation)
        _link(document)
        app.openapi_schema = document
    return app.openapi_schema


def methods(app: FastAPI, path: str) -> list[str]:
    """What may be asked of this path, whichever routes answer it."""
    paths = describe(app)["paths"]
    templates = [one for one in paths if re.fullmatch(PATH_NAMES.sub("[^/]+", one), path)]
    plainest = min((one.count("{") for one in templates), default=0)
    fitting = [paths[one] for one in templates if one.count("{") == plainest]
    return sorted({method.upper() for item in fitting for method in item})


def _replace_validation_errors(schemas: dict[str, Any]) -> None:
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    _add(schemas, "ProblemDetails", ProblemDetails.model_json_schema(ref_template=REFERENCE))


def _add(schemas: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    """What no parameter of a route names, with what it is made of."""
    schemas.update(schema.pop("$defs", {}))
    schemas[name] = schema


def _complete(operation: dict[str, Any]) -> None:
    """Add the refusals that no route declares for itself."""
    parameters = {one["name"]: one for one in operation.get("parameters", ())}
    statuses = [408, 422, 500, 503]
    if "requestBody" in operation:
        statuses += [400, 413]
    if "cursor" in parameters:
        statuses.append(400)
    if "idempotency-key" in parameters:
        statuses.append(409)
    if "if-match" in parameters:
        parameters["if-match"]["required"] = True  # without it 428, which says more than 422
    if operation["operationId"] not in PUBLIC:
        statuses += [401, 403]
        operation["security"] = [{scheme: []} for scheme in SCHEMES]
    responses = operation["responses"]
    responses.pop("422", None)
    for status, described in refusals(*statuses).items():
        responses.setdefault(str(status), described)
    operation["responses"] = dict(sorted(responses.items()))


def _link(document: dict[str, Any]) -> None:
    """Say where the names in paths come from: what a creation answers is what other operations ask for."""
    operations = {
        operation["operationId"]: (set(PATH_NAMES.findall(path)), operation)
        for path, item in document["paths"].items()
        for operation in item.values()
    }
    for maker, names in MADE.items():
        links = {
            name: {
                "operationId": name,
                "parameters": {each: names[each] for each in sorted(wanted)},
            }
            for name, (wanted, _) in operations.items()
            if names.keys() - MADE_BEFORE <= wanted <= names.keys() and name != maker and wanted
        }
        operations[maker][1]["responses"]["201"]["links"] = links
