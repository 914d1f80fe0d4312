"""YouTube, for the conductor and the API: a broadcast for each time on the air, made, bound, begun, verified and ended."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from manycast.model.destinations import Platform as Name, PlatformState
from manycast.platforms.failures import (
    ForbiddenError,
    MissingError,
    PendingError,
    RefusedError,
    UnauthorizedError,
)
from manycast.platforms.quota import day_of
from manycast.platforms.values import (
    Account,
    Category,
    Connected,
    Flow,
    Heard,
    Ingest,
    Listing,
    OnAir,
)
from manycast.platforms.youtube import broadcasts, chat, sign_in, streams, texts, videos
from manycast.platforms.youtube.broadcasts import Broadcast
from manycast.platforms.youtube.budget import may_say
from manycast.platforms.youtube.dialect import dialect
from manycast.platforms.youtube.showing import START_ITSELF_MS, showing
from manycast.platforms.youtube.streams import Stream
from manycast.platforms.youtube.videos import Video
from manycast.runtime.platforms.calls import Calls
from manycast.runtime.platforms.youtube_chat import Waits, YouTubeChat
from manycast.runtime.platforms.youtube_known import Known


NO_SECRET = (
    "The app has no client secret. An administrator sets it in the settings, under platforms."  # noqa: S105  words
)
NO_CHANNEL = (
    "This Google account has no YouTube channel. Create one there, or choose another account."
)
NOT_ALL = "Not every permission was given. Begin again, and leave the box for YouTube ticked."
NO_BROADCAST = (
    "YouTube has no broadcast of this channel yet: it gets all of this when the stream begins."
)
NO_CHAT = "There is no chat at YouTube yet: it begins with the stream."
NO_UNITS = (
    "What is left of today's quota is kept for going live. Write it in the chat at YouTube itself."
)
ENDED_THERE = (
    "The broadcast was ended at YouTube. Stop this destination and start it again for a new one."
)
CATEGORIES_MS = 86_400_000
"""YouTube's categories change once in years."""
PAGES_MAX = 10
"""Of fifty resources each, that are looked through for ours."""
NUDGES_MAX = 3
"""Times that one broadcast is told to begin: each costs what fifty looks do."""


class YouTube:
    name = Name.YOUTUBE

    def __init__(self, calls: Calls, waits: Waits | None = None) -> None:
        self.calls = calls
        self.waits = waits or Waits()
        self.api = calls.settings.youtube_api
        self._base = calls.settings.google_token
        self._known: dict[str, Known] = {}
        self._categories: tuple[int, tuple[Category, ...]] = (0, ())
        calls.speak(dialect(self._base, calls.now_ms))

    async def begin_connect(self, redirect_url: str) -> Flow:  # noqa: ARG002  no browser comes back
        app = await self.calls.app(self.name)
        if not app.secret:
            raise RefusedError(self.name, NO_SECRET)
        begin = sign_in.begin(self._base, app, self.calls.now_ms())
        return await self.calls.ask_openly(self.name, begin)

    async def finish_connect(
        self,
        flow: Flow,
        answer: Mapping[str, str],  # noqa: ARG002  the person's browser brings us nothing
    ) -> Connected | None:
        app, now_ms = await self.calls.app(self.name), self.calls.now_ms()
        try:
            poll = sign_in.poll(self._base, app, flow.secret, now_ms)
            tokens = await self.calls.ask_openly(self.name, poll)
        except PendingError:
            return None
        if sign_in.SCOPE not in tokens.scopes:
            raise RefusedError(self.name, NOT_ALL)
        account = await self.calls.ask_as(self.name, tokens.access, videos.account(self.api))
        if account is None:
            raise RefusedError(self.name, NO_CHANNEL)
        return Connected(account=account, tokens=tokens)

    def presence(self, account_id: str, external_id: str) -> "YouTubePresence":  # noqa: ARG002  its tokens say whose channel it is
        known = self._known.setdefault(account_id, Known())
        return YouTubePresence(self, account_id, known)

    def forget(self, account_id: str) -> None:
        self._known.pop(account_id, None)

    async def revoke(self, token: str) -> None:
        await self.calls.ask_openly(self.name, sign_in.revoke(self._base, token))

    async def categories(self, account_id: str) -> tuple[Category, ...]:
        read_ms, found = self._categories
        if not found or self.calls.now_ms() - read_ms > CATEGORIES_MS:
            found = await self.calls.ask(account_id, videos.categories(self.api))
            self._categories = (self.calls.now_ms(), found)
        return found


class YouTubePresence:
    """Several may speak for one account at a time, and share what is ``known`` of it."""

    def __init__(self, youtube: YouTube, account_id: str, known: Known) -> None:
        self.calls = youtube.calls
        self.api = youtube.api
        self.account_id = account_id
        self.known = known
        self._youtube = youtube

    async def check(self) -> None:
        await self.account()

    async def account(self) -> Account:
        found = await self.calls.ask(self.account_id, videos.account(self.api))
        if found is None:
            raise MissingError(Name.YOUTUBE, NO_CHANNEL)
        return found

    async def ingest(self) -> Ingest:
        return (await self._stream()).ingest

    async def go_live(self, listing: Listing) -> None:
        async with self.known.lock:
            self.known.listing = listing
            if self.known.over:
                return  # another title is no wish to be live again
            stream = await self._stream()
            broadcast = await self._find(stream.id, listing)
            if broadcast is None:
                made = broadcasts.make(self.api, listing, self.calls.now_ms())
                broadcast = await self.calls.ask(self.account_id, made)
            if not broadcast.stream_id:
                bind = broadcasts.bind(self.api, broadcast.id, stream.id)
                broadcast = await self.calls.ask(self.account_id, bind)
            self.known.meet(broadcast)
            if self.known.described != listing:
                await self._describe(broadcast, listing)

    async def set_listing(self, listing: Listing) -> Sequence[str]:
        self.known.listing = listing
        broadcast = await self._broadcast()
        if broadcast is None:
            return [*texts.lost(listing), NO_BROADCAST]
        await self._describe(broadcast, listing)
        return texts.lost(listing)

    async def categories(self, text: str) -> Sequence[Category]:
        found = await self._youtube.categories(self.account_id)
        return [one for one in found if text.casefold() in one.name.casefold()]

    async def look(self) -> OnAir:
        stream = await self._stream()
        shown = await self._still_live(stream)
        if shown is not None:
            return shown
        broadcast = await self._broadcast()
        if broadcast is not None and broadcast.life not in broadcasts.OPEN:
            return await self._over(broadcast, stream)
        if broadcast is not None:
            broadcast = await self._nudge(broadcast, stream)
        live = broadcast is not None and broadcast.life == "live"
        video = await self._video(broadcast.id) if live and broadcast is not None else None
        on_air = showing(broadcast, stream, video)
        health = " ".join(part for part in (on_air.health, self.known.note) if part)
        return replace(on_air, health=health)

    async def end(self) -> None:
        broadcast = await self._broadcast()
        if broadcast is not None and broadcast.life in {"live", "testing"}:
            # It ends by itself where somebody was quicker, and where nobody can ask.
            with suppress(RefusedError, ForbiddenError):
                over = broadcasts.transition(self.api, broadcast.id, "complete")
                await self.calls.ask(self.account_id, over)
        self.known.part()

    def listen(self) -> AsyncGenerator[Heard, None]:
        waits = self._youtube.waits
        return YouTubeChat(self.calls, self.api, self.account_id, self.known, waits).run()

    async def say(self, text: str) -> None:
        if len(text) > chat.TEXT_MAX:
            said = f"YouTube takes messages of {chat.TEXT_MAX} characters."
            raise RefusedError(Name.YOUTUBE, said)
        broadcast = await self._broadcast()
        if broadcast is None or not broadcast.chat_id:
            raise RefusedError(Name.YOUTUBE, NO_CHAT)
        day = day_of(self.calls.now_ms()).name
        spent = await asyncio.to_thread(self.calls.vault.spent, Name.YOUTUBE, day)
        a_day = self.calls.settings.youtube_quota
        if not may_say(a_day - spent, a_day):
            raise RefusedError(Name.YOUTUBE, NO_UNITS)
        await self.calls.ask(self.account_id, chat.say(self.api, broadcast.chat_id, text))

    async def disconnect(self) -> None:
        self._youtube.forget(self.account_id)
        with suppress(UnauthorizedError, RefusedError):  # there is no leave to give back
            leave = await self.calls.leave(self.account_id)
            await self._youtube.revoke(leave.tokens.refresh or leave.tokens.access)

    async def _stream(self) -> Stream:
        """Ours, as it is now; made when there is none."""
        if self.known.stream_id:
            page = await self.calls.ask(
                self.account_id, streams.look(self.api, self.known.stream_id)
            )
            if page.items:
                return page.items[0]
        async with self.known.making:
            stream = await self._find_stream()
            if stream is None:
                stream = await self.calls.ask(self.account_id, streams.make(self.api))
            self.known.stream_id = stream.id
        return stream

    async def _find_stream(self) -> Stream | None:
        token = ""
        for _ in range(PAGES_MAX):
            page = await self.calls.ask(self.account_id, streams.mine(self.api, token))
            found, token = streams.ours(page.items), page.next_token
            if found is not None or not token:
                return found
        return None

    async def _broadcast(self) -> Broadcast | None:
        """The one that is known, as it is now; otherwise one that our stream carries."""
        if self.known.broadcast is None:
            stream = await self._stream()
            found = await self._find(stream.id, None)
        else:
            look = broadcasts.look(self.api, self.known.broadcast.id)
            page = await self.calls.ask(self.account_id, look)
            found = page.items[0] if page.items else None
        if found is None:
            self.known.part()
        else:
            self.known.meet(found)
        return found

    async def _find(self, stream_id: str, listing: Listing | None) -> Broadcast | None:
        """With a listing, also one that was made with it and never bound, because its answer was lost."""
        for status in ("active", "upcoming"):
            token = ""
            for _ in range(PAGES_MAX):
                asked = broadcasts.with_status(self.api, status, token)
                page = await self.calls.ask(self.account_id, asked)
                found = broadcasts.ours(page.items, stream_id, listing)
                if found is not None:
                    return found
                token = page.next_token
                if not token:
                    break
        return None

    async def _still_live(self, stream: Stream) -> OnAir | None:
        """What was live is asked of its video alone, which says as much and saves a third of the units."""
        broadcast = self.known.broadcast
        if broadcast is None or broadcast.life != "live":
            return None
        video = await self._video(broadcast.id)
        if video is None or not video.live:
            return None
        return showing(replace(broadcast, title=video.title), stream, video)

    async def _nudge(self, broadcast: Broadcast, stream: Stream) -> Broadcast:
        """A broadcast whose media arrives and that does not begin by itself is told to."""
        now_ms = self.calls.now_ms()
        if stream.status != "active" or broadcast.life not in {"ready", "testing"}:
            self.known.active_ms = 0
            return broadcast
        self.known.active_ms = self.known.active_ms or now_ms
        due_ms = self.known.active_ms + START_ITSELF_MS * (1 + self.known.nudges)
        if now_ms < due_ms or self.known.nudges >= NUDGES_MAX:
            return broadcast
        self.known.nudges += 1
        try:
            live = broadcasts.transition(self.api, broadcast.id, "live")
            return await self.calls.ask(self.account_id, live)
        except (RefusedError, ForbiddenError) as error:
            self.known.note = str(error)
            return broadcast

    async def _over(self, broadcast: Broadcast, stream: Stream) -> OnAir:
        """YouTube ends a broadcast whose media stayed away for a minute; when it comes back, it is for a new one."""
        on_air, active = showing(broadcast, None, None), stream.status == "active"
        listing = self.known.listing
        if active and self.known.away and listing is not None:
            self.known.part()
            await self.go_live(listing)
            return OnAir(state=PlatformState.STARTING)
        self.known.away = self.known.away or not active
        if active and not on_air.health:
            return replace(on_air, health=ENDED_THERE)
        return on_air

    async def _describe(self, broadcast: Broadcast, listing: Listing) -> None:
        video = await self._video(broadcast.id)
        if video is None:
            raise MissingError(Name.YOUTUBE)
        changed = videos.with_listing(video, listing)
        if changed != video:
            await self.calls.ask(self.account_id, videos.change(self.api, changed))
        self.known.described = listing

    async def _video(self, video_id: str) -> Video | None:
        page = await self.calls.ask(self.account_id, videos.look(self.api, video_id))
        return page.items[0] if page.items else None
