import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import Server, serve
from manycast.settings.http import HttpServerSettings
from manycast.std.http1 import Headers


GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def gone(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


class Everything:
    def accepts(self, headers: Headers) -> bytes | None:
        return b""

    def answer(self, target: bytes, profile: bytes) -> Sequence[bytes] | None:
        return (b"HTTP/1.1 204 No Content\r\n\r\n",)


async def test_a_closing_server_finishes_what_is_in_flight_and_takes_nothing_more() -> None:
    held: list[Exchange] = []
    arrived = asyncio.Event()

    def application(exchange: Exchange) -> None:
        held.append(exchange)
        arrived.set()

    server = await serve(application, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    idle_reader, idle_writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(GET)
    await arrived.wait()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.close())
        assert await idle_reader.read() == b""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)
        held[0].send(200, (), b"done")
        said = await reader.read()
    assert said.endswith(b"connection: close\r\n\r\ndone")
    for each in (writer, idle_writer):
        await gone(each)


async def test_who_idles_may_ask_once_more_when_another_process_takes_over() -> None:
    shared = socket.create_server(("127.0.0.1", 0))
    port = shared.getsockname()[1]
    settings = HttpServerSettings(hand_over_idle_s=0.5)
    server = Server(lambda exchange: exchange.send(200), settings, None)
    await server.accept_from([shared.dup()])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    silent_reader, silent_writer = await asyncio.open_connection("127.0.0.1", port)
    for each in (writer, silent_writer):
        each.write(GET)
    for each in (reader, silent_reader):
        await each.readuntil(b"\r\n\r\n")
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        tasks.create_task(server.close(hands_over=True))
        await asyncio.sleep(0)
        writer.write(GET)
        assert b"connection: close\r\n" in await reader.read()
        assert await silent_reader.read() == b""
    late_reader, late_writer = await asyncio.open_connection("127.0.0.1", port)
    late_writer.write(GET)
    successor = Server(lambda exchange: exchange.send(204), HttpServerSettings(), None)
    await successor.accept_from([shared])
    assert b" 204 " in await late_reader.readline()
    for each in (writer, silent_writer, late_writer):
        await gone(each)
    await successor.close()


async def test_a_server_may_listen_on_a_unix_socket(tmp_path: Path) -> None:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "s"))
    server = Server(lambda exchange: exchange.send(200, (), b"here"), HttpServerSettings(), None)
    await server.accept_from([listening])
    reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
    writer.write(GET)
    assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
    await gone(writer)
    await server.close()


async def test_a_reply_that_takes_too_long_is_cut_when_the_server_closes() -> None:
    arrived = asyncio.Event()
    settings = HttpServerSettings(drain_s=0.05)
    server = await serve(lambda _: arrived.set(), "127.0.0.1", 0, settings)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(GET)
    await arrived.wait()
    await server.close()
    assert server.connections == 0
    with pytest.raises(ConnectionResetError):
        await reader.read()
    await gone(writer)


async def test_one_connection_too_many_is_told_so() -> None:
    settings = HttpServerSettings(connections_max=1, drain_s=0.05)
    server = await serve(lambda exchange: exchange.send(200, (), b""), "127.0.0.1", 0, settings)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(GET)
    await reader.readuntil(b"\r\n\r\n")
    other_reader, other_writer = await asyncio.open_connection("127.0.0.1", server.port)
    assert (await other_reader.read()).startswith(b"HTTP/1.1 503 ")
    for each in (writer, other_writer):
        await gone(each)
    await server.close()


async def test_the_shortcut_answers_from_the_second_request_on() -> None:
    server = await serve(
        lambda exchange: exchange.send(200, (), b""), "127.0.0.1", 0, shortcut=Everything()
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for status in (b"200", b"204", b"204"):
        writer.write(GET)
        assert (await reader.readuntil(b"\r\n\r\n")).split()[1] == status
    await gone(writer)
    await server.close()
