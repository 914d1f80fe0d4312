"""What platforms there are to send to."""

from typing import Annotated

from fastapi import APIRouter
from sqlalchemy import select

from manycast.api.access import may
from manycast.api.context import Here
from manycast.api.destination_views import place_view
from manycast.control.permissions import Action, Principal
from manycast.model.destinations import Platform
from manycast.runtime.store.tables.destinations import PlatformApp
from manycast.schema.destinations import Places


router = APIRouter(prefix="/platforms", tags=["destinations"])


@router.get("", operation_id="list_platforms")
def list_platforms(here: Here, who: Annotated[Principal, may(Action.DESTINATIONS_READ)]) -> Places:
    """With what each takes, for forms that add a destination."""
    del who
    with here.store.read() as db:
        ready = set(db.scalars(select(PlatformApp.platform)))
    return Places(items=[place_view(one, can_connect=one in ready) for one in Platform])
