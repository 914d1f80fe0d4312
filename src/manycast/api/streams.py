"""What is on the air."""

from typing import Annotated

from fastapi import APIRouter

from manycast.api import views
from manycast.api.access import By, may
from manycast.api.channel_views import find_channel
from manycast.api.context import Here
from manycast.api.problems import missing, refusals
from manycast.control.permissions import Action, Principal
from manycast.schema.channels import ChannelName
from manycast.schema.streams import Stream, Streams


router = APIRouter(prefix="/streams", tags=["streams"])


@router.get("", operation_id="list_streams")
async def list_streams(here: Here, who: Annotated[Principal, may(Action.LIVE_READ)]) -> Streams:
    """On the air now, or ended within the last two minutes; by the channel's name."""
    return views.all_streams(here.network, who)


@router.get("/{channel}", operation_id="read_stream", responses=refusals(404))
async def read_stream(
    here: Here, channel: ChannelName, who: Annotated[Principal, may(Action.LIVE_READ)]
) -> Stream:
    one = here.network.live.streams.get(channel)
    if one is None:
        raise missing("stream on the air")
    return views.stream(one, here.network, who)


@router.post(
    "/{channel}/disconnect",
    operation_id="disconnect_publisher",
    status_code=204,
    responses=refusals(404),
)
def disconnect_publisher(
    here: Here, by: By, channel: ChannelName, who: Annotated[Principal, may(Action.CHANNELS_WRITE)]
) -> None:
    """End the connection of whoever publishes, within a second; with a key that is still good they may come back."""
    with here.store.change(by, "stream.disconnect", channel) as db:
        owner = find_channel(db, channel, who, Action.CHANNELS_WRITE)
        owner.kicks += 1
    here.hub.touch("channels", owner.id, owner.name)
