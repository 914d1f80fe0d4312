import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.response import Failure, FetchError, ResponseHead
from manycast.runtime.http.server import Server, serve
from manycast.settings.http import HttpClientSettings, HttpServerSettings


LIMITS = HttpClientSettings(connect_s=5, away_s=0, first_byte_s=5, idle_s=5)


class Heard:
    def __init__(self) -> None:
        self.status = 0
        self.body = bytearray()
        self.failure: Failure | None = None
        self.over = asyncio.Event()
        self.started = asyncio.Event()
        self.on_data: Callable[[], None] | None = None

    def head(self, head: ResponseHead) -> None:
        self.status = head.status

    def data(self, piece: bytes) -> None:
        self.body += piece
        self.started.set()
        if self.on_data is not None:
            self.on_data()

    def end(self) -> None:
        assert not self.over.is_set()
        self.over.set()

    def failed(self, error: FetchError) -> None:
        assert not self.over.is_set()
        self.failure = error.failure
        self.over.set()


async def get(client: Client, path: bytes = b"/", method: str = "GET") -> Heard:
    heard = Heard()
    client.fetch((method, path, b""), heard)
    async with asyncio.timeout(10):
        await heard.over.wait()
    return heard


@asynccontextmanager
async def raw_parent(
    *answers: bytes, keep: bool = False, closes_on_second: bool = False
) -> AsyncIterator[tuple[Parent, list[int]]]:
    """Answers one request on each connection with the next bytes; then closes at once, on the next
    request, or never."""
    left = list(answers)
    connections: list[int] = []
    over = asyncio.Event()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(len(connections))
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(left.pop(0) if left else b"")
            await writer.drain()
            if closes_on_second and len(connections) <= len(answers):
                await reader.readuntil(b"\r\n\r\n")
            if keep:
                await over.wait()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    try:
        yield Parent("127.0.0.1", server.sockets[0].getsockname()[1]), connections
    finally:
        over.set()
        server.close()


@asynccontextmanager
async def served(application: Callable[[Exchange], None]) -> AsyncIterator[Parent]:
    server = await serve(application, "127.0.0.1", 0, HttpServerSettings(drain_s=0.1))
    try:
        yield Parent("127.0.0.1", server.port)
    finally:
        await server.close()


async def test_connections_are_kept_and_used_again() -> None:
    peers: set[str] = set()

    def application(exchange: Exchange) -> None:
        peers.add(exchange.peer)
        exchange.send(200, (), exchange.request.path.encode())

    async with served(application) as parent, Client([parent], LIMITS) as client:
        for path in (b"/a", b"/b", b"/c"):
            assert (await get(client, path)).body == path
        assert len(peers) == 1


async def test_no_more_connections_than_allowed_and_the_rest_wait_their_turn() -> None:
    peers: set[str] = set()
    held: list[Exchange] = []

    def application(exchange: Exchange) -> None:
        peers.add(exchange.peer)
        held.append(exchange)
        asyncio.get_running_loop().call_later(0.001, lambda: held.pop().send(200, (), b"x"))

    settings = replace(LIMITS, connections_max=2)
    async with served(application) as parent, Client([parent], settings) as client:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(20):
                tasks.create_task(get(client))
        assert len(peers) <= 2


async def test_one_fetch_too_many_fails_at_once() -> None:
    settings = replace(LIMITS, connections_max=1, queue_max=1)
    async with raw_parent(keep=True) as (parent, _), Client([parent], settings) as client:
        first = client.fetch(("GET", b"/", b""), Heard())
        assert (await get(client)).failure is Failure.BUSY
        first.cancel()


async def test_a_kept_connection_that_has_gone_stale_is_replaced_once() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    stale = raw_parent(answer, answer, closes_on_second=True)
    async with stale as (parent, connections), Client([parent], LIMITS) as client:
        assert (await get(client)).body == b"hi"
        assert (await get(client)).body == b"hi"
        assert len(connections) == 2
        assert (await get(client)).failure is Failure.BROKEN
        assert len(connections) == 3


async def test_a_cut_body_is_a_failure_and_never_an_end() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
    async with raw_parent(cut) as (parent, _), Client([parent], LIMITS) as client:
        heard = await get(client)
    assert (heard.status, heard.body, heard.failure) == (200, b"half", Failure.BROKEN)


async def test_a_silent_parent_is_a_timeout() -> None:
    settings = replace(LIMITS, first_byte_s=0.02)
    async with raw_parent(keep=True) as (parent, _), Client([parent], settings) as client:
        assert (await get(client)).failure is Failure.TIMEOUT


async def test_a_body_that_stops_coming_is_a_timeout() -> None:
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
    settings = replace(LIMITS, idle_s=0.02)
    async with raw_parent(begun, keep=True) as (parent, _), Client([parent], settings) as client:
        heard = await get(client)
    assert (heard.body, heard.failure) == (b"half", Failure.TIMEOUT)


async def test_the_next_parent_is_asked_when_one_is_unreachable() -> None:
    async with raw_parent() as (gone, _):
        pass
    async with served(lambda exchange: exchange.send(200, (), b"second")) as there:
        async with Client([gone, there], LIMITS) as client:
            assert (await get(client)).body == b"second"
        async with Client([gone], LIMITS) as client:
            assert (await get(client)).failure is Failure.UNREACHABLE


async def test_a_fetch_waits_for_a_parent_that_is_away_for_a_moment() -> None:
    async with raw_parent() as (gone, _):
        pass
    settings = replace(LIMITS, away_s=60)
    async with Client([gone], settings) as client, asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(get(client))
        while client._away_since is None:
            await asyncio.to_thread(bool)  # a turn of the loop
        server = await serve(
            lambda exchange: exchange.send(200, (), b"back"), "127.0.0.1", gone.port
        )
        assert (await waiting).body == b"back"
        await server.close()


async def test_a_cancelled_fetch_is_heard_of_no_more() -> None:
    pieces = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n"
    heard = Heard()
    async with raw_parent(pieces, keep=True) as (parent, _), Client([parent], LIMITS) as client:
        heard.on_data = client.fetch(("GET", b"/", b""), heard).cancel
        async with asyncio.timeout(10):
            await heard.started.wait()
    assert heard.body == b"a"
    assert not heard.over.is_set()


async def test_a_paused_fetch_takes_nothing_more_until_it_goes_on() -> None:
    size = 64 << 20
    heard = Heard()
    big = served(lambda exchange: exchange.send(200, (), bytes(size)))
    async with big as parent, Client([parent], LIMITS) as client:
        fetch = client.fetch(("GET", b"/", b""), heard)
        heard.on_data = fetch.pause
        async with asyncio.timeout(10):
            await heard.started.wait()
        assert len(heard.body) < size
        heard.on_data = None
        fetch.resume()
        async with asyncio.timeout(20):
            await heard.over.wait()
    assert len(heard.body) == size


async def test_an_error_of_the_users_is_not_wrapped() -> None:
    with pytest.raises(ValueError, match="mine"):
        async with Client([Parent("127.0.0.1", 1)], LIMITS):
            raise ValueError("mine")


async def test_the_parents_authority_is_the_host() -> None:
    assert Parent("h", 80).authority == b"h"
    assert Parent("h", 81).authority == b"h:81"
    assert Parent("::1", 81).authority == b"[::1]:81"


async def test_a_request_body_goes_with_its_length_and_is_not_sent_twice() -> None:
    bodies: list[tuple[str, bytes, bytes | None]] = []

    def application(exchange: Exchange) -> None:
        request = exchange.request
        bodies.append((request.method, request.body, request.header(b"content-length")))
        if request.method == "PATCH":
            exchange.abort()
        else:
            exchange.send(204)

    server = await serve(application, "127.0.0.1", 0)
    async with Client([Parent("127.0.0.1", server.port)], HttpClientSettings()) as client:
        for method, body in (("POST", b"hello"), ("POST", b""), ("DELETE", b""), ("PATCH", b"x")):
            heard = Heard()
            client.fetch((method, b"/", b""), heard, body=body)
            await heard.over.wait()
    await server.close()
    assert heard.failure is Failure.BROKEN
    assert bodies == [
        ("POST", b"hello", b"5"),
        ("POST", b"", b"0"),
        ("DELETE", b"", None),
        ("PATCH", b"x", b"1"),
    ]


async def test_a_parent_may_be_a_unix_socket(tmp_path: Path) -> None:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "s"))
    server = Server(lambda exchange: exchange.send(200, (), b"here"), HttpServerSettings(), None)
    await server.accept_from([listening])
    parent = Parent("worker-1", 80, str(tmp_path / "s"))
    async with Client([parent], HttpClientSettings()) as client:
        assert (await get(client)).body == b"here"
    await server.close()
