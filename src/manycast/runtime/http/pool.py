"""The connections to one parent: found by name, limited in number, kept for the next message."""

import asyncio
import ipaddress
import socket
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, Self
from urllib.parse import urlsplit

from manycast.model.failures import Failure
from manycast.runtime.http.response import FetchError
from manycast.runtime.http.upstream import Run, Upstream
from manycast.settings.parents import ParentsSettings
from manycast.std.http1 import IDEMPOTENT


Resolve = Callable[[str, int], Awaitable[list[str]]]
"""A name's addresses, the preferred one first; raises OSError."""


@dataclass(frozen=True, slots=True)
class Parent:
    host: str
    port: int
    path: str = ""
    """A UNIX socket to connect to instead."""
    secure: bool = False
    """TLS, with a certificate for ``host``."""

    @classmethod
    def of_url(cls, url: str) -> Self:
        """``http://HOST[:PORT]`` or ``https://HOST[:PORT]``; raises ValueError saying what is wrong."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r}: use http://HOST[:PORT] or https://HOST[:PORT]")
        if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username:
            raise ValueError(
                f"{url!r}: leave out path, query and user; links inside of what is served there would not "
                "have the path either, so publish what is under it at a name of its own"
            )
        secure = parts.scheme == "https"
        try:
            return cls(parts.hostname, parts.port or (443 if secure else 80), secure=secure)
        except ValueError as error:
            raise ValueError(f"{url!r}: {error}") from None

    @property
    def authority(self) -> bytes:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == (443 if self.secure else 80)
        return (host if usual else f"{host}:{self.port}").encode("ascii")

    @property
    def name(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return ("https://" if self.secure else "http://") + self.authority.decode()


class Reports(Protocol):
    """Who is told how one parent fares."""

    def reached(self) -> None: ...
    def unreachable(self) -> None: ...
    def examined(self, *, well: bool) -> None: ...


async def resolve(host: str, port: int) -> list[str]:
    """What the system says."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def trust(settings: ParentsSettings) -> ssl.SSLContext:
    """How certificates of parents are judged; raises OSError when ``ca_file`` cannot be used."""
    context = ssl.create_default_context(cafile=settings.ca_file or None)
    context.set_alpn_protocols(["http/1.1"])
    return context


class Pool:
    def __init__(
        self,
        parent: Parent,
        settings: ParentsSettings,
        reports: Reports,
        tasks: asyncio.TaskGroup,
        resolve: Resolve = resolve,
    ) -> None:
        self.parent = parent
        self.authority = parent.authority
        self.settings = settings
        self.reports = reports
        self._tasks = tasks
        self._resolve = resolve
        self._trust = trust(settings) if parent.secure else None
        self._idle: list[Upstream] = []
        self._open: set[Upstream] = set()
        self._connecting: set[asyncio.Task[None]] = set()
        self._queue: deque[Run] = deque()
        self._closing = False
        self._down = False
        """Nobody was there the last time: one attempt at a time, until somebody is."""
        self._addresses: list[str] = []
        self._resolved_at = float("-inf")

    @property
    def connections(self) -> int:
        return len(self._open)

    def submit(self, run: Run) -> None:
        """Send it as soon as a connection is free; its receiver is told how that goes, later."""
        fresh = run.message.method not in IDEMPOTENT and self._room > 0
        while self._idle and not fresh:  # a kept one may be closed already, and who knows when
            upstream = self._idle.pop()
            if upstream.usable:
                upstream.start(run)
                return
        self._enqueue(run)

    def again(self, run: Run) -> None:
        self._enqueue(run)

    def kept(self, upstream: Upstream) -> None:
        stale = self._addresses and upstream.address not in self._addresses
        if self._closing or stale:
            upstream.close()
            return
        run = self._next()
        if run is not None:
            upstream.start(run)
        else:
            upstream.rest()
            self._idle.append(upstream)

    def lost(self, upstream: Upstream) -> None:
        self._open.discard(upstream)
        if upstream in self._idle:
            self._idle.remove(upstream)
        self._grow()

    def close(self) -> None:
        self._closing = True
        for upstream in list(self._open):
            upstream.close()
        for task in self._connecting:
            task.cancel()
        self._fail_all(FetchError(Failure.BUSY, "the node is stopping"))

    @property
    def _room(self) -> int:
        return self.settings.connections_max - len(self._open) - len(self._connecting)

    def _enqueue(self, run: Run) -> None:
        full = len(self._queue) >= self.settings.queue_max
        if full:
            self._queue = deque(run for run in self._queue if not run.over)
            full = len(self._queue) >= self.settings.queue_max
        if full or self._closing:
            why = (
                "the node is stopping" if self._closing else "too many fetches wait for the parent"
            )
            asyncio.get_running_loop().call_soon(run.fail, FetchError(Failure.BUSY, why))
            return
        self._queue.append(run)
        self._grow()

    def _grow(self) -> None:
        wanted = min(len(self._queue), 1) if self._down else len(self._queue)
        while self._room > 0 and len(self._connecting) < wanted and not self._closing:
            task = self._tasks.create_task(self._connect())
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    async def _connect(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            upstream = await self._reach()
        except FetchError as error:
            self._connecting.discard(task)
            self._down = True
            self.reports.unreachable()
            self._fail_all(error)
        else:
            self._connecting.discard(task)
            self._down = False
            self.reports.reached()
            self._open.add(upstream)
            self.kept(upstream)
            self._grow()

    def _fail_all(self, error: FetchError) -> None:
        runs, self._queue = self._queue, deque()
        for run in runs:
            run.fail(error)

    async def _reach(self) -> Upstream:
        """Connect to the first address that answers, which then stays first; raises FetchError."""
        reasons: list[str] = []
        for address in (await self._find())[: self.settings.addresses_max]:
            try:
                async with asyncio.timeout(self.settings.connect_s):
                    upstream = await self._dial(address)
            except OSError as error:
                reasons.append(str(error) or f"{address} timed out")
                continue
            if address in self._addresses:
                self._addresses.remove(address)
                self._addresses.insert(0, address)
            return upstream
        self._resolved_at = float("-inf")
        raise FetchError(Failure.UNREACHABLE, f"{self.parent.name}: {'; '.join(reasons)}")

    async def _dial(self, address: str) -> Upstream:
        loop = asyncio.get_running_loop()
        if self.parent.path:
            _, upstream = await loop.create_unix_connection(
                lambda: Upstream(self, address), self.parent.path
            )
            return upstream
        _, upstream = await loop.create_connection(
            lambda: Upstream(self, address),
            address,
            self.parent.port,
            ssl=self._trust,
            server_hostname=self.parent.host if self._trust is not None else None,
        )
        return upstream

    async def _find(self) -> list[str]:
        """Addresses to try; raises FetchError when there has never been one."""
        if self.parent.path or _is_address(self.parent.host):
            return [self.parent.path or self.parent.host]
        now = asyncio.get_running_loop().time()
        if now - self._resolved_at >= self.settings.resolve_s:
            try:
                async with asyncio.timeout(self.settings.connect_s):
                    found = await self._resolve(self.parent.host, self.parent.port)
            except OSError as error:
                if not self._addresses:
                    why = f"{self.parent.name}: {str(error) or 'its name was not resolved in time'}"
                    raise FetchError(Failure.UNREACHABLE, why) from None
            else:
                stays_first = [address for address in self._addresses if address in found]
                self._addresses = list(dict.fromkeys([*stays_first, *found]))
                self._resolved_at = now
        return list(self._addresses)

    def _next(self) -> Run | None:
        while self._queue:
            run = self._queue.popleft()
            if not run.over:
                return run
        return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
