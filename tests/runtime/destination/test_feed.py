import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from tests.media.test_cmaf_reader import stream as packaged

from manycast.media.cmaf import VideoSample
from manycast.media.cmaf_reader import Item
from manycast.runtime.destination import feed
from manycast.runtime.destination.feed import FeedError


@dataclass
class Server:
    """Answers every request with the same bytes, in pieces."""

    answer: bytes
    piece: int = 1000
    hold: bool = False
    """Leave the connection open behind the answer."""
    asked: list[bytes] = field(default_factory=list)
    port: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/live/live/"

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.asked.append(await reader.readuntil(b"\r\n\r\n"))
            for at in range(0, len(self.answer), self.piece):
                writer.write(self.answer[at : at + self.piece])
                await writer.drain()
            if self.hold:
                await reader.read()
        except ConnectionError:
            pass  # a reader may have seen enough
        finally:
            writer.close()
            self.left.set()


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Server]:
    listener = await asyncio.start_server(server.meet, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    async with listener, asyncio.timeout(30):
        yield server
        if server.asked:
            await server.left.wait()


def chunked(body: bytes, head: str = "200 OK") -> bytes:
    return (
        f"HTTP/1.1 {head}\r\ntransfer-encoding: chunked\r\n\r\n{len(body):x}\r\n".encode()
        + body
        + b"\r\n0\r\n\r\n"
    )


async def test_a_status_is_asked_for_with_the_token() -> None:
    async with serving(Server(chunked(b'{"state": "live"}'), hold=True)) as server:
        assert await feed.status(server.url, "abc") == {"state": "live"}
    (asked,) = server.asked
    assert asked.startswith(b"GET /live/live/status.json HTTP/1.1\r\nhost: 127.0.0.1")
    assert b"authorization: Bearer abc\r\n" in asked


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (chunked(b"gone", "404 Not Found"), "answered 404"),
        (chunked(b"{"), "no JSON"),
        (b"SSH-2.0\r\n\r\n", "no use"),
        (chunked(b"x" * (feed.STATUS_BYTES_MAX + 1)), "too long"),
        (chunked(b"{}")[:-7], "broke off"),
        (b"", "broke off"),
    ],
)
async def test_a_status_that_is_no_use_is_a_feed_error(answer: bytes, said: str) -> None:
    async with serving(Server(answer)) as server:
        with pytest.raises(FeedError, match=said):
            await feed.status(server.url, "")


async def test_a_feed_that_is_not_there_is_a_feed_error() -> None:
    async with serving(Server(b"")) as server:
        url = server.url
    with pytest.raises(FeedError, match="cannot be reached"):
        await feed.status(url, "")


@pytest.mark.parametrize("piece", [1, 50, 5000])
async def test_frames_come_until_the_end_of_the_reply(piece: int) -> None:
    whole, wanted = packaged(
        [(VideoSample(33, 0, key, b"picture"), [b"a"]) for key in (True, False)]
    )
    taken: list[Item] = []
    async with serving(Server(chunked(whole), piece=piece)) as server:
        await feed.frames(server.url, "720p", "", taken.extend)
    assert taken == wanted
    assert server.asked[0].startswith(b"GET /live/live/720p/frames.mp4 ")


async def test_what_is_no_media_is_a_feed_error() -> None:
    async with serving(Server(chunked(b"\0\0\0\1moov"))) as server:
        with pytest.raises(FeedError, match="no use"):
            await feed.frames(server.url, "source", "", _nothing)


async def test_a_feed_that_falls_silent_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "IDLE_S", 0.05)
    async with serving(Server(chunked(b"frames")[:-20], hold=True)) as server:
        with pytest.raises(FeedError, match="nothing for"):
            await feed.frames(server.url, "source", "", _nothing)


async def test_a_status_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed, "ANSWER_S", 0.05)
    async with serving(Server(b"", hold=True)) as server:
        with pytest.raises(FeedError, match="does not answer"):
            await feed.status(server.url, "")


_nothing: Callable[[list[Item]], None] = lambda _: None  # noqa: E731  takes what comes
