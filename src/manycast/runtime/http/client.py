"""Fetching from parents over kept connections, with every wait limited."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self, cast

from manycast.runtime.http.response import Failure, FetchError, Receiver, ResponseParser
from manycast.settings.http import HttpClientSettings
from manycast.std.http1 import BODILESS_METHODS, IDEMPOTENT


_AWAY_LOOK_S = 0.1
"""Between attempts to reach parents that are away: a fraction of a part."""


@dataclass(frozen=True, slots=True)
class Parent:
    host: str
    port: int
    socket_path: str = ""
    """Of a UNIX socket to connect to instead; host and port only name the parent then."""

    @property
    def authority(self) -> bytes:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (host if self.port == 80 else f"{host}:{self.port}").encode("ascii")


class Fetch:
    """One request under way; the driver may slow it down or give it up."""

    __slots__ = (
        "_client", "body", "connection", "first_byte_s", "over", "receiver", "request", "retried"
    )  # fmt: skip

    def __init__(
        self,
        client: "Client",
        request: tuple[str, bytes, bytes],
        receiver: Receiver,
        wait_s: float,
        body: bytes,
    ) -> None:
        self._client = client
        self.request = request
        self.body = body
        self.receiver = receiver
        self.first_byte_s = wait_s
        self.connection: Upstream | None = None
        self.retried = False
        self.over = False

    def cancel(self) -> None:
        """Give up; the receiver hears nothing more."""
        if not self.over:
            self.over = True
            if self.connection is not None:
                self.connection.drop()

    def pause(self) -> None:
        if self.connection is not None:
            self.connection.pause()

    def resume(self) -> None:
        if self.connection is not None:
            self.connection.resume()

    def fail(self, error: FetchError) -> None:
        if not self.over:
            self.over = True
            self.receiver.failed(error)


class Upstream(asyncio.Protocol):
    """One connection to a parent; carries one fetch at a time."""

    _transport: asyncio.Transport

    def __init__(self, client: "Client", parent: Parent) -> None:
        self._client = client
        self._parent = parent
        self._loop = asyncio.get_running_loop()
        self._fetch: Fetch | None = None
        self._parser: ResponseParser | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._paused = False
        self._lost = False

    @property
    def usable(self) -> bool:
        return not self._lost and not self._transport.is_closing()

    def start(self, fetch: Fetch) -> None:
        method, target, fields = fetch.request
        self._fetch = fetch
        fetch.connection = self
        self._parser = ResponseParser(fetch.receiver, method, self._client.settings.head_bytes_max)
        stated = fetch.body or method not in BODILESS_METHODS
        self._transport.writelines(
            (
                b"%s %s HTTP/1.1\r\nhost: " % (method.encode("ascii"), target),
                self._parent.authority,
                b"\r\n",
                fields,
                b"content-length: %d\r\n\r\n" % len(fetch.body) if stated else b"\r\n",
                fetch.body,
            )
        )
        self._wait(fetch.first_byte_s)

    def drop(self) -> None:
        if self._parser is not None:
            self._parser.complete = True
        self._forget()
        self._transport.abort()

    def close(self) -> None:
        self._transport.close()

    def pause(self) -> None:
        if not self._paused and self.usable:
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._paused and self.usable:
            self._paused = False
            self._deadline = self._loop.time() + self._client.settings.idle_s
            self._transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        parser = self._parser
        if parser is None:  # nothing was asked: the parent is out of step
            self._transport.abort()
            return
        if parser.begun:
            self._deadline = self._loop.time() + self._client.settings.idle_s
        else:
            self._wait(self._client.settings.idle_s)
        try:
            parser.feed(data)
        except FetchError as error:
            self._fail(error)
            return
        if parser.complete:
            self._complete(reusable=parser.reusable)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._client.lost(self)
        fetch, parser = self._fetch, self._parser
        if fetch is None or parser is None:
            return
        if not (fetch.retried or parser.begun) and fetch.request[0] in IDEMPOTENT:
            self._forget()
            self._client.retry(fetch)  # it closed a kept connection as we used it, or was restarted
        elif exc is not None:
            self._fail(FetchError(Failure.BROKEN, f"the connection to the parent broke: {exc}"))
        else:
            self._close(parser)

    def _close(self, parser: ResponseParser) -> None:
        try:
            parser.close()
        except FetchError as error:
            self._fail(error)
        else:
            self._complete(reusable=False)

    def _complete(self, *, reusable: bool) -> None:
        if self._fetch is not None:
            self._fetch.over = True
        self._forget()
        if reusable and self.usable:
            self.resume()
            self._wait(self._client.settings.keep_idle_s)
            self._client.kept(self)
        else:
            self._transport.close()

    def _fail(self, error: FetchError) -> None:
        fetch = self._fetch
        self._forget()
        self._transport.abort()
        if fetch is not None:
            fetch.fail(error)

    def _forget(self) -> None:
        self._fetch = self._parser = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, seconds: float) -> None:
        """One timer for all waits of a fetch: data only moves the deadline."""
        if self._timer is not None:
            self._timer.cancel()
        self._deadline = self._loop.time() + seconds
        self._timer = self._loop.call_at(self._deadline, self._check)

    def _check(self) -> None:
        now = self._loop.time()
        if self._paused and self._fetch is not None:
            self._deadline = now + self._client.settings.idle_s  # we are slow, not the parent
        if now < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._check)
        elif self._fetch is None:
            self._transport.close()
        else:
            self._fail(FetchError(Failure.TIMEOUT, "the parent took too long"))


class Client:
    """Use as ``async with``; the parents are equals, the next one is tried when one is unreachable."""

    def __init__(self, parents: Sequence[Parent], settings: HttpClientSettings) -> None:
        assert parents, "a client needs a parent"
        self.settings = settings
        self._parents = list(parents)
        self._idle: list[Upstream] = []
        self._open: set[Upstream] = set()
        self._connecting = 0
        self._queue: deque[Fetch] = deque()
        self._tasks = asyncio.TaskGroup()
        self._closing = False
        self._away_since: float | None = None

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing = True
        for upstream in list(self._open):
            upstream.close()
        try:
            await self._tasks.__aexit__(kind, error, trace)
        except BaseExceptionGroup as group:
            if group.exceptions != (error,):  # the body's own error goes on by itself, ungrouped
                raise

    def fetch(
        self,
        request: tuple[str, bytes, bytes],
        receiver: Receiver,
        first_byte_s: float | None = None,
        body: bytes = b"",
    ) -> Fetch:
        """Start ``(method, target, fields)``; fields as lines of a head without Host and length."""
        fetch = Fetch(self, request, receiver, first_byte_s or self.settings.first_byte_s, body)
        while self._idle:
            upstream = self._idle.pop()
            if upstream.usable:
                upstream.start(fetch)
                return fetch
        self._enqueue(fetch)
        return fetch

    def retry(self, fetch: Fetch) -> None:
        fetch.connection = None
        fetch.retried = True
        self._enqueue(fetch)

    def kept(self, upstream: Upstream) -> None:
        fetch = self._next()
        if fetch is not None:
            upstream.start(fetch)
        elif self._closing:
            upstream.close()
        else:
            self._idle.append(upstream)

    def lost(self, upstream: Upstream) -> None:
        self._open.discard(upstream)
        if upstream in self._idle:
            self._idle.remove(upstream)
        if self._queue:
            self._grow()

    def _enqueue(self, fetch: Fetch) -> None:
        loop = asyncio.get_running_loop()
        if len(self._queue) >= self.settings.queue_max or self._closing:
            why = (
                "the node is stopping" if self._closing else "too many fetches wait for the parent"
            )
            error = FetchError(Failure.BUSY, why)
            loop.call_soon(fetch.fail, error)
            return
        self._queue.append(fetch)
        loop.call_later(fetch.first_byte_s, self._expire, fetch)
        self._grow()

    def _expire(self, fetch: Fetch) -> None:
        if fetch.connection is None:
            fetch.fail(FetchError(Failure.TIMEOUT, "no connection to the parent came free"))

    def _grow(self) -> None:
        room = self.settings.connections_max - len(self._open) - self._connecting
        if room > 0 and self._connecting < len(self._queue) and not self._closing:
            self._connecting += 1
            self._tasks.create_task(self._connect())

    async def _connect(self) -> None:
        try:
            upstream = await self._reach_patiently()
        except FetchError as error:
            self._connecting -= 1
            fetch = self._next()
            if fetch is not None:
                fetch.fail(error)
            self._grow()
        else:
            self._connecting -= 1
            self._open.add(upstream)
            self.kept(upstream)

    async def _reach_patiently(self) -> Upstream:
        """Connect, if need be to parents that are only away for a moment; raises FetchError."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                upstream = await self._reach()
            except FetchError:
                if self._away_since is None:
                    self._away_since = loop.time()
                if self._closing or loop.time() - self._away_since >= self.settings.away_s:
                    raise
                await asyncio.sleep(_AWAY_LOOK_S)
            else:
                self._away_since = None
                return upstream

    async def _reach(self) -> Upstream:
        """Connect to the first parent that answers, which then stays first; raises FetchError."""
        reasons: list[str] = []
        for parent in list(self._parents):
            try:
                async with asyncio.timeout(self.settings.connect_s):
                    upstream = await self._connection_to(parent)
            except OSError as error:
                reasons.append(f"{parent.authority.decode()}: {str(error) or 'timed out'}")
            else:
                if parent in self._parents:
                    self._parents.remove(parent)
                    self._parents.insert(0, parent)
                return upstream
        raise FetchError(Failure.UNREACHABLE, "no parent is reachable: " + "; ".join(reasons))

    async def _connection_to(self, parent: Parent) -> Upstream:
        loop = asyncio.get_running_loop()
        if parent.socket_path:
            _, upstream = await loop.create_unix_connection(
                lambda: Upstream(self, parent), parent.socket_path
            )
        else:
            _, upstream = await loop.create_connection(
                lambda: Upstream(self, parent), parent.host, parent.port
            )
        return upstream

    def _next(self) -> Fetch | None:
        while self._queue:
            fetch = self._queue.popleft()
            if not fetch.over:
                return fetch
        return None
