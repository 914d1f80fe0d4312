"""What machines ask of every role: whether it lives, whether it serves, its numbers."""

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy import text

from manycast.api.access import may
from manycast.api.context import Here
from manycast.control.permissions import Action, Principal
from manycast.runtime.control import metrics


router = APIRouter(tags=["health"], default_response_class=PlainTextResponse)


@router.get("/healthz", operation_id="read_health")
async def read_health() -> str:
    """200 while the process answers at all."""
    return "ok\n"


@router.get("/readyz", operation_id="read_readiness")
def read_readiness(here: Here) -> str:
    """200 while the database answers as well."""
    with here.store.read() as db:
        db.execute(text("SELECT 1"))
    return "ok\n"


@router.get("/metrics", operation_id="read_metrics", response_class=PlainTextResponse)
async def read_metrics(here: Here, who: Annotated[Principal, may(Action.FLEET_READ)]) -> Response:
    """Prometheus text; with an API key as the bearer token."""
    del who
    return Response(metrics.text(here.network, here.hub), media_type=metrics.TYPE)
