"""One chat of all platforms, for the people of a channel."""

from typing import Annotated

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from manycast.api.access import By, may
from manycast.api.channel_views import find_channel
from manycast.api.context import Context, Here
from manycast.api.platform_views import entry_view, trouble_views
from manycast.api.problems import Problem, refusals
from manycast.control.permissions import Action, Principal
from manycast.model.destinations import Platform
from manycast.runtime.store.audit import note
from manycast.schema.channels import ChannelName
from manycast.schema.chat import Chat, LinesTaken, LineTaken, NewLine


router = APIRouter(prefix="/channels/{channel}/chat", tags=["chat"])


@router.get("", operation_id="read_chat", responses=refusals(404))
async def read_chat(
    channel: ChannelName, here: Here, who: Annotated[Principal, may(Action.CHAT_READ)]
) -> Chat:
    """The last lines, oldest first; new ones come as events. Nothing of it is kept on a disk."""
    await run_in_threadpool(_check, here, channel, who, Action.CHAT_READ)
    chats = here.platforms.conductor.chats
    return Chat(
        items=[entry_view(entry) for entry in chats.lines(channel)],
        troubles=trouble_views(chats.troubles(channel)),
    )


@router.post("", operation_id="say_in_chat", responses=refusals(404, 409))
async def say_in_chat(
    channel: ChannelName,
    wanted: NewLine,
    here: Here,
    by: By,
    who: Annotated[Principal, may(Action.CHAT_WRITE)],
) -> LinesTaken:
    """In the name of the connected accounts, while the channel is on the air."""
    await run_in_threadpool(_check, here, channel, who, Action.CHAT_WRITE)
    only = frozenset(map(Platform, wanted.platforms))
    said = await here.platforms.conductor.say(channel, wanted.text, only)
    if not said:
        detail = "No chat is listened to: the channel is off the air, or no account is connected."
        raise Problem(409, "no-chat", detail)
    await run_in_threadpool(_note, here, by, channel, sorted(said))
    return LinesTaken(
        said=[
            LineTaken.model_validate({"platform": name, "ok": not text, "text": text})
            for name, text in sorted(said.items())
        ]
    )


def _check(here: Context, channel: str, who: Principal, action: Action) -> None:
    with here.store.read() as db:
        find_channel(db, channel, who, action)


def _note(here: Context, by: By, channel: str, platforms: list[Platform]) -> None:
    """Who spoke for the accounts; not what they said."""
    with here.store.record() as db:
        note(db, by, "chat.say", channel, {"platforms": platforms})
