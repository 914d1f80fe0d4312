"""What viewers of the edge see when something behind it fails: one function for each fault.

Viewers ask for objects that nobody asked for before, one after another, on kept connections, and check
every byte. They go on while the fault comes, lasts and is repaired.

errors: replies of 5xx and cut connections; wrong: complete replies with other bytes than the origin's;
over after: seconds from the fault until the last reply that failed or took longer than SLOW_S; back after: seconds
from the repair until the parent is used again.
"""

import argparse
import asyncio
import contextlib
import hashlib
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import uvloop
from bench.edge import table
from bench.network import free_ports


VIEWERS = 20
PAUSE_S = 0.02
"""Between two requests of a viewer: the machine is not to be the fault."""
CALM_S, FAULT_S, BACK_S_MAX = 3.0, 6.0, 15.0
SLOW_S = 0.25
PATIENCE_S = 30.0
SIZE = 20_000
READY_S = 15.0


def content(path: bytes) -> bytes:
    return (hashlib.blake2b(path).digest() * (SIZE // 64 + 1))[:SIZE]


@dataclass
class Reply:
    at: float
    seconds: float
    status: int
    whole: bool
    right: bool

    @property
    def good(self) -> bool:
        return self.status == 200 and self.whole and self.right


@dataclass
class Viewers:
    """Load on one port, and what came of it."""

    port: int
    replies: list[Reply] = field(default_factory=list)

    async def watch(self, number: int) -> None:
        count = 0
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                with contextlib.closing(writer):
                    whole = True
                    while whole:
                        count += 1
                        whole = await self._ask(b"/%d/%d" % (number, count), reader, writer)
                        await asyncio.sleep(PAUSE_S)

    async def _ask(
        self, path: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        began = time.monotonic()
        status, body, whole = 0, b"", False
        writer.write(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            async with asyncio.timeout(PATIENCE_S):
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                status = int(head[9:12])
                length = int(head.partition(b"content-length: ")[2].partition(b"\r")[0])
                body = await reader.readexactly(length)
                whole = True
        now = time.monotonic()
        right = status != 200 or not whole or body == content(path)
        self.replies.append(Reply(now, now - began, status, whole, right))
        return whole


class Parent:
    """A scripted origin, with faults to switch on."""

    def __init__(self) -> None:
        self.port = 0
        self.delay_s = 0.0
        self.lie = 0
        """Bytes by which the announced length differs from the sent one."""
        self.asked_at: list[float] = []

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError), contextlib.closing(writer):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.asked_at.append(time.monotonic())
                await asyncio.sleep(self.delay_s)
                body = content(head.split(b" ", 2)[1])
                length = len(body) + self.lie
                writer.write(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n")
                writer.write(b"Content-Length: %d\r\n\r\n%b" % (length, body))
                if self.lie > 0:
                    return


@contextlib.asynccontextmanager
async def scripted() -> AsyncIterator[Parent]:
    parent = Parent()
    server = await asyncio.start_server(parent.converse, "127.0.0.1", 0)
    parent.port = server.sockets[0].getsockname()[1]
    yield parent
    server.close()


@contextlib.asynccontextmanager
async def edge(*parents: int, port: int = 0, settings: str = "") -> AsyncIterator["Edge"]:
    """A node with default settings but these, and its own folder."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "edge.toml"
        config.write_text(settings)
        one = Edge(port or free_ports(1)[0], parents, config)
        await one.start()
        yield one
        await one.stop(signal.SIGTERM)


@dataclass
class Edge:
    port: int
    parents: Sequence[int]
    config: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "manycast.cli", "edge", "--config", str(self.config),
            "--listen", f"127.0.0.1:{self.port}",
            "--parent", ",".join(f"http://127.0.0.1:{port}" for port in self.parents),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert self.process.stdout is not None
        async with asyncio.timeout(READY_S):
            await self.process.stdout.readline()

    async def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(how)
            await self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    async def number(self, name: str) -> int:
        """One of its counters, from its metrics."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        with contextlib.closing(writer):
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            text = (await reader.read(-1)).decode()
        return int(text.partition(f"\n{name} ")[2].partition("\n")[0])


Act = Callable[[], Awaitable[None]]


async def suffer(
    port: int, fault: Act, repair: Act, used: Callable[[], Awaitable[bool]]
) -> table.Row:
    """Load before, during and after a fault; ``used`` tells whether what failed is in use again."""
    viewers = Viewers(port)
    watching = [asyncio.ensure_future(viewers.watch(n)) for n in range(VIEWERS)]
    await asyncio.sleep(CALM_S)
    struck = time.monotonic()
    await fault()
    await asyncio.sleep(FAULT_S)
    mended = time.monotonic()
    await repair()
    back_s: float | None = None
    while back_s is None and time.monotonic() - mended < BACK_S_MAX:
        await asyncio.sleep(0.02)
        back_s = time.monotonic() - mended if await used() else None
    await asyncio.sleep(1.0)
    for task in watching:
        task.cancel()
    await asyncio.wait(watching)
    since = [reply for reply in viewers.replies if reply.at >= struck]
    bad = [reply.at - struck for reply in since if not reply.good or reply.seconds > SLOW_S]
    return {
        "usual_s": statistics.median(r.seconds for r in viewers.replies if r.at < struck),
        "requests": len(since),
        "errors": sum(reply.status != 200 or not reply.whole for reply in since),
        "wrong": sum(not reply.right for reply in since),
        "slow": sum(reply.good and reply.seconds > SLOW_S for reply in since),
        "worst_s": max(reply.seconds for reply in since),
        "over after_s": max(bad, default=0.0),
        "back after_s": back_s,
    }


async def nothing() -> None:
    """Not a fault."""


# Faults of parents.


@contextlib.asynccontextmanager
async def tiers() -> AsyncIterator[tuple[Edge, Edge]]:
    """An edge before two regional nodes before an origin; the edge, and the regional to be hurt."""
    async with (
        scripted() as origin,
        edge(origin.port) as hurt,
        edge(origin.port) as other,
        edge(hurt.port, other.port) as front,
    ):
        yield front, hurt


async def parent_killed() -> table.Row:
    async with tiers() as (front, hurt):

        async def used() -> bool:
            return await hurt.number("manycast_edge_requests_total") > 0

        return await suffer(front.port, hurt.stop, hurt.start, used)


async def parent_hung() -> table.Row:
    """Stopped: it takes connections, and says nothing."""
    async with tiers() as (front, hurt):
        before = 0

        async def hang() -> None:
            nonlocal before
            before = await hurt.number("manycast_edge_requests_total")
            hurt.signal(signal.SIGSTOP)

        async def go_on() -> None:
            nonlocal before
            hurt.signal(signal.SIGCONT)
            await asyncio.sleep(0.1)  # it first answers what had piled up
            before = await hurt.number("manycast_edge_requests_total")

        async def used() -> bool:
            return await hurt.number("manycast_edge_requests_total") > before + VIEWERS

        return await suffer(front.port, hang, go_on, used)


async def switched(
    switch: Callable[[Parent], None], restore: Callable[[Parent], None]
) -> table.Row:
    """One of two scripted parents misbehaves."""
    async with scripted() as hurt, scripted() as other, edge(hurt.port, other.port) as front:

        async def fault() -> None:
            switch(hurt)

        async def repair() -> None:
            restore(hurt)
            hurt.asked_at.clear()

        async def used() -> bool:
            return len(hurt.asked_at) > VIEWERS

        return await suffer(front.port, fault, repair, used)


async def parent_slow() -> table.Row:
    """A second for what took a millisecond."""
    return await switched(
        lambda parent: setattr(parent, "delay_s", 1.0),
        lambda parent: setattr(parent, "delay_s", 0.0),
    )


async def parent_cuts() -> table.Row:
    """It announces more than it sends."""
    return await switched(
        lambda parent: setattr(parent, "lie", 1_000), lambda parent: setattr(parent, "lie", 0)
    )


async def parent_exceeds() -> table.Row:
    """It sends more than it announces."""
    return await switched(
        lambda parent: setattr(parent, "lie", -1_000), lambda parent: setattr(parent, "lie", 0)
    )


FAULTS: dict[str, Callable[[], Awaitable[table.Row]]] = {
    "parent killed": parent_killed,
    "parent hung": parent_hung,
    "parent slow": parent_slow,
    "parent announces too much": parent_cuts,
    "parent sends too much": parent_exceeds,
}


async def measure(names: Sequence[str]) -> list[table.Row]:
    return [{"fault": name, **await FAULTS[name]()} for name in names]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fault", nargs="+", choices=FAULTS, default=list(FAULTS))
    table.add_arguments(parser)
    arguments = parser.parse_args(argv)
    table.show(uvloop.run(measure(arguments.fault)), arguments)


if __name__ == "__main__":
    main()
