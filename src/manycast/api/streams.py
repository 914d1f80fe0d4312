"""What is on the air."""

from typing import Annotated

from fastapi import APIRouter

from manycast.api import views
from manycast.api.access import may
from manycast.api.context import Here
from manycast.api.problems import missing, refusals
from manycast.control.permissions import Action, Principal
from manycast.schema.streams import Stream, Streams


router = APIRouter(prefix="/streams", tags=["streams"])


@router.get("", operation_id="list_streams")
async def list_streams(here: Here, who: Annotated[Principal, may(Action.LIVE_READ)]) -> Streams:
    """On the air now, or ended within the last two minutes; by the channel's name."""
    return views.all_streams(here.network, who)


@router.get("/{channel}", operation_id="read_stream", responses=refusals(404))
async def read_stream(
    here: Here, channel: str, who: Annotated[Principal, may(Action.LIVE_READ)]
) -> Stream:
    one = here.network.live.streams.get(channel)
    if one is None:
        raise missing("stream on the air")
    return views.stream(one, here.network, who)
