"""The nodes of the network: what they report, and how they are."""

from typing import Annotated

from fastapi import APIRouter

from manycast.api import views
from manycast.api.access import may
from manycast.api.context import Here
from manycast.api.problems import Problem, refusals
from manycast.control.fleet import ReportRefusedError
from manycast.control.permissions import Action, Principal
from manycast.model.fleet import Assignment, NodeReport
from manycast.schema.fleet import Fleet


router = APIRouter(prefix="/fleet", tags=["fleet"])


@router.get("", operation_id="read_fleet")
async def read_fleet(here: Here, who: Annotated[Principal, may(Action.FLEET_READ)]) -> Fleet:
    """Every node that reported within `control.forget_ms`, by name."""
    del who
    return views.whole_fleet(here.network)


@router.post("/reports", operation_id="report_node", responses=refusals(409))
async def report_node(
    here: Here, report: NodeReport, who: Annotated[Principal, may(Action.NODE)]
) -> Assignment:
    """For nodes, with the fleet's token; 409 for a report that came late, or of a process that was replaced."""
    del who
    try:
        return here.network.report(report)
    except ReportRefusedError as error:
        raise Problem(409, "report-refused", f"{error}.") from error
