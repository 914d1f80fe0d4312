"""The nodes of the network: what they report, and how they are."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect

from manycast.api import views
from manycast.api.access import may
from manycast.api.context import Here
from manycast.api.problems import Problem, refusals
from manycast.control.fleet import ReportRefusedError
from manycast.control.permissions import Action, Principal
from manycast.control.reports import check
from manycast.model.fleet import Assignment, NodeReport
from manycast.schema.fleet import Fleet


REPORT_BYTES_MAX = 8_000_000
"""Of a node's report: room for 25,000 recordings on an origin's disk."""
REPORT = {"$ref": "#/components/schemas/NodeReport"}
_REPORTS = TypeAdapter(NodeReport)

router = APIRouter(prefix="/fleet", tags=["fleet"])


@router.get("", operation_id="read_fleet")
async def read_fleet(here: Here, who: Annotated[Principal, may(Action.FLEET_READ)]) -> Fleet:
    """Every node that reported within `control.forget_ms`, by name."""
    del who
    return views.whole_fleet(here.network)


@router.post(
    "/reports",
    operation_id="report_node",
    responses=refusals(400, 409, 413),
    max_body_size=REPORT_BYTES_MAX,
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": REPORT}}}
    },
)
async def report_node(
    request: Request, here: Here, who: Annotated[Principal, may(Action.NODE)]
) -> Assignment:
    """For nodes, with the fleet's token; 409 for a report that came late, or of a process that was replaced."""
    del who
    try:
        report = _read(await request.body())
    except ClientDisconnect as error:  # a node that is stopped half-way; nobody hears this
        raise Problem(400, "incomplete", "The report broke off.") from error
    try:
        return here.network.report(report)
    except ReportRefusedError as error:
        raise Problem(409, "report-refused", f"{error}.") from error


def _read(body: bytes) -> NodeReport:
    """Here and not by the framework, which would read what strangers send, however long, before it asks who they are."""
    try:
        report = _REPORTS.validate_json(body)
    except ValidationError as error:
        errors = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(errors) from error
    try:
        check(report)
    except ValueError as error:
        raise Problem(422, "not-possible", f"{error}.") from error
    return report
