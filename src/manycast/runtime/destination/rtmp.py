"""Publishing over RTMP and RTMPS: a socket around ``media.rtmp.publisher``."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Final, cast

from manycast.destination.address import RtmpAddress
from manycast.destination.sender import Timed
from manycast.media import flv_writer
from manycast.media.errors import MalformedError
from manycast.media.rtmp import metadata
from manycast.media.rtmp.publisher import Accepted, Denied, News, Publisher, Reply, enhanced
from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame
from manycast.model.refusals import RefusedError
from manycast.runtime.destination import tcp
from manycast.runtime.destination.way import ROOM_BYTES


UNSENT_BYTES: Final = 32_768
"""In the kernel beyond what is under way: what is there can no longer be left out."""
CLOSE_S: Final = 2.0
"""For what is still in our buffer, and TLS's goodbye."""


class RtmpWay:
    """A ``Way``; raises OSError at once when the address needs what this machine lacks."""

    def __init__(
        self,
        address: RtmpAddress,
        video: VideoConfig,
        audio: AudioConfig,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._address = address
        self._configs = (video, audio)
        self._tls = tls
        self._connection: _Connection | None = None
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent_bytes = 0

    @property
    def waiting_bytes(self) -> int:
        return 0 if self._connection is None else self._connection.waiting_bytes

    @property
    def round_trip_ms(self) -> float | None:
        return None if self._connection is None else self._connection.round_trip_ms

    async def run(self, opened: Callable[[], None], room: Callable[[], None]) -> None:
        publisher = Publisher(self._address.target, enhanced(*self._configs))
        connection = self._connection = _Connection(publisher, self._over, opened, room)
        try:
            await self._connect(connection)
            await self._over
        finally:
            connection.cut()

    async def _connect(self, connection: "_Connection") -> None:
        address = self._address
        loop = asyncio.get_running_loop()
        name = address.host if address.tls else None
        try:
            await loop.create_connection(
                lambda: connection,
                address.at or address.host,
                address.port,
                ssl=self._tls if address.tls else None,
                server_hostname=name,
            )
        except ssl.SSLCertVerificationError as error:
            raise OSError(f"its certificate is not valid: {error.verify_message}") from error
        except ssl.SSLError as error:
            raise OSError(f"no TLS there: {error.reason or error}") from error
        except socket.gaierror as error:
            raise OSError(f"the name {address.host} is not known") from error
        except OSError as error:
            why = _why_unreachable(error, tls=address.tls)
            raise OSError(f"no connection to {address.host}:{address.port}: {why}") from error

    def send(self, batch: Sequence[Timed]) -> None:
        connection = self._connection
        if connection is None:
            return
        pieces = [piece for item, time_ms in batch for piece in self._pieces(item, time_ms)]
        self.sent_bytes += sum(map(len, pieces))
        connection.write_all(pieces)

    def _pieces(self, item: flv_writer.Taggable, time_ms: int) -> list[bytes]:
        assert self._connection is not None
        publisher = self._connection.publisher
        video, audio = self._configs
        match item:
            case VideoConfig():
                self._configs = (item, audio)
                about = metadata.described(item, audio, 0)
                return [publisher.metadata(about), publisher.media(item, time_ms)]
            case AudioConfig():
                self._configs = (video, item)
                return [publisher.media(item, time_ms)]
            case VideoFrame():
                return [publisher.media(item, time_ms, video.codec)]
            case AudioFrame():
                return [publisher.media(item, time_ms, audio.codec)]

    def close(self, *, goodbye: bool) -> None:
        if self._connection is not None and goodbye:
            self._connection.leave()
        else:
            _settle(self._over, None)


class _Connection(asyncio.Protocol):
    def __init__(
        self,
        publisher: Publisher,
        over: asyncio.Future[None],
        opened: Callable[[], None],
        room: Callable[[], None],
    ) -> None:
        self.publisher = publisher
        self._over = over
        self._opened = opened
        self._room = room
        self._transport: asyncio.Transport | None = None
        self._leaving: asyncio.TimerHandle | None = None
        self._accepted = False

    @property
    def waiting_bytes(self) -> int:
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    @property
    def round_trip_ms(self) -> float | None:
        if self._transport is None or self._transport.is_closing():
            return None
        return tcp.round_trip_ms(self._transport.get_extra_info("socket"))

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def write_all(self, pieces: Sequence[bytes]) -> None:
        """Without a copy of their own."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.writelines(pieces)

    def leave(self) -> None:
        if self._transport is None or self._leaving is not None:
            _settle(self._over, None)
            return
        self.write(self.publisher.goodbye())
        self._transport.close()
        self._leaving = asyncio.get_running_loop().call_later(CLOSE_S, self.cut)

    def cut(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
        if self._transport is not None:
            self._transport.abort()
        _settle(self._over, None)

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are asyncio's by behaviour, not by class.
        transport = cast("asyncio.Transport", transport)
        self._transport = transport
        if self._over.done():
            transport.abort()
            return
        transport.set_write_buffer_limits(high=ROOM_BYTES, low=ROOM_BYTES // 2)
        tcp.keep_little_unsent(transport.get_extra_info("socket"), UNSENT_BYTES)
        transport.write(self.publisher.hello())

    def data_received(self, data: bytes) -> None:
        try:
            for news in self.publisher.receive(data):
                self._hear(news)
        except MalformedError as error:
            _settle(self._over, OSError(str(error)))

    def _hear(self, news: News) -> None:
        match news:
            case Reply(data):
                self.write(data)
            case Accepted():
                self._accepted = True
                self._opened()
            case Denied(code, text):
                _settle(self._over, RefusedError(text, code))

    def resume_writing(self) -> None:
        self._room()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            _settle(self._over, None)
            return
        when = "" if self._accepted else " before it let us publish; is the stream key right?"
        how = "broke the connection" if exc else "closed the connection"
        _settle(self._over, OSError(f"it {how}{when}"))


def _settle(over: asyncio.Future[None], error: Exception | None) -> None:
    if over.done():
        return
    if error is None:
        over.set_result(None)
    else:
        over.set_exception(error)


def _why_unreachable(error: OSError, *, tls: bool) -> str:
    match error:
        case ConnectionRefusedError():
            return "nobody listens there; is the port right, does the server run?"
        case TimeoutError():
            return "it does not answer"
        case ConnectionError() if tls:
            return "it hung up as TLS began; does it speak rtmps at this port?"
        case _:
            return error.strerror or "none of its addresses answers"
