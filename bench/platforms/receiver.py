"""Stands in for a platform's ingest, which no test can reach: a real RTMP or RTMPS server that holds to the platform's
rules (``bench.platforms.rules`` names the pages they are from), keeps what it gets, and fails on demand.

    async with Receiver("kick", KICK, folder, authority=authority(folder)) as kick:
        ...  # publish to kick.url with kick.key
        await kick.until(lambda: kick.live)
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from bench.platforms.certificates import Authority
from bench.platforms.rules import Rules
from bench.platforms.sitting import CutError, Sitting

from manycast.media.rtmp.events import (
    Admit,
    Admitted,
    Close,
    Command,
    Deliver,
    Disconnected,
    Ended,
    Event,
    Received,
    Refused,
    Send,
)
from manycast.media.rtmp.session import Session
from manycast.model.media import Media
from manycast.model.refusals import RefusedError
from manycast.settings.rtmp import RtmpSettings


HOST = "127.0.0.1"
SETTINGS = RtmpSettings(handshake_s=60.0, publish_s=60.0, linger_s=0.3, refusal_s=0.3)
"""Patient with who is slow, as a fault makes us; quick to cut whom it refuses."""
LIVE_S = 3.0
"""A platform that gets nothing for so long shows nothing."""
RECEIVE_BYTES = 64 * 1024
"""Of the kernel's buffer while a fault keeps us from reading: the sender feels it soon."""
SLICE_S = 0.05
"""How finely a slow reader is slow."""


class Fault(StrEnum):
    NONE = "none"
    REFUSES = "refuses"
    """Says that the stream key is not known."""
    MUTE = "mute"
    """Takes the connection and never answers the handshake."""
    NEVER_READS = "never_reads"
    """Lets publish, then reads nothing more."""
    RESETS = "resets"
    """Lets publish and resets the connection every ``reset_s``."""
    SLOW = "slow"
    """Reads ``slow_bps``."""
    BLIND = "blind"
    """Takes everything and never shows it: sending goes well, and nobody is live."""


class Receiver:
    """One platform's ingest; ``fault`` may be set at any time and holds for open connections too."""

    def __init__(
        self,
        name: str,
        rules: Rules,
        folder: Path,
        *,
        key: str = "",
        authority: Authority | None = None,
        timed: bool = False,
    ) -> None:
        if rules.tls and authority is None:
            raise ValueError(f"{name} speaks TLS: give it an authority")
        self.name = name
        self.rules = rules
        self.key = key or f"{name}-stream-key-0123456789"
        self.knows: Callable[[str], bool] = lambda asked: asked == self.key
        """Which keys may publish; in place of ``key``, where a platform hands out several."""
        self.reset_s = 5.0
        self.slow_bps = 500_000
        self.sittings: list[Sitting] = []
        self.attempts = 0
        """Connections, those that never published included."""
        self.refusals = 0
        self.broadcasts = 0
        """As the platform counts: a return within the grace goes on with the one before."""
        self._folder = folder
        self._authority = authority
        self._timed = timed
        self._fault = Fault.NONE
        self._host, self._port = HOST, 0
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._changed = asyncio.Event()

    # -- for tests

    @property
    def url(self) -> str:
        """Without the key."""
        scheme, host = ("rtmps", "localhost") if self.rules.tls else ("rtmp", self._host)
        return f"{scheme}://{host}:{self._port}/{self.rules.application}"

    @property
    def trust(self) -> Path | None:
        """The authority that a client must trust; None for plain RTMP."""
        return self._authority.ca if self.rules.tls and self._authority else None

    @property
    def latest(self) -> Sitting | None:
        return self.sittings[-1] if self.sittings else None

    @property
    def live(self) -> bool:
        """Whether the platform shows the stream: a picture came, and media goes on coming."""
        sitting = self.latest
        return (
            self._fault is not Fault.BLIND
            and sitting is not None
            and sitting.publishing
            and sitting.keyframes > 0
            and asyncio.get_running_loop().time() - sitting.last_s < LIVE_S
        )

    @property
    def fault(self) -> Fault:
        return self._fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        self._fault = fault
        for connection in list(self._connections):
            connection.suffer()

    async def until(self, true: Callable[[], bool], patience_s: float = 60.0) -> None:
        """Return when it is true, looked at whenever something came; raises TimeoutError."""
        async with asyncio.timeout(patience_s):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    async def start(self, on: socket.socket | None = None) -> None:
        """Listen, after a stop where it did before; ``on`` a socket that listens already."""
        host = "127.0.0.1" if self._host == "localhost" else self._host
        where = {"host": host, "port": self._port} if on is None else {"sock": on}
        tls = self._authority.context() if self.rules.tls and self._authority else None
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self),
            ssl=tls,
            **where,  # type: ignore[arg-type]  # one or the other, as the loop wants it
        )
        self._host, self._port = self._server.sockets[0].getsockname()[:2]

    async def stop(self) -> None:
        """Die: no port, and no connection that was."""
        assert self._server is not None
        self._server.close()
        for connection in list(self._connections):
            connection.reset()
        await self._server.wait_closed()
        while self._connections:
            self._changed.clear()
            await self._changed.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    # -- for connections

    def enter(self, connection: "_Connection") -> None:
        self.attempts += 1
        self._connections.add(connection)

    def leave(self, connection: "_Connection") -> None:
        self._connections.discard(connection)
        self._changed.set()

    def sit(self, key: str, now: float) -> Sitting:
        """Begin to take a publisher in; raises RefusedError."""
        if not self.knows(key) or self._fault is Fault.REFUSES:
            self.refusals += 1
            self._changed.set()
            raise RefusedError("this stream key is not known", "NetStream.Publish.BadName")
        for other in list(self._connections):
            other.give_way()
        before = self.latest
        ended_s = None if before is None else before.ended_s
        goes_on = ended_s is not None and now - ended_s <= self.rules.grace_s
        self.broadcasts += not goes_on
        number = len(self.sittings) + 1
        path = self._folder / f"{self.name}-{number}.flv"
        self.sittings.append(
            Sitting(number, key, now, self.rules, path, last_s=now, timed=self._timed)
        )
        self._changed.set()
        return self.sittings[-1]

    def stir(self) -> None:
        """Whoever waits in ``until`` looks again."""
        self._changed.set()


class _Connection(asyncio.Protocol):
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        application = receiver.rules.application
        self._session = Session(SETTINGS, now=self._loop.time(), application=application)
        self._transport: asyncio.Transport | None = None
        self._sitting: Sitting | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._trouble: asyncio.TimerHandle | None = None
        """What the fault does next."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._receiver.enter(self)
        self._arm()
        self.suffer()

    def data_received(self, data: bytes) -> None:
        if self._receiver.fault is Fault.SLOW and self._sitting is not None:
            self._rest(len(data) * 8 / self._receiver.slow_bps)
        self._happen(Received(data))
        self._receiver.stir()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._timer, self._trouble):
            if timer is not None:
                timer.cancel()
        self._happen(Disconnected("the connection broke off" if exc is None else str(exc)))
        self._receiver.leave(self)

    def reset(self) -> None:
        """Cut it as a crashed machine's kernel does."""
        assert self._transport is not None
        known = self._transport.get_extra_info("socket")
        if known is not None:
            known.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def give_way(self) -> None:
        """Another connection publishes with our key now."""
        if self._sitting is not None:
            self.reset()

    def suffer(self) -> None:
        """Begin what the receiver's fault does to an open connection, and end what it did before."""
        assert self._transport is not None
        if self._trouble is not None:
            self._trouble.cancel()
            self._trouble = None
        fault, published = self._receiver.fault, self._sitting is not None
        if fault is Fault.MUTE or (fault is Fault.NEVER_READS and published):
            self._deafen()
        elif not self._transport.is_closing():
            self._transport.resume_reading()
        if fault is Fault.RESETS and published:
            self._trouble = self._loop.call_later(self._receiver.reset_s, self.reset)

    def _deafen(self) -> None:
        assert self._transport is not None
        known = self._transport.get_extra_info("socket")
        if known is not None:
            known.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self._transport.pause_reading()

    def _rest(self, seconds: float) -> None:
        assert self._transport is not None
        if self._trouble is None and seconds > 0:
            self._deafen()
            self._trouble = self._loop.call_later(max(SLICE_S, seconds), self.suffer)

    def _happen(self, event: Event) -> None:
        follow_up: Event | None = None
        for command in self._session.handle(event, now=self._loop.time()):
            if follow_up is None or not isinstance(command, Deliver):
                follow_up = self._perform(command) or follow_up
        if follow_up is not None:
            self._happen(follow_up)
        self._arm()

    def _perform(self, command: Command) -> Event | None:
        assert self._transport is not None
        match command:
            case Deliver(item):
                return self._take(item)
            case Send(data):
                self._transport.write(data)
            case Admit(key):
                return self._admit(key)
            case Ended(reason, clean):
                self._end(reason, clean=clean)
            case Close():
                self._transport.abort()
        return None

    def _take(self, item: Media) -> Event | None:
        if self._sitting is None:
            return None
        try:
            self._sitting.take(item, self._loop.time())
        except RefusedError as error:
            self._receiver.refusals += 1
            return Refused(error)
        except CutError as error:
            self._receiver.refusals += 1
            self._end(str(error), clean=False)
            self.reset()
        return None

    def _admit(self, key: str) -> Event:
        try:
            self._sitting = self._receiver.sit(key, self._loop.time())
        except RefusedError as error:
            return Refused(error)
        self._loop.call_soon(self.suffer)
        return Admitted()

    def _end(self, reason: str, *, clean: bool) -> None:
        sitting, self._sitting = self._sitting, None
        if sitting is not None:
            sitting.close(self._loop.time(), reason, clean=clean)
            self._receiver.stir()

    def _arm(self) -> None:
        deadline = self._session.next_deadline()
        if self._timer is not None:
            self._timer.cancel()
        closed = self._transport is None or self._transport.is_closing()
        self._timer = (
            None if deadline is None or closed else self._loop.call_at(deadline, self._expire)
        )

    def _expire(self) -> None:
        self._timer = None
        for command in self._session.handle_timer(now=self._loop.time()):
            self._perform(command)
        self._arm()
