"""SRT for a channel: a port of its own and a passphrase, which is shown once."""

from typing import Annotated

from fastapi import APIRouter, Request

from manycast.api.access import By, may
from manycast.api.addresses import srt_url
from manycast.api.channel_views import find_channel
from manycast.api.context import Here
from manycast.api.idempotency import OnlyOnce
from manycast.api.problems import Problem, refusals
from manycast.control.permissions import Action, Principal
from manycast.runtime.store import channels, stream_keys
from manycast.schema.channels import ChannelName, MadeSrt, Rotation


router = APIRouter(prefix="/channels/{channel}/srt", tags=["stream keys"])
Keeper = Annotated[Principal, may(Action.KEYS_WRITE)]


@router.post("", operation_id="rotate_srt_passphrase", responses=refusals(404, 409))
def rotate_srt_passphrase(  # noqa: PLR0913, PLR0917  a route's parameters are what a request holds
    channel: ChannelName,
    wanted: Rotation,
    here: Here,
    by: By,
    who: Keeper,
    once: OnlyOnce,
    request: Request,
) -> MadeSrt:
    """Take SRT publishers from now on, with this passphrase and no other."""
    passphrase = stream_keys.new_secret()
    with here.store.change(by, "srt.rotate", channel, wanted.model_dump()) as db:
        once.look(db)
        row = find_channel(db, channel, who, Action.KEYS_WRITE)
        if row.srt_slot is None:
            row.srt_slot = channels.free_srt_slot(db)
        if row.srt_slot >= here.settings.network.srt_channels_max:
            raise _no_listener(here.settings.network.srt_channels_max)
        row.srt_sealed = here.store.secrets.seal(passphrase)
        row.kicks += int(wanted.disconnect)
        url = f"{srt_url(here.settings, request.url.netloc, row.srt_slot)}?passphrase={passphrase}"
        made = MadeSrt(url=url, passphrase=passphrase)
        once.keep(db, made, 200)
    here.hub.touch("channels", row.id, row.name)
    return made


@router.delete("", operation_id="delete_srt_passphrase", status_code=204, responses=refusals(404))
def delete_srt_passphrase(channel: ChannelName, here: Here, by: By, who: Keeper) -> None:
    """Take no SRT publishers any more; done too when it takes none."""
    with here.store.change(by, "srt.delete", channel) as db:
        row = find_channel(db, channel, who, Action.KEYS_WRITE)
        row.srt_sealed = None
        row.srt_slot = None
    here.hub.touch("channels", row.id, row.name)


def _no_listener(most: int) -> Problem:
    detail = (
        f"{most} channels take SRT already, as many as network.srt_channels_max allows;"
        " turn it off for another channel, or raise that setting."
    )
    return Problem(409, "too-many-srt-channels", detail)
