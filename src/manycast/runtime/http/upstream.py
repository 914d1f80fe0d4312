"""One connection to a parent, and the request it carries."""

import asyncio
from dataclasses import dataclass
from typing import Protocol, cast

from manycast.model.failures import Failure
from manycast.runtime.http.response import FetchError, Receiver, ResponseParser
from manycast.settings.parents import ParentsSettings
from manycast.std.http1 import BODILESS_METHODS, IDEMPOTENT


@dataclass(frozen=True, slots=True)
class Message:
    method: str
    target: bytes
    fields: bytes
    """Lines of a head, without Host and length."""
    body: bytes = b""
    host: bytes = b""
    """Empty: the parent's own authority."""

    def lines(self, authority: bytes) -> tuple[bytes, ...]:
        stated = self.body or self.method not in BODILESS_METHODS
        return (
            b"%s %s HTTP/1.1\r\nhost: " % (self.method.encode("ascii"), self.target),
            self.host or authority,
            b"\r\n",
            self.fields,
            b"content-length: %d\r\n\r\n" % len(self.body) if stated else b"\r\n",
            self.body,
        )


class Run:
    """One message on its way to one parent; its receiver hears of it until it is dropped."""

    __slots__ = ("connection", "message", "over", "receiver", "retried")

    def __init__(self, message: Message, receiver: Receiver) -> None:
        self.message = message
        self.receiver = receiver
        self.connection: Upstream | None = None
        self.retried = False
        self.over = False

    @property
    def may_repeat(self) -> bool:
        return not self.retried and self.message.method in IDEMPOTENT

    def drop(self) -> None:
        """Give up; the receiver hears nothing more."""
        if not self.over:
            self.over = True
            if self.connection is not None:
                self.connection.drop()

    def fail(self, error: FetchError) -> None:
        if not self.over:
            self.over = True
            self.receiver.failed(error)


class Owner(Protocol):
    """Where connections belong."""

    settings: ParentsSettings
    authority: bytes

    def kept(self, upstream: "Upstream") -> None:
        """It is free for the next message."""

    def lost(self, upstream: "Upstream") -> None: ...
    def again(self, run: Run) -> None: ...


class Upstream(asyncio.Protocol):
    """Carries one message at a time. Who sends it limits the wait for the head, this what follows."""

    _transport: asyncio.Transport

    def __init__(self, owner: Owner, address: object) -> None:
        self.address = address
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._run: Run | None = None
        self._parser: ResponseParser | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._paused = False
        self._lost = False

    @property
    def usable(self) -> bool:
        return not self._lost and not self._transport.is_closing()

    def start(self, run: Run) -> None:
        self._forget()
        self._run = run
        run.connection = self
        settings = self._owner.settings
        self._parser = ResponseParser(
            run.receiver, run.message.method, settings.head_bytes_max, settings.interim_max
        )
        self._transport.writelines(run.message.lines(self._owner.authority))

    def drop(self) -> None:
        if self._parser is not None:
            self._parser.silence()
        self._forget()
        self._transport.abort()

    def close(self) -> None:
        self._transport.close()

    def rest(self) -> None:
        """Wait for the next message, but not for ever."""
        self._wait(self._owner.settings.keep_idle_s)

    def pause(self) -> None:
        if not self._paused and self.usable:
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._paused and self.usable:
            self._paused = False
            self._deadline = self._loop.time() + self._owner.settings.idle_s
            self._transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        parser = self._parser
        if parser is None:  # nothing was asked: the parent is out of step
            self._transport.abort()
            return
        try:
            parser.feed(data)
        except FetchError as error:
            self._fail(error)
            return
        if parser is not self._parser:
            return  # dropped by the receiver
        if parser.complete:
            self._complete(reusable=parser.reusable)
        elif parser.headed:
            self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._owner.lost(self)
        run, parser = self._run, self._parser
        if run is None or parser is None:
            self._forget()
        elif run.may_repeat and not parser.begun:
            self._forget()
            run.retried = True
            run.connection = None
            self._owner.again(run)  # it closed a kept connection as we used it, or was restarted
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
        if self._run is not None:
            self._run.over = True
        self._forget()
        if reusable and self.usable:
            self.resume()
            self._owner.kept(self)
        else:
            self._transport.close()

    def _fail(self, error: FetchError) -> None:
        run = self._run
        self._forget()
        self._transport.abort()
        if run is not None:
            run.fail(error)

    def _forget(self) -> None:
        self._run = self._parser = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _go_on(self) -> None:
        """One timer for all waits of a body: data only moves the deadline."""
        if self._timer is None:
            self._wait(self._owner.settings.idle_s)
        else:
            self._deadline = self._loop.time() + self._owner.settings.idle_s

    def _wait(self, seconds: float) -> None:
        self._deadline = self._loop.time() + seconds
        self._timer = self._loop.call_at(self._deadline, self._check)

    def _check(self) -> None:
        now = self._loop.time()
        if self._paused and self._run is not None:
            self._deadline = now + self._owner.settings.idle_s  # we are slow, not the parent
        if now < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._check)
        elif self._run is None:
            self._transport.close()
        else:
            self._fail(FetchError(Failure.TIMEOUT, "the parent stopped in the middle of a body"))
