"""What one object costs its origin when many ask for it at once, late, or for one byte of it.

Four trials on cold keys, each on every contender: 1,000 clients on one object that the origin holds for a
second; 1,000 on one blocking playlist; a second client half a second into a body that takes two seconds;
the first byte of a cold object of 10 MiB. The origin counts.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import suppress

import uvloop
from bench.edge import table
from bench.edge.rivals import Contender, contenders


NAMES = ("manycast", "nginx", "nginx lock+slice", "varnish")
HOLD_MS, BODY_MS = 1_000, 2_000
SIZE, LARGE = 100_000, 10_485_760
LATE_S = 0.5
PATIENCE_S = 30.0
SETTLE_S = 1.0


class Reply:
    """Times are seconds since the request."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.first_s = self.last_s = 0.0
        self.head = b""
        self.size = 0

    @property
    def good(self) -> bool:
        return self.head[9:12] in {b"200", b"206"} and self.size > 0


async def ask(port: int, path: str, fields: str = "") -> Reply:
    """One GET on a connection of its own, read to the end of the body or of the patience."""
    reply = Reply()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    reply.began = time.perf_counter()
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}Connection: close\r\n\r\n"
    writer.write(head.encode())
    with suppress(TimeoutError, ConnectionError, asyncio.IncompleteReadError):
        async with asyncio.timeout(PATIENCE_S):
            reply.head = await reader.readuntil(b"\r\n\r\n")
            while piece := await reader.read(2**18):
                if not reply.size:
                    reply.first_s = time.perf_counter() - reply.began
                reply.size += len(piece)
    reply.last_s = time.perf_counter() - reply.began
    writer.close()
    return reply


async def counts(parent: int) -> dict[str, list[int]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", parent)
    writer.write(b"GET /counts HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    body = await reader.readexactly(size)
    writer.close()
    found: dict[str, list[int]] = json.loads(body)
    return found


async def herd(one: Contender, parent: int, path: str, clients: int) -> dict[str, object]:
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(ask(one.port, path)) for _ in range(clients)]
    replies = [task.result() for task in asked]
    good = [reply.last_s for reply in replies if reply.good]
    fetches = (await counts(parent)).get(path, [0, 0])[0]
    return {"fetches": fetches, "worst s": max(good, default=0.0), "failed": clients - len(good)}


async def late(one: Contender, parent: int, path: str) -> dict[str, object]:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ask(one.port, path))
        await asyncio.sleep(LATE_S)
        second = tasks.create_task(ask(one.port, path))
    fetches = (await counts(parent))[path][0]
    return {"fetches": fetches, "first byte s": second.result().first_s}


async def one_byte(one: Contender, parent: int, path: str) -> dict[str, object]:
    await ask(one.port, path, "Range: bytes=0-0\r\n")
    await asyncio.sleep(SETTLE_S)
    fetches, pulled = (await counts(parent)).get(path, [0, 0])
    again = await ask(one.port, path, "Range: bytes=1000-1999\r\n")
    after = (await counts(parent)).get(path, [0, 0])
    return {"bytes": pulled, "kept": again.good and after == [fetches, pulled]}


async def trial(one: Contender, parent: int, clients: int) -> table.Row:
    word = one.name.replace(" ", "-")
    slow = await herd(one, parent, f"/slow/{HOLD_MS}/{SIZE}/{word}.mp4", clients)
    playlist = f"/slow/{HOLD_MS}/{SIZE // 20}/live/{word}/index.m3u8?_HLS_msn=7&_HLS_part=1"
    held = await herd(one, parent, playlist, clients)
    second = await late(one, parent, f"/drip/{BODY_MS}/{SIZE}/{word}.mp4")
    byte = await one_byte(one, parent, f"/object/{LARGE}/{word}.mp4")
    trials = {
        "slow object": slow,
        "playlist": held,
        "late joiner": second,
        "one byte of 10 MiB": byte,
    }
    return {f"{name}: {what}": value for name, row in trials.items() for what, value in row.items()}


def turned(rows: dict[str, table.Row]) -> list[table.Row]:
    """A row for each measure, a column for each contender."""
    measures = next(iter(rows.values()))
    return [{"": what, **{name: row[what] for name, row in rows.items()}} for what in measures]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1_000)
    parser.add_argument("--who", nargs="+", default=NAMES)
    table.add_arguments(parser)
    arguments = parser.parse_args(argv)
    with contenders(arguments.who) as (parent, found):
        rows = {
            name: uvloop.run(trial(one, parent.port, arguments.clients))
            for name, one in found.items()
        }
    table.show(turned(rows), arguments)


if __name__ == "__main__":
    main()
