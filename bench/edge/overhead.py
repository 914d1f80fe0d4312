"""Resident memory for 100,000 objects of 1 KB and for 10,000 idle connections.

Proportional set size of all processes of each contender, the growth over what it had before. nginx keeps
its objects in files, so the growth of its store (blocks of a memory file system) is shown beside it.
"""

import argparse
import asyncio
import contextlib
import time
from collections.abc import Sequence

import uvloop
from bench.edge import table
from bench.edge.rivals import Contender, allow_files, contender, memory_bytes, scripted


NAMES = ("manycast", "nginx", "varnish")
OBJECT = 1_000
LANES = 64
SETTLE_S = 2.0
_HEAD = (
    "GET {} HTTP/1.1\r\nHost: localhost:8000\r\nAccept: */*\r\nAccept-Encoding: gzip, br\r\n\r\n"
)


async def fill(port: int, count: int) -> None:
    """Each object once, over a few connections."""

    async def lane(numbers: range) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            writer.write(_HEAD.format(f"/object/{OBJECT}/{number}").encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 "), head
            await reader.readexactly(OBJECT)
        writer.close()

    async with asyncio.TaskGroup() as tasks:
        for first in range(LANES):
            tasks.create_task(lane(range(first, count, LANES)))


async def idle(one: Contender, count: int) -> int:
    """Growth in bytes from connections that made one request each and stay."""
    before = memory_bytes(one)
    async with contextlib.AsyncExitStack() as stack:
        for number in range(count):
            reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
            stack.callback(writer.close)
            writer.write(_HEAD.format(f"/object/{OBJECT}/0").encode())
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(OBJECT)
            if number % LANES == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(SETTLE_S)
        return memory_bytes(one) - before


def measure(name: str, parent: int, arguments: argparse.Namespace) -> table.Row:
    with contender(name, parent) as one:
        uvloop.run(fill(one.port, LANES))
        time.sleep(SETTLE_S)
        bare = memory_bytes(one)
        stored = one.stored_bytes()
        uvloop.run(fill(one.port, arguments.objects))
        time.sleep(SETTLE_S)
        objects = memory_bytes(one) - bare
        files = one.stored_bytes() - stored
        connections = uvloop.run(idle(one, arguments.connections))
    total = objects + files
    return {
        "contender": name,
        "at rest MB": round(bare / 1e6, 1),
        f"{arguments.objects:,} objects MB": round(objects / 1e6, 1),
        "of them files MB": round(files / 1e6, 1),
        "bytes beside each KB": round(total / arguments.objects - OBJECT),
        f"{arguments.connections:,} connections MB": round(connections / 1e6, 1),
        "KB each": round(connections / arguments.connections / 1000, 2),
    }


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--who", nargs="+", default=NAMES)
    table.add_arguments(parser)
    arguments = parser.parse_args(argv)
    allow_files()
    with scripted("origin", "1") as parent:
        rows = [measure(name, parent.port, arguments) for name in arguments.who]
    table.show(rows, arguments)


if __name__ == "__main__":
    main()
