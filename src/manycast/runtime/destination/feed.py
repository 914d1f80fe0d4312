"""Reads a stream where its single frames are served."""

import asyncio
import json
from collections.abc import Callable
from typing import Final, cast
from urllib.parse import urlsplit

from manycast.media.cmaf_reader import CmafReader, Item
from manycast.media.errors import MediaError
from manycast.runtime.load_reply import ReplyError, ReplyReader


ANSWER_S: Final = 5.0
"""For a connection, and for a whole status."""
IDLE_S: Final = 10.0
"""Without a byte of a stream, of which even a slate sends several times a second."""
STATUS_BYTES_MAX: Final = 262_144
HEAD_BYTES_MAX: Final = 16_384

Taken = Callable[[list[Item]], None]


class FeedError(Exception):
    """The feed is not there, or not what it should be; the message says which."""


async def status(feed: str, token: str) -> object:
    """What is said of the stream and its renditions, as JSON; raises FeedError."""
    body = bytearray()

    def keep(piece: memoryview) -> None:
        if len(body) + len(piece) > STATUS_BYTES_MAX:
            raise ReplyError("a status that is too long")
        body.extend(piece)

    try:
        async with asyncio.timeout(ANSWER_S):
            await _get(f"{feed}status.json", token, keep)
        return json.loads(body)
    except TimeoutError:
        raise FeedError("the feed does not answer") from None
    except ValueError:
        raise FeedError("the feed's status is no JSON") from None


async def frames(feed: str, rendition: str, token: str, taken: Taken) -> None:
    """Give what comes of a rendition, until its end or a change of its format; raises FeedError."""
    reader = CmafReader()

    def read(piece: memoryview) -> None:
        items = reader.feed(piece)
        if items:
            taken(items)

    await _get(f"{feed}{rendition}/frames.mp4", token, read)


async def _get(url: str, token: str, sink: Callable[[memoryview], None]) -> None:
    parts = urlsplit(url)
    host, tls = parts.hostname or "", parts.scheme == "https"
    reply = _Reply(_request(parts.netloc, parts.path, token), sink)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(ANSWER_S):
            await loop.create_connection(
                lambda: reply, host, parts.port or (443 if tls else 80), ssl=tls or None
            )
    except OSError as error:  # TimeoutError is one
        raise FeedError(f"the feed cannot be reached: {error}") from None
    try:
        await reply.whole()
    finally:
        reply.cut()


def _request(host: str, path: str, token: str) -> bytes:
    proof = f"authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nhost: {host}\r\n{proof}\r\n".encode()


class _Reply(asyncio.Protocol):
    def __init__(self, request: bytes, sink: Callable[[memoryview], None]) -> None:
        self._request = request
        self._sink = sink
        self._reader = ReplyReader({}, HEAD_BYTES_MAX, self._give)
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._heard = False

    async def whole(self) -> None:
        while not self._over.done():
            self._heard = False
            await asyncio.wait([self._over], timeout=IDLE_S)
            if not self._over.done() and not self._heard:
                raise FeedError(f"the feed sent nothing for {IDLE_S:g} s")
        self._over.result()

    def cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()
        self._over.cancel()

    def _give(self, piece: memoryview) -> None:
        head = self._reader.head
        if head is not None and head.status == 200:
            self._sink(piece)

    def _settle(self, error: Exception | None) -> None:
        if self._over.done():
            return
        head = self._reader.head
        if head is not None and head.status != 200:
            error = FeedError(f"the feed answered {head.status}")
        if error is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(error)

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are asyncio's by behaviour, not by class.
        self._transport = cast("asyncio.Transport", transport)
        self._reader.begin()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        if self._over.done():
            return
        try:
            complete = self._reader.feed(memoryview(data))
        except (ReplyError, MediaError) as error:
            self._settle(FeedError(f"the feed is no use: {error}"))
            return
        head = self._reader.head
        if complete or (head is not None and head.status != 200):
            self._settle(None)

    def connection_lost(self, exc: Exception | None) -> None:
        ended = exc is None and self._reader.eof()
        self._settle(None if ended else FeedError("the feed broke off"))
