"""The RTMP listener: sockets around publishing sessions."""

import asyncio
import logging
import ssl
from collections import Counter
from typing import Final, cast

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
from manycast.media.rtmp.session import Session, Statistics
from manycast.model.media import Media
from manycast.model.refusals import RefusedError
from manycast.runtime.ingest import Caller, Door, GiveUp, Publisher, nothing
from manycast.settings.rtmp import RtmpSettings


_log = logging.getLogger("manycast.rtmp")

KEY_CHARACTERS_SHOWN: Final = 4
"""Characters of a stream key in the log: enough to tell keys apart, too few to publish with."""


class Listener:
    """Accepts broadcasters until it is closed."""

    def __init__(self, door: Door, settings: RtmpSettings) -> None:
        self.door = door
        self.settings = settings
        self._connections: set[_Connection] = set()
        self._per_address: Counter[str] = Counter()
        self._server: asyncio.Server | None = None
        self.protocol = "rtmp"

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        timeout_s = None if tls is None else self.settings.handshake_s
        self.protocol = "rtmp" if tls is None else "rtmps"
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self), host, port, ssl=tls, ssl_handshake_timeout=timeout_s
        )

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and end every connection; each publisher is told it is lost."""
        assert self._server is not None
        self._server.close()
        for connection in list(self._connections):
            connection.end("this server is stopping")
        await self._server.wait_closed()

    def statistics(self) -> list[Statistics]:
        return [connection.statistics() for connection in self._connections]

    def enter(self, connection: "_Connection", address: str) -> None:
        """Give the connection a place; raises RefusedError."""
        if len(self._connections) >= self.settings.connections_max:
            raise RefusedError(f"all {self.settings.connections_max} connections are taken")
        if self._per_address[address] >= self.settings.connections_per_address_max:
            raise RefusedError(
                f"{self.settings.connections_per_address_max} connections of {address} are open:"
                " close some of them"
            )
        self._connections.add(connection)
        self._per_address[address] += 1

    def leave(self, connection: "_Connection", address: str) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
            self._per_address[address] -= 1
            if not self._per_address[address]:
                del self._per_address[address]


async def serve(
    host: str,
    port: int,
    door: Door,
    settings: RtmpSettings,
    *,
    tls: ssl.SSLContext | None = None,
) -> Listener:
    """Listen for broadcasters; with ``tls`` for rtmps. Port 0 takes a free one."""
    listener = Listener(door, settings)
    await listener.start(host, port, tls)
    return listener


class _Connection(asyncio.Protocol):
    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._session = Session(listener.settings, now=self._loop.time())
        self._transport: asyncio.Transport | None = None
        self._publisher: Publisher | None = None
        self._give_up: GiveUp = nothing
        """What takes the question about the key back."""
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._address = ""
        self._peer = ""
        self._key = ""

    def statistics(self) -> Statistics:
        return self._session.statistics()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are asyncio's by behaviour, not by class.
        transport = cast("asyncio.Transport", transport)
        self._transport = transport
        self._address, self._peer = names(transport.get_extra_info("peername"))
        transport.set_write_buffer_limits(high=self._listener.settings.send_bytes_max)
        try:
            self._listener.enter(self, self._address)
        except RefusedError as error:
            _log.warning("RTMP connection of %s refused: %s", self._peer, error)
            self._session.handle(Disconnected(str(error)), now=self._loop.time())
            transport.abort()
            return
        self._arm()

    def data_received(self, data: bytes) -> None:
        self._happen(Received(data))

    def pause_writing(self) -> None:
        # Called from within a write, and so in the middle of a list of commands.
        self._loop.call_soon(self.end, "the broadcaster does not read what it is told")

    def connection_lost(self, exc: Exception | None) -> None:
        self._listener.leave(self, self._address)
        self.end("the connection broke off" if exc is None else f"the connection failed: {exc}")

    def end(self, reason: str) -> None:
        self._happen(Disconnected(reason))

    def _happen(self, event: Event) -> None:
        follow_up: Event | None = None
        for command in self._session.handle(event, now=self._loop.time()):
            # What came with a refused item is refused with it, but what must be said is said.
            if follow_up is None or not isinstance(command, Deliver):
                follow_up = self._perform(command) or follow_up
        if follow_up is not None:
            self._happen(follow_up)
        self._arm()

    def _perform(self, command: Command) -> Event | None:
        assert self._transport is not None
        match command:
            case Deliver(item):
                return self._deliver(item)
            case Send(data):
                self._transport.write(data)
            case Admit(key):
                self._ask(key)
            case Ended(reason, clean):
                self._end(reason, clean=clean)
            case Close():
                self._transport.abort()
        return None

    def _deliver(self, item: Media) -> Event | None:
        assert self._publisher is not None
        try:
            self._publisher.media(item)
        except RefusedError as error:
            return Refused(error)
        return None

    def _ask(self, key: str) -> None:
        """Nothing is read until the key is checked: what the publisher sends meanwhile waits with it."""
        assert self._transport is not None
        self._key = key
        self._transport.pause_reading()
        caller = Caller(self._peer, self._listener.protocol)
        self._give_up = self._listener.door.admit(key, caller, self._answered)

    def _answered(self, answer: Publisher | RefusedError) -> None:
        assert self._transport is not None
        self._give_up = nothing
        if isinstance(answer, RefusedError):
            event: Event = Refused(answer)
        else:
            self._publisher = answer
            event = Admitted()
            _log.info("RTMP publisher %s with key %s is live", self._peer, shown(self._key))
        # Perhaps called from within a list of commands, and no other may come in between.
        self._loop.call_soon(self._read_on, event)

    def _read_on(self, event: Event) -> None:
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.resume_reading()
        self._happen(event)

    def _end(self, reason: str, *, clean: bool) -> None:
        publisher, self._publisher = self._publisher, None
        self._give_up()
        _log.log(
            logging.INFO if clean else logging.WARNING,
            "RTMP publisher %s with key %s ended: %s",
            self._peer,
            shown(self._key),
            reason.replace(self._key, shown(self._key)) if self._key else reason,
        )
        if publisher is not None:
            publisher.lost(reason, clean=clean)

    def _arm(self) -> None:
        """Keep one timer at or before the deadline: most deadlines move on with every byte."""
        deadline = self._session.next_deadline()
        if self._timer is not None:
            if deadline is not None and self._timer_at <= deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            # Kept here: uvloop's handle for a moment that has passed does not know its time.
            self._timer_at = deadline
            self._timer = self._loop.call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._timer = None
        for command in self._session.handle_timer(now=self._loop.time()):
            self._perform(command)
        self._arm()


def names(peername: tuple[str, int] | None) -> tuple[str, str]:
    """Address, and address with port; a connection may be gone before anyone looks."""
    if peername is None:
        return "", "(gone)"
    host, port = peername[:2]
    return host, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def shown(key: str) -> str:
    if not key:
        return "(none)"
    return key[: min(KEY_CHARACTERS_SHOWN, len(key) // 2)] + "…"
