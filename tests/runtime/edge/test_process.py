import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from manycast.runtime.edge.process import EdgeOptions, run_edge
from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.runtime.http.server import serve
from manycast.settings.http import HttpServerSettings
from manycast.settings.parents import ParentsSettings


class Got:
    def __init__(self) -> None:
        self.status = 0
        self.body = b""
        self.over = asyncio.Event()

    def head(self, head: ResponseHead) -> None:
        self.status = head.status

    def data(self, piece: bytes) -> None:
        self.body += piece

    def end(self) -> None:
        self.over.set()

    def failed(self, error: FetchError) -> None:
        raise error


async def get(client: Client, path: bytes) -> tuple[int, bytes]:
    got = Got()
    client.fetch(("GET", path, b""), got)
    async with asyncio.timeout(10):
        await got.over.wait()
    return got.status, got.body


@asynccontextmanager
async def edge(*parents: Parent) -> AsyncIterator[Client]:
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    options = EdgeOptions(parents, "127.0.0.1", 0, server=HttpServerSettings(drain_s=0.1))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_edge(options, stop, port.set_result))
        async with Client([Parent("127.0.0.1", await port)], ParentsSettings()) as client:
            yield client
        stop.set()


def hello(exchange: Exchange) -> None:
    exchange.send(200, ((b"cache-control", b"max-age=9"),), b"hello")


async def test_the_process_answers_for_itself() -> None:
    origin = await serve(hello, "127.0.0.1", 0)
    async with edge(Parent("127.0.0.1", origin.port)) as client:
        assert await get(client, b"/healthz") == (200, b"ok\n")
        assert (await get(client, b"/readyz"))[0] == 200
        for _ in range(5):
            assert await get(client, b"/a") == (200, b"hello")
        metrics = (await get(client, b"/metrics"))[1].decode().splitlines()
    assert "manycast_edge_requests_total 5" in metrics
    assert "manycast_edge_hits_total 4" in metrics
    assert "manycast_edge_fetches_total 1" in metrics
    assert "manycast_edge_sent_bytes_total 25" in metrics
    assert "manycast_edge_request_seconds_count 5" in metrics
    await origin.close()


async def test_any_answer_of_a_parent_makes_a_node_ready() -> None:
    for status in (404, 405, 500, 503):
        origin = await serve(partial(Exchange.send, status=status), "127.0.0.1", 0)
        async with edge(Parent("127.0.0.1", origin.port)) as client:
            assert (await get(client, b"/readyz"))[0] == 200
        await origin.close()


async def test_a_node_without_a_parent_is_alive_but_not_ready() -> None:
    origin = await serve(hello, "127.0.0.1", 0)
    await origin.close()
    async with edge(Parent("127.0.0.1", origin.port)) as client:
        assert (await get(client, b"/healthz"))[0] == 200
        assert (await get(client, b"/readyz"))[0] == 503
        status, text = await get(client, b"/a")
    assert (status, text[:4]) == (502, b"502:")


async def test_many_who_ask_whether_a_node_is_ready_are_one_question_to_its_parent() -> None:
    held: list[Exchange] = []
    origin = await serve(held.append, "127.0.0.1", 0)
    async with edge(Parent("127.0.0.1", origin.port)) as client, asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(get(client, b"/readyz")) for _ in range(5)]
        while b"edge_connections 6\n" not in (await get(client, b"/metrics"))[1] or not held:
            pass
        await get(client, b"/metrics")  # what came before it has been read
        held[0].send(200)
    assert [task.result()[0] for task in asked] == [200] * 5
    assert len(held) == 1
    await origin.close()
