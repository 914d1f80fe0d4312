"""What this manycast is, and where its roles are reached."""

from importlib.metadata import version

from fastapi import APIRouter

from manycast.schema.system import System


router = APIRouter(tags=["system"])


@router.get("/system", operation_id="read_system")
async def read_system() -> System:
    return System(version=version("manycast"))
