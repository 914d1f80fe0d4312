import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from manycast.edge.purge import Kind, Purge
from manycast.runtime.disk.disk import Disk, disk_at
from manycast.runtime.edge.below import Below, layers_below
from manycast.runtime.edge.node import Node
from manycast.runtime.edge.purging import Purging
from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import serve
from manycast.runtime.valkey.shared import Shared
from manycast.settings.disk import DiskSettings
from manycast.settings.edge import EdgeSettings
from manycast.settings.guard import GuardSettings
from manycast.settings.http import HttpServerSettings
from manycast.settings.parents import ParentsSettings
from manycast.settings.shared import SharedSettings


QUICK = HttpServerSettings(drain_s=0.1)
SMALL = EdgeSettings(memory_bytes=200_000, object_bytes_max=2_000_000, whole_bytes_max=500_000)
FRESH = ((b"cache-control", b"max-age=1000"), (b"etag", b'"1"'))
BODIES = {
    "/small": os.urandom(30_000),
    "/large": os.urandom(150_000),
    "/huge": os.urandom(5_000_000),
    "/other1": os.urandom(150_000),
    "/other2": os.urandom(150_000),
}


class Origin:
    def __init__(self) -> None:
        self.fetches: list[str] = []

    def application(self, exchange: Exchange) -> None:
        path = exchange.request.path
        self.fetches.append(path)
        exchange.send(200, FRESH, BODIES[path])


@asynccontextmanager
async def node_on(path: Path, origin: Origin) -> AsyncIterator[tuple[Node, Disk, int]]:
    settings = DiskSettings(directory=str(path), seen_min=1, fresh_s_min=0.0, load_bytes_max=50_000)
    parent = await serve(origin.application, "127.0.0.1", 0, QUICK)
    async with Client([Parent("127.0.0.1", parent.port)], ParentsSettings()) as client:
        node = Node(client, SMALL, b"me")
        below = Below()
        disk = disk_at(settings, below.disk_seconds.add)
        below.rest_on(disk)
        node.stand_on(below)
        server = await serve(node.application, "127.0.0.1", 0, QUICK, shortcut=node)
        async with asyncio.timeout(30):
            await disk.indexed.wait()
            yield node, disk, server.port
        await server.close()
        await disk.close()
        await parent.close()


async def get(port: int, path: str, fields: bytes = b"") -> tuple[bytes, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (path.encode(), fields))
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    body = await reader.readexactly(size)
    writer.close()
    return head, body


async def on_disk(disk: Disk, key: bytes) -> None:
    async with asyncio.timeout(10):
        while (place := disk.layers._places.get(key)) is None or not place.complete:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def fill(port: int, disk: Disk) -> None:
    for path in ("/small", "/large", "/other1", "/other2", "/huge"):
        assert (await get(port, path))[1] == BODIES[path]
    for path in ("/small", "/large", "/huge"):
        await on_disk(disk, path.encode())


async def test_what_was_fetched_once_is_served_from_disk_by_this_process_and_the_next(
    tmp_path: Path,
) -> None:
    origin = Origin()
    for _ in range(2):
        async with node_on(tmp_path, origin) as (node, disk, port):
            if not origin.fetches:
                await fill(port, disk)
            for path in ("/small", "/large", "/huge"):
                for _ in range(3):
                    head, body = await get(port, path)
                    assert body == BODIES[path]
                    assert b"hit" in head
                head, body = await get(port, path, b"Range: bytes=7-99\r\n")
                assert head.startswith(b"HTTP/1.1 206")
                assert body == BODIES[path][7:100]
            assert disk.layers.counters.hits >= 8
            assert disk.layers.counters.promoted == 1
            assert node.engine.waiting == 0
    assert len(origin.fetches) == len(BODIES)


@pytest.mark.parametrize("path", ["/small", "/large", "/huge"])
async def test_a_corrupted_file_is_fetched_again_and_no_wrong_byte_leaves(
    tmp_path: Path, path: str
) -> None:
    origin = Origin()
    async with node_on(tmp_path, origin) as (_, disk, port):
        await fill(port, disk)
        place = disk.layers._places[path.encode()]
        file = tmp_path / "cache" / "0" / f"{place.number:016x}"
        data = bytearray(file.read_bytes())
        data[20_000] ^= 1
        file.write_bytes(data)
        head, body = await get(port, path)
        assert body == BODIES[path]
        assert b"fwd=uri-miss" in head
        assert disk.layers.counters.damaged == 1
        assert origin.fetches.count(path) == 2


async def test_a_file_that_is_damaged_late_cuts_the_reply_and_is_fetched_next(
    tmp_path: Path,
) -> None:
    origin = Origin()
    async with node_on(tmp_path, origin) as (_, disk, port):
        await fill(port, disk)
        await get(port, "/huge")
        place = disk.layers._places[b"/huge"]
        file = tmp_path / "cache" / "0" / f"{place.number:016x}"
        data = bytearray(file.read_bytes())
        data[4_000_000] ^= 1
        file.write_bytes(data)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await get(port, "/huge")
        assert (await get(port, "/huge"))[1] == BODIES["/huge"]
        assert origin.fetches.count("/huge") == 2


async def test_purged_objects_do_not_come_back_from_the_disk(tmp_path: Path) -> None:
    origin = Origin()
    async with node_on(tmp_path, origin) as (node, disk, port):
        await fill(port, disk)
        node.engine.purge(Purge(Kind.PREFIX, b"/", soft=False))
        for path in ("/small", "/large", "/huge"):
            head, _ = await get(port, path)
            assert b"hit" not in head
        assert len(origin.fetches) == len(BODIES) + 3


async def test_without_layers_below_nothing_is_looked_for() -> None:
    below = Below()
    assert not below.spools(1)
    below.data(1, (b"x",))
    below.ended(1)
    below.give_up(1)
    below.perform((), 5)
    assert not below.lower.take_orders()
    assert below.metrics() == []


async def test_each_layer_tells_its_numbers(tmp_path: Path) -> None:
    async with node_on(tmp_path, Origin()) as (node, disk, port):
        await fill(port, disk)
        await get(port, "/huge")
        text = "\n".join(node.below.metrics())
        assert "manycast_edge_disk_hits_total 1\n" in text
        assert "manycast_edge_disk_sent_bytes_total 5000000\n" in text
        assert "manycast_edge_disk_seconds_count 1" in text
        assert "manycast_edge_disk_full 0" in text


async def test_a_directory_that_another_process_has_is_waited_for(tmp_path: Path) -> None:
    settings = DiskSettings(directory=str(tmp_path))
    async with asyncio.timeout(20):
        async with layers_below(settings, SharedSettings(), None) as first:
            assert first.disk is not None
            async with layers_below(settings, SharedSettings(), None) as second:
                assert second.disk is None
                await first.disk.close()
                first.disk = None
                while second.disk is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                await second.disk.indexed.wait()


async def test_what_one_node_fetched_another_finds_and_a_purge_reaches_both() -> None:
    settings = SharedSettings(timeout_ms=5_000.0)
    origin, values = Origin(), Values()
    async with sharing(origin, values, settings) as (one, first_port):
        assert (await get(first_port, "/small"))[1] == BODIES["/small"]
        async with sharing(origin, values, settings) as (_, second_port):
            for _ in range(2):  # the first look-up finds no mark, and makes one
                await get(first_port, "/large")
                head, body = await get(second_port, "/large")
                assert body == BODIES["/large"]
                one.engine.purge(Purge(Kind.PREFIX, b"/", soft=False))
            assert origin.fetches.count("/large") <= 3
            assert "manycast_edge_shared_hits_total" in "\n".join(one.below.metrics())
            assert b"hit" in head


async def test_a_purge_reaches_other_nodes_at_once_though_nothing_is_asked_for() -> None:
    settings, values = SharedSettings(timeout_ms=5_000.0), Values()
    mark = f"{settings.prefix}mark".encode()
    values.kept[mark] = b"old"
    async with sharing(Origin(), values, settings) as (one, _):
        purging = Purging(one.engine, GuardSettings(), None)
        purging.applied = one.purged
        purging.apply([Purge(Kind.PREFIX, b"/", soft=False)])
        for _ in range(1_000):
            if values.kept[mark] != b"old":
                break
            await asyncio.sleep(0)
        assert values.kept[mark] != b"old"


class Values:
    """A server of values in a dict."""

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}

    async def mget(self, keys: Sequence[bytes]) -> Sequence[bytes | None]:
        return [self.kept.get(key) for key in keys]

    async def set(
        self, name: bytes, value: bytes, *, px: int | None = None, nx: bool = False
    ) -> object:
        if not (nx and name in self.kept):
            self.kept[name] = value
        return True

    async def aclose(self) -> None:
        pass


@asynccontextmanager
async def sharing(
    origin: Origin, values: Values, settings: SharedSettings
) -> AsyncIterator[tuple[Node, int]]:
    parent = await serve(origin.application, "127.0.0.1", 0, QUICK)
    async with Client([Parent("127.0.0.1", parent.port)], ParentsSettings()) as client:
        node, below = Node(client, SMALL, b"me"), Below()
        async with Shared(values, settings, below.shared_seconds.add) as shared:
            below.share(shared)
            node.stand_on(below)
            server = await serve(node.application, "127.0.0.1", 0, QUICK, shortcut=node)
            async with asyncio.timeout(30):
                yield node, server.port
            await server.close()
        await parent.close()
