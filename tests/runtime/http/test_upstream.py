import asyncio
from contextlib import suppress
from dataclasses import replace

from tests.runtime.http.parents import LIMITS, get, raw_parent

from manycast.model.failures import Failure
from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.upstream import Message


def test_a_message_states_its_length_when_it_has_a_body_or_might() -> None:
    assert b"".join(Message("GET", b"/a", b"x: y\r\n").lines(b"h:1")) == (
        b"GET /a HTTP/1.1\r\nhost: h:1\r\nx: y\r\n\r\n"
    )
    assert b"".join(Message("POST", b"/", b"", b"", b"other").lines(b"h")) == (
        b"POST / HTTP/1.1\r\nhost: other\r\ncontent-length: 0\r\n\r\n"
    )
    assert Message("PUT", b"/", b"", b"body").lines(b"h")[-2:] == (
        b"content-length: 4\r\n\r\n",
        b"body",
    )


async def test_heads_that_drip_do_not_outlast_the_wait_for_them() -> None:
    over = asyncio.Event()

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not over.is_set():
            writer.write(b"HTTP/1.1 103 Early\r\n\r\n")
            with suppress(TimeoutError):
                async with asyncio.timeout(0.01):
                    await over.wait()
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    parent = Parent("127.0.0.1", server.sockets[0].getsockname()[1])
    settings = replace(LIMITS, first_byte_s=0.1, interim_max=1_000_000)
    async with Client([parent], settings) as client:
        assert (await get(client)).failure is Failure.TIMEOUT
    over.set()
    server.close()


async def test_bytes_nobody_asked_for_end_a_kept_connection() -> None:
    unasked = asyncio.Event()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        await unasked.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    parent = Parent("127.0.0.1", server.sockets[0].getsockname()[1])
    async with Client([parent], LIMITS) as client:
        assert (await get(client)).body == b"hi"
        assert client.pools[0].connections == 1
        unasked.set()
        async with asyncio.timeout(10):
            while client.pools[0].connections:
                await asyncio.to_thread(bool)
        assert (await get(client)).body == b"hi"
    server.close()


async def test_a_kept_connection_is_closed_when_it_is_not_used() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    settings = replace(LIMITS, keep_idle_s=0.01)
    async with raw_parent(answer, keep=True) as (parent, _), Client([parent], settings) as client:
        await get(client)
        async with asyncio.timeout(10):
            while client.pools[0].connections:
                await asyncio.to_thread(bool)
