"""The server over real sockets, as raw bytes in and raw bytes out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from manycast.runtime.http.exchange import Application, Exchange, Stream
from manycast.runtime.http.server import Server, serve
from manycast.settings.http import HttpServerSettings


GET = b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n"


@asynccontextmanager
async def served(application: Application, **limits: float) -> AsyncIterator[Server]:
    settings = replace(HttpServerSettings(drain_s=0.1), **limits)  # type: ignore[arg-type]  # named by the tests
    server = await serve(application, "127.0.0.1", 0, settings)
    try:
        yield server
    finally:
        await server.close()


async def gone(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def talk(server: Server, *pieces: bytes) -> bytes:
    """Everything the server says until it closes; the last request should ask for that."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    async with asyncio.timeout(10):
        try:
            return await reader.read()
        finally:
            await gone(writer)


def last(path: bytes, method: bytes = b"GET") -> bytes:
    return method + b" " + path + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def echo(exchange: Exchange) -> None:
    exchange.send(200, ((b"date", b"-"),), [exchange.request.path.encode(), exchange.request.body])


def reply(body: bytes, tail: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\ndate: -\r\ncontent-length: %d\r\n%s\r\n%s" % (len(body), tail, body)


CLOSE = b"connection: close\r\n"


async def test_a_reply_carries_length_date_and_whether_the_connection_lives_on() -> None:
    async with served(echo) as server:
        assert await talk(server, GET % b"/a", last(b"/b")) == reply(b"/a") + reply(b"/b", CLOSE)


async def test_head_is_answered_with_the_same_head_and_no_body() -> None:
    async with served(echo) as server:
        said = await talk(server, last(b"/abc", b"HEAD"))
    assert said == b"HTTP/1.1 200 OK\r\ndate: -\r\ncontent-length: 4\r\n" + CLOSE + b"\r\n"


async def test_http_10_clients_get_their_kind_of_keep_alive() -> None:
    async with served(echo) as server:
        kept = b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        said = await talk(server, kept, b"GET /b HTTP/1.0\r\n\r\n")
    assert said == reply(b"/a", b"connection: keep-alive\r\n") + reply(b"/b", CLOSE)


async def test_pipelined_requests_are_answered_in_their_order() -> None:
    waiting: list[Exchange] = []
    more = asyncio.Event()

    def application(exchange: Exchange) -> None:
        waiting.append(exchange)
        more.set()

    async with served(application) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(GET % b"/1" + GET % b"/2" + GET % b"/3")
        for n in (1, 2, 3):
            await more.wait()
            more.clear()
            assert [e.request.path for e in waiting] == [f"/{n}"]
            echo(waiting.pop())
            assert await reader.readexactly(len(reply(b"/1"))) == reply(b"/%d" % n)
        await gone(writer)


async def test_a_client_that_leaves_a_held_request_is_noticed() -> None:
    left = asyncio.Event()
    held: list[Exchange] = []

    def application(exchange: Exchange) -> None:
        exchange.on_closed(left.set)
        held.append(exchange)
        asyncio.get_running_loop().call_soon(writer.close)

    async with served(application) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(GET % b"/held")
        async with asyncio.timeout(10):
            await left.wait()
        assert held[0].closed
        echo(held[0])
        await gone(writer)


def streaming(act: Callable[[Stream], None], length: int | None = None) -> Application:
    return lambda exchange: act(exchange.stream(200, ((b"date", b"-"),), length))


def two_pieces(stream: Stream) -> None:
    stream.write([b"ab", b"c"])
    stream.write([])
    stream.write([b"d"])
    stream.end()


async def test_a_stream_is_chunked_or_counted_or_ended_by_the_connection() -> None:
    start = b"HTTP/1.1 200 OK\r\ndate: -\r\n"
    async with served(streaming(two_pieces)) as server:
        assert await talk(server, last(b"/")) == (
            start + b"transfer-encoding: chunked\r\n" + CLOSE + b"\r\n"
            b"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
        )
        old = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        assert await talk(server, old) == start + CLOSE + b"\r\nabcd"
    async with served(streaming(two_pieces, 4)) as server:
        said = await talk(server, last(b"/"))
        assert said == start + b"content-length: 4\r\n" + CLOSE + b"\r\nabcd"


async def test_an_aborted_stream_is_an_error_and_not_a_short_body() -> None:
    def act(stream: Stream) -> None:
        stream.write([b"begun"])
        stream.abort()

    async with served(streaming(act)) as server:
        with pytest.raises(ConnectionResetError):
            await talk(server, last(b"/"))


async def test_a_slow_reader_shows_in_what_is_buffered_and_is_cut_when_hopeless() -> None:
    streams: list[Stream] = []
    cut = asyncio.Event()

    def act(stream: Stream) -> None:
        stream.on_closed(cut.set)
        stream.write([bytes(1 << 20)] * 64)
        streams.append(stream)

    async with served(streaming(act), send_stall_s=0) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(last(b"/"))
        async with asyncio.timeout(10):
            await cut.wait()
        assert streams[0].closed
        await gone(writer)


async def test_a_body_is_asked_for_when_the_client_waits_for_that() -> None:
    head = b"PUT /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
    async with served(echo) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head + b"Content-Length: 2\r\nConnection: close\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"hi")
        assert await reader.read() == reply(b"/ahi", CLOSE)
        await gone(writer)


async def test_a_failing_application_costs_one_reply(caplog: pytest.LogCaptureFixture) -> None:
    def application(exchange: Exchange) -> None:
        if exchange.request.path == "/bad":
            raise ValueError("planted")
        echo(exchange)

    async with served(application) as server:
        said = await talk(server, GET % b"/bad", last(b"/good"))
    assert said.startswith(b"HTTP/1.1 500 ")
    assert said.endswith(reply(b"/good", CLOSE))
    assert "planted" in caplog.text


async def test_an_interim_reply_goes_before_the_final_one_but_not_to_http_1_0() -> None:
    def application(exchange: Exchange) -> None:
        exchange.inform(103, ((b"link", b"</a>"),))
        exchange.send(204, ((b"date", b"-"),))
        exchange.inform(103, ())

    async with served(application) as server:
        told = await talk(server, last(b"/"))
        assert told == (
            b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
            b"HTTP/1.1 204 No Content\r\ndate: -\r\nconnection: close\r\n\r\n"
        )
        assert (await talk(server, b"GET / HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 204 ")
