"""What this manycast is."""

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter

from manycast.api.access import may
from manycast.control.permissions import Action, Principal
from manycast.schema.system import System


router = APIRouter(tags=["system"])


@router.get("/system", operation_id="read_system")
async def read_system(who: Annotated[Principal, may(Action.LIVE_READ)]) -> System:
    """Not for strangers: a version tells them which faults to try."""
    del who
    return System(version=version("manycast"))
