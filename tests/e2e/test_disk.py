"""The disk layer of a real process: killed in the middle of writes, and on a disk that is full."""

import asyncio
import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import serve
from manycast.settings.http import HttpServerSettings


pytestmark = pytest.mark.e2e
FRESH = (b"cache-control", b"max-age=1000")
OBJECTS = 60
KILLS = 4
CONFIG = "[disk]\nseen_min = 1\nfresh_s_min = 0\n"


def body_of(path: str) -> bytes:
    """From a kilobyte to a megabyte, the same for every process."""
    digest = hashlib.sha256(path.encode()).digest()
    return digest * (32 + int.from_bytes(digest[:2], "big") % 32_000)


def origin(exchange: Exchange) -> None:
    exchange.send(200, (FRESH,), body_of(exchange.request.path))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


@asynccontextmanager
async def edge(
    parent: int, folder: Path, *words: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    port = free_port()
    config = folder / "edge.toml"
    config.write_text(CONFIG)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "manycast.cli", "edge",
        "--parent", f"http://127.0.0.1:{parent}", "--listen", f"127.0.0.1:{port}",
        "--memory", "1MB", "--config", str(config), *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        yield process, port
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def get(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return await reader.readexactly(size)
    finally:
        writer.close()


async def metric(port: int, name: str) -> float:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    text = (await reader.read()).decode()
    writer.close()
    [line] = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[1])


async def until_killed(port: int, rng: random.Random, process: asyncio.subprocess.Process) -> None:
    """Ask for one object after another, and kill the node somewhere in between."""
    last = rng.randrange(5, OBJECTS)
    for number in range(OBJECTS):
        path = f"/{rng.randrange(OBJECTS)}"
        assert await get(port, path) == body_of(path)
        if number == last:
            process.send_signal(signal.SIGKILL)
            return


async def test_a_node_that_is_killed_while_it_writes_serves_only_right_bytes_after(
    tmp_path: Path,
) -> None:
    rng = random.Random(7)  # noqa: S311  a test repeats itself
    parent = await serve(origin, "127.0.0.1", 0, HttpServerSettings(drain_s=0.1))
    words = ("--disk", "20MB", "--dir", str(tmp_path))
    async with asyncio.timeout(100):
        for _ in range(KILLS):
            async with edge(parent.port, tmp_path, *words) as (process, port):
                await until_killed(port, rng, process)
        files = tmp_path / "cache" / "0"
        kept = len([name for name in os.listdir(files) if not name.endswith(".part")])  # noqa: PTH208
        assert kept
        async with edge(parent.port, tmp_path, *words) as (_, port):
            for number in range(OBJECTS):
                assert await get(port, f"/{number}") == body_of(f"/{number}")
            assert await metric(port, "manycast_edge_disk_hits_total") > 0
            assert await metric(port, "manycast_edge_disk_damaged_total") == 0
    await parent.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S607  as mounted


async def test_a_node_goes_on_when_its_disk_is_full(small_disk: Path) -> None:
    parent = await serve(origin, "127.0.0.1", 0, HttpServerSettings(drain_s=0.1))
    words = ("--disk", "100MB", "--dir", str(small_disk))
    async with asyncio.timeout(60):
        async with edge(parent.port, small_disk, *words) as (_, port):
            for _ in range(2):
                for number in range(OBJECTS):
                    assert await get(port, f"/{number}") == body_of(f"/{number}")
            errors = await metric(port, "manycast_edge_disk_errors_total")
            assert 1 <= errors < OBJECTS / 4, "only what was ordered before the first one failed"
            assert await metric(port, "manycast_edge_disk_full") == 1
            assert await metric(port, "manycast_edge_disk_hits_total") > 0
    await parent.close()
