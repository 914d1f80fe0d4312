"""Asks platforms: within their rates and quotas, again where that may help, with tokens that are good."""

import asyncio
import random
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from importlib.metadata import version
from types import TracebackType
from typing import Self, TypeVar

import httpx2

from manycast.model.destinations import Platform
from manycast.platforms.failures import (
    AwayError,
    MalformedError,
    NoAppError,
    PlatformError,
    UnauthorizedError,
)
from manycast.platforms.values import App, Tokens
from manycast.platforms.wire import UNREADABLE, Call, Dialect, Reply, Request
from manycast.runtime import clock
from manycast.runtime.platforms.attempts import Attempts
from manycast.runtime.platforms.paces import Paces
from manycast.runtime.platforms.renewals import Renewals
from manycast.runtime.platforms.vault import Leave, Vault
from manycast.settings.platforms import PlatformsSettings


T = TypeVar("T")
REPLY_BYTES_MAX = 2_000_000
"""The largest replies are pages of a hundred categories, of 30 kB."""
CONNECTIONS_MAX = 32
"""To all platforms, at once."""


class Calls:
    """On the thread of one loop, between ``async with`` and its end."""

    def __init__(
        self,
        vault: Vault,
        settings: PlatformsSettings,
        *,
        now_ms: Callable[[], int] = clock.wall_ms,
        dice: random.Random | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.vault = vault
        self.settings = settings
        self.now_ms = now_ms
        self.dice = dice or random.Random()  # noqa: S311  jitter needs no secret dice
        self.trust = trust or httpx2.create_ssl_context()
        self._dialects: dict[Platform, Dialect] = {}
        self._paces = Paces(vault, settings.youtube_quota, now_ms)
        self._tasks = asyncio.TaskGroup()
        self._renewals = Renewals(vault, self._renew, now_ms, self._tasks)
        self._http = httpx2.AsyncClient(
            headers={"User-Agent": f"manycast/{version('manycast')}"},
            timeout=None,  # each call has one of its own, for everything
            limits=httpx2.Limits(max_connections=CONNECTIONS_MAX),
            verify=self.trust,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._tasks.__aexit__(kind, error, trace)
        finally:
            await self._http.aclose()

    def speak(self, dialect: Dialect) -> None:
        self._dialects[dialect.platform] = dialect

    async def app(self, platform: Platform) -> App:
        """Raises NoAppError."""
        app = await asyncio.to_thread(self.vault.app, platform)
        if app is None:
            raise NoAppError(platform)
        return app

    async def ask(self, account_id: str, call: Call[T]) -> T:
        """In an account's name. Raises PlatformError, or GoneError."""
        leave = await self._renewals.leave(account_id)
        try:
            return await self._as(leave, call)
        except UnauthorizedError:
            # A refused request did nothing, so this one may go again whatever it does.
            leave = await self._renewals.renewed(leave)
        try:
            return await self._as(leave, call)
        except UnauthorizedError as error:
            await self._renewals.over(leave, error)
            raise

    async def ask_openly(self, platform: Platform, call: Call[T]) -> T:
        """In nobody's name, to connect an account. Raises PlatformError."""
        return await self._insist(call, self._dialects[platform], "")

    async def ask_as(self, platform: Platform, access: str, call: Call[T]) -> T:
        """With an access token that is in no books yet. Raises PlatformError."""
        return await self._signed(call, self._dialects[platform], access, "")

    @asynccontextmanager
    async def pushed(
        self, account_id: str, call: Call[None], silence_s: float
    ) -> AsyncGenerator[AsyncIterator[bytes]]:
        """In an account's name, a reply that grows for as long as there is something to tell. Raises PlatformError, or
        GoneError; AwayError also while it goes on, and after ``silence_s`` without a byte."""
        leave = await self._renewals.leave(account_id)
        try:
            response = await self._open(leave, call)
        except UnauthorizedError:
            response = await self._open_again(await self._renewals.renewed(leave), call)
        async with (
            aclosing(response),
            aclosing(_pieces(response, leave.platform, silence_s)) as pieces,
        ):
            yield pieces

    async def leave(self, account_id: str) -> Leave:
        """With an access token that was good a moment ago. Raises PlatformError, or GoneError."""
        return await self._renewals.leave(account_id)

    async def _renew(self, leave: Leave) -> Tokens:
        dialect = self._dialects[leave.platform]
        app = await self.app(leave.platform)
        tokens = await self.ask_openly(leave.platform, dialect.renew(app, leave.tokens.refresh))
        # Not every platform gives a new refresh token, or names the scopes again.
        return replace(
            tokens,
            refresh=tokens.refresh or leave.tokens.refresh,
            scopes=tokens.scopes or leave.tokens.scopes,
        )

    async def _as(self, leave: Leave, call: Call[T]) -> T:
        dialect = self._dialects[leave.platform]
        return await self._signed(call, dialect, leave.tokens.access, leave.account_id)

    async def _signed(self, call: Call[T], dialect: Dialect, access: str, account_id: str) -> T:
        app = await self.app(dialect.platform)
        signed = replace(call, request=dialect.sign(call.request, app, access))
        return await self._insist(signed, dialect, account_id)

    async def _insist(self, call: Call[T], dialect: Dialect, account_id: str) -> T:
        attempts = Attempts(self.settings.attempts_max, self.dice)
        while True:
            try:
                await self._paces.wait(dialect, account_id, call.request.cost)
                return await self._once(call, dialect.platform, account_id)
            except PlatformError as error:
                wait_s = attempts.wait_s(error, call.request, clock.monotonic())
                if wait_s is None:
                    raise
            await asyncio.sleep(wait_s)

    async def _once(self, call: Call[T], platform: Platform, account_id: str) -> T:
        reply = await self._send(call.request, platform)
        if not 200 <= reply.status < 300:
            fault = call.fault(reply, self.now_ms())
            self._paces.note(platform, account_id, fault)
            raise fault
        try:
            return call.read(reply)
        except UNREADABLE:
            # Without its cause, which may quote the reply.
            raise MalformedError(platform) from None

    async def _open(self, leave: Leave, call: Call[None]) -> httpx2.Response:
        """Its head has come, and is a good one. There is one attempt: whoever listens comes again."""
        dialect, app = self._dialects[leave.platform], await self.app(leave.platform)
        request = dialect.sign(call.request, app, leave.tokens.access)
        await self._paces.wait(dialect, leave.account_id, request.cost)
        try:
            async with asyncio.timeout(self.settings.call_ms / 1000):
                response = await self._http.send(self._built(request), stream=True)
                if response.is_success:
                    return response
                async with aclosing(response):
                    raise call.fault(await _reply(response, leave.platform), self.now_ms())
        except PlatformError as error:
            self._paces.note(leave.platform, leave.account_id, error)
            raise
        except (TimeoutError, httpx2.HTTPError):
            raise AwayError(leave.platform) from None

    async def _open_again(self, leave: Leave, call: Call[None]) -> httpx2.Response:
        try:
            return await self._open(leave, call)
        except UnauthorizedError as error:
            await self._renewals.over(leave, error)
            raise

    def _built(self, request: Request) -> httpx2.Request:
        return self._http.build_request(
            request.method,
            request.url,
            params=request.query or None,
            headers=dict(request.headers),
            data=request.form,
            json=request.json,
        )

    async def _send(self, request: Request, platform: Platform) -> Reply:
        limit_s = self.settings.call_ms / 1000
        try:
            async with asyncio.timeout(limit_s):
                return await self._exchange(request, platform)
        except TimeoutError:
            raise AwayError(platform) from None
        except (httpx2.ConnectError, httpx2.InvalidURL, httpx2.UnsupportedProtocol):
            raise AwayError(platform, asked=False) from None
        except httpx2.HTTPError:  # its words may hold addresses
            raise AwayError(platform) from None

    async def _exchange(self, request: Request, platform: Platform) -> Reply:
        response = await self._http.send(self._built(request), stream=True)
        async with aclosing(response):
            return await _reply(response, platform)


async def _reply(response: httpx2.Response, platform: Platform) -> Reply:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > REPLY_BYTES_MAX:
            raise MalformedError(platform)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status_code, headers, bytes(body))


async def _pieces(
    response: httpx2.Response, platform: Platform, silence_s: float
) -> AsyncGenerator[bytes]:
    pieces = response.aiter_bytes()
    while True:
        try:
            async with asyncio.timeout(silence_s):
                piece = await anext(pieces, None)
        except (TimeoutError, httpx2.HTTPError):
            raise AwayError(platform) from None
        if piece is None:
            return
        yield piece
