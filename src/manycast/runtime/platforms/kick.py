"""Kick, for the conductor and the API: it shows whatever it gets, and tells of chat by webhooks."""

import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress

from manycast.model.destinations import Platform as Name, PlatformState
from manycast.platforms.failures import RefusedError, UnauthorizedError
from manycast.platforms.kick import channels, chat, events, sign_in
from manycast.platforms.kick.channels import Channel
from manycast.platforms.kick.dialect import dialect
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
from manycast.runtime.platforms.calls import Calls
from manycast.runtime.platforms.kick_events import KickEvents, Waits
from manycast.runtime.platforms.kick_webhooks import KickWebhooks


NO_SECRET = (
    "The app has no client secret. An administrator sets it in the settings, under platforms."  # noqa: S105  words
)
NOT_ALL = "Not every permission was given. Begin again, and allow all of them."


class Kick:
    """``webhooks`` take what Kick sends to the app's address."""

    name = Name.KICK

    def __init__(self, calls: Calls, waits: Waits | None = None) -> None:
        self.calls = calls
        self.waits = waits or Waits()
        self.api = calls.settings.kick_api
        self.webhooks = KickWebhooks(calls, self.api)
        self._base = calls.settings.kick_auth
        calls.speak(dialect(self._base, calls.now_ms))

    async def begin_connect(self, redirect_url: str) -> Flow:
        app = await self.calls.app(self.name)
        if not app.secret:
            raise RefusedError(self.name, NO_SECRET)
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        now_ms = self.calls.now_ms()
        return sign_in.begin(self._base, app, redirect_url, verifier, state, now_ms)

    async def finish_connect(self, flow: Flow, answer: Mapping[str, str]) -> Connected | None:
        if not answer:
            return None  # the browser is still there
        app, code = await self.calls.app(self.name), sign_in.code_of(flow, answer)
        exchange = sign_in.exchange(self._base, app, flow, code, self.calls.now_ms())
        tokens = await self.calls.ask_openly(self.name, exchange)
        if tokens.scopes and not set(sign_in.SCOPES) <= set(tokens.scopes):
            raise RefusedError(self.name, NOT_ALL)
        channel = await self.calls.ask_as(self.name, tokens.access, channels.own(self.api))
        return Connected(account=channel.account, tokens=tokens)

    def presence(self, account_id: str, external_id: str) -> "KickPresence":
        return KickPresence(self, account_id, external_id)

    async def revoke(self, token: str) -> None:
        await self.calls.ask_openly(self.name, sign_in.revoke(self._base, token))


class KickPresence:
    def __init__(self, kick: Kick, account_id: str, external_id: str) -> None:
        self.calls = kick.calls
        self.api = kick.api
        self.webhooks = kick.webhooks
        self.waits = kick.waits
        self.account_id = account_id
        self.external_id = external_id
        self.live = False
        """As Kick said last."""
        self._kick = kick

    async def check(self) -> None:
        await self._channel()

    async def account(self) -> Account:
        return (await self._channel()).account

    async def ingest(self) -> Ingest:
        ingest = (await self._channel()).ingest
        if ingest is None:
            raise RefusedError(Name.KICK, channels.NO_KEY)
        return ingest

    async def set_listing(self, listing: Listing) -> Sequence[str]:
        change = channels.change(self.api, listing)
        if change is not None:
            await self.calls.ask(self.account_id, change)
        return channels.lost(listing)

    async def categories(self, text: str) -> Sequence[Category]:
        return await self.calls.ask(self.account_id, channels.categories(self.api, text))

    async def go_live(self, listing: Listing) -> None:
        await self.set_listing(listing)

    async def end(self) -> None:
        if not self.webhooks.is_heard(self.external_id):
            await self._unsubscribe()

    async def look(self) -> OnAir:
        on_air = (await self._channel()).on_air
        self.live = on_air.state is PlatformState.LIVE
        return on_air

    def listen(self) -> AsyncGenerator[Heard, None]:
        return KickEvents(self).run()

    async def say(self, text: str) -> None:
        if len(text) > chat.TEXT_MAX:
            said = f"Kick takes messages of {chat.TEXT_MAX} characters."
            raise RefusedError(Name.KICK, said)
        await self.calls.ask(self.account_id, chat.say(self.api, int(self.external_id), text))

    async def disconnect(self) -> None:
        with suppress(UnauthorizedError, RefusedError):  # there is no leave to give back
            await self._unsubscribe()
            leave = await self.calls.leave(self.account_id)
            await self._kick.revoke(leave.tokens.refresh)

    async def _channel(self) -> Channel:
        return await self.calls.ask(self.account_id, channels.own(self.api))

    async def _unsubscribe(self) -> None:
        there = await self.calls.ask(self.account_id, events.subscriptions(self.api))
        if there:
            ids = tuple(one.id for one in there)
            await self.calls.ask(self.account_id, events.unsubscribe(self.api, ids))
