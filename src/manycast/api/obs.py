"""The configuration with which OBS sends a stream in several sizes at once, so that nothing has to be encoded here."""

from typing import Annotated

from fastapi import APIRouter, Query

from manycast.api.access import may
from manycast.api.channel_views import find_channel
from manycast.api.context import Here
from manycast.api.problems import refusals
from manycast.control.permissions import Action, Principal
from manycast.media.obs import TRACKS_MAX, Canvas, Encoder, multitrack
from manycast.schema.channels import ChannelName
from manycast.schema.obs import ObsOverride


router = APIRouter(prefix="/channels/{channel}", tags=["channels"])
Pixels = Query(ge=64, le=7680, description="Of what OBS composes.")


@router.get("/obs-multitrack", operation_id="read_obs_multitrack", responses=refusals(404))
def read_obs_multitrack(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    channel: ChannelName,
    here: Here,
    who: Annotated[Principal, may(Action.CHANNELS_READ)],
    width: Annotated[int, Pixels] = 1920,
    height: Annotated[int, Pixels] = 1080,
    frame_rate: Annotated[float, Query(ge=10, le=120)] = 60,
    encoder: Annotated[Encoder, Query(description="As OBS calls it.")] = Encoder.X264,
    tracks: Annotated[int, Query(ge=1, le=TRACKS_MAX, description="At most.")] = 3,
) -> ObsOverride:
    """Without secrets: server and stream key stand in the fields above it."""
    with here.store.read() as db:
        find_channel(db, channel, who, Action.CHANNELS_READ)
    canvas = Canvas(width, height, frame_rate)
    return ObsOverride(multitrack(canvas, encoder, tracks, here.settings.ladder).override)
