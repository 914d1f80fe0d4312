"""Live state as server-sent events: a snapshot, then what differs from it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable
from itertools import count
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from manycast.api import views
from manycast.api.access import may, still
from manycast.api.context import Context, Here
from manycast.api.platform_views import chat_view
from manycast.api.problems import Problem, refusals
from manycast.control.permissions import Action, Principal, allowed, reaches
from manycast.runtime.control import hub
from manycast.runtime.platforms.chats import ChatChange
from manycast.runtime.store.database import UnavailableError
from manycast.schema.events import LiveEvents, Snapshot, Touched
from manycast.schema.fleet import Fleet, FleetChange, Node
from manycast.schema.streams import Stream, Streams, StreamsChange
from manycast.schema.values import Value


router = APIRouter(tags=["events"])

SPACING_S = 0.2
"""Between two looks for one listener: figures come every half second, people read no faster."""
QUIET_S_MAX = 15.0
"""A comment keeps connections alive that proxies would take for dead."""
RECHECK_S = 5.0
"""Whoever lost the right to listen hears no more after this, even where nothing dismissed them."""
SEND_S_MAX = 20.0
"""A listener that takes nothing for so long is parted with."""
RETRY_MS = 1000
_OF_SENDING = {"destinations", "accounts", "listings"}


class EventStream(StreamingResponse):
    media_type = "text/event-stream"  # type: ignore[mutable-override]  # as Starlette's own responses do

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def in_time(message: Message) -> None:
            async with asyncio.timeout(SEND_S_MAX):
                await send(message)

        events = self.body_iterator
        assert isinstance(events, AsyncGenerator)
        # Closed here, since nothing else does when it is the sending that fails: it would be listening still.
        async with contextlib.aclosing(events):
            with contextlib.suppress(TimeoutError):
                await super().__call__(scope, receive, in_time)


@router.get(
    "/events",
    operation_id="follow_events",
    response_class=EventStream,
    responses={200: {"model": LiveEvents}, **refusals(429)},
)
async def follow_events(
    here: Here, who: Annotated[Principal, may(Action.LIVE_READ)]
) -> EventStream:
    """Server-sent events without end: `snapshot` first, then each change under the name that `LiveEvents` gives it.

    After a break connect again: the new snapshot says everything.
    """
    if here.hub.full(who.user_id):
        raise Problem(429, "too-many-listeners", "Too many event streams are open; close some.")
    return EventStream(_told(here, who), headers={"X-Accel-Buffering": "no"})


async def _told(here: Context, who: Principal) -> AsyncGenerator[str, None]:
    loop = asyncio.get_running_loop()
    recheck = loop.time() + RECHECK_S
    with here.hub.listen(who.user_id, who.credential_id) as listener:
        while here.network.live.expects_more(here.network.now_ms()) and listener.open:  # noqa: ASYNC110  the listener's event also brings changes, which the snapshot must come before
            await asyncio.sleep(SPACING_S)  # else pages would take the stream for ended
        told = Changes(here, who)
        yield f"retry: {RETRY_MS}\n\n{told.snapshot()}"
        while listener.open:
            touched = await listener.news(QUIET_S_MAX)
            said = told.changes() + [told.touched(one) for one in touched if told.concerns(one)]
            said += told.chatted(listener.chatted())
            yield "".join(said) or ":\n\n"
            await asyncio.sleep(SPACING_S)
            if loop.time() > recheck:
                recheck = loop.time() + RECHECK_S
                listener.open &= await asyncio.to_thread(_may_stay, here, who)


def _may_stay(here: Context, who: Principal) -> bool:
    """While the database is away those who are here stay: what is live does not come from it."""
    try:
        return still(here, who)
    except UnavailableError:
        return True


class Changes:
    """What one listener knows, and so what it must be told."""

    def __init__(self, here: Context, who: Principal) -> None:
        self._network = here.network
        self._chats = here.platforms.conductor.chats
        self._who = who
        self._sees_fleet = allowed(who, Action.FLEET_READ)
        self._streams: dict[str, Stream] = {}
        self._nodes: dict[str, Node] = {}
        self._viewers = 0
        self._ids = count(1)

    def snapshot(self) -> str:
        streams, fleet = self._look()
        self._remember(streams, fleet)
        return self._event("snapshot", Snapshot(streams=streams, fleet=fleet))

    def changes(self) -> list[str]:
        streams, fleet = self._look()
        said = []
        changed = [one for one in streams.items if one != self._streams.get(one.channel)]
        gone = sorted(self._streams.keys() - {one.channel for one in streams.items})
        if changed or gone or streams.viewers != self._viewers:
            change = StreamsChange(
                changed=changed, gone=gone, viewers=streams.viewers, at=streams.at
            )
            said.append(self._event("streams", change))
        if fleet is not None:
            nodes = [one for one in fleet.items if one != self._nodes.get(one.node)]
            left = sorted(self._nodes.keys() - {one.node for one in fleet.items})
            if nodes or left:
                said.append(
                    self._event("fleet", FleetChange(changed=nodes, gone=left, at=fleet.at))
                )
        self._remember(streams, fleet)
        return said

    def concerns(self, one: hub.Touched) -> bool:
        """Names are for who works with the channel: others hear, beside it, of a change without a name."""
        if one.kind == "notices":
            return allowed(self._who, Action.NOTICES_READ)
        if one.kind in _OF_SENDING and not allowed(self._who, Action.DESTINATIONS_READ):
            return False
        return not one.channel or reaches(self._who, self._network.channels.get(one.channel, ""))

    def touched(self, one: hub.Touched) -> str:
        return self._event(one.kind, Touched(id=one.id, channel=one.channel))

    def chatted(self, changes: Iterable[ChatChange]) -> list[str]:
        """What came of each channel's chat, for those who may read it."""
        channels: dict[str, list[ChatChange]] = {}
        for one in changes:
            channels.setdefault(one.channel, []).append(one)
        return [
            self._event("chat", chat_view(name, of_it, self._chats.troubles(name)))
            for name, of_it in channels.items()
            if allowed(self._who, Action.CHAT_READ, self._network.channels.get(name, ""))
        ]

    def _look(self) -> tuple[Streams, Fleet | None]:
        streams = views.all_streams(self._network, self._who)
        return streams, views.whole_fleet(self._network) if self._sees_fleet else None

    def _remember(self, streams: Streams, fleet: Fleet | None) -> None:
        self._streams = {one.channel: one for one in streams.items}
        self._nodes = {one.node: one for one in fleet.items} if fleet else {}
        self._viewers = streams.viewers

    def _event(self, kind: str, value: Value) -> str:
        return f"event: {kind}\nid: {next(self._ids)}\ndata: {value.model_dump_json()}\n\n"
