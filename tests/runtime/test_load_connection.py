import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from manycast.runtime.load_connection import Connection, connect
from manycast.runtime.load_reply import Head, ReplyReader


REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
Streams = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Asker:
    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        self.body: list[bytes] = []
        reader = ReplyReader({}, 4096, lambda data: self.body.append(bytes(data)))
        self.connection = Connection(self, 1, memoryview(bytearray(16)), reader, REQUEST)

    def replied(self, lane: int, head: Head, body_bytes: int) -> None:
        self.heard.put_nowait((f"{lane} replied {head.status}", body_bytes))

    def lost(self, lane: int, reason: str) -> None:
        self.heard.put_nowait((f"{lane} {reason}", 0))


@asynccontextmanager
async def serving(streams: Streams) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await streams(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def reply_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for _ in range(2):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + b"x" * 40)


async def test_replies_larger_than_the_shared_buffer_are_counted_one_after_another() -> None:
    asker = Asker()
    async with serving(reply_twice) as port:
        await connect(asker.connection, "127.0.0.1", port, tls=False)
        assert await asker.heard.get() == ("1 replied 200", 40)
        assert asker.connection.usable
        asker.connection.ask(REQUEST)
        assert await asker.heard.get() == ("1 replied 200", 40)
        asker.connection.abandon()
    assert b"".join(asker.body) == b"x" * 80


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (b"", "1 connection closed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nxx", "1 connection closed"),
        (b"220 mail.example ESMTP\r\n\r\n", "1 malformed reply: not an HTTP/1.1 status line"),
        (b"HTTP/1.0 200 OK\r\n\r\nxx", "1 replied 200"),
    ],
)
async def test_every_way_a_connection_ends_is_told_once(said: bytes, heard: str) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)

    asker = Asker()
    async with serving(speak) as port:
        await connect(asker.connection, "127.0.0.1", port, tls=False)
        reason, _ = await asker.heard.get()
        assert reason.startswith(heard)
        assert asker.heard.empty()


async def test_a_refused_connection_is_a_loss() -> None:
    asker = Asker()
    async with serving(reply_twice) as port:
        pass
    await connect(asker.connection, "127.0.0.1", port, tls=False)
    reason, _ = asker.heard.get_nowait()
    assert "no connection" in reason


async def test_an_abandoned_connection_says_nothing_more() -> None:
    closed = asyncio.Event()

    async def wait_for_end(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read()
        closed.set()

    asker = Asker()
    async with serving(wait_for_end) as port:
        await connect(asker.connection, "127.0.0.1", port, tls=False)
        asker.connection.abandon()
        await closed.wait()
    assert asker.heard.empty()
