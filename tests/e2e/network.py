"""A whole network of child processes on ports of their own: origin, edge, publisher."""

import asyncio
import json
import re
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import imageio_ffmpeg

from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.settings.parents import ParentsSettings
from manycast.std.http1 import Headers, field


PATIENCE_S = 60
LOOK_S = 0.1
RECONNECT_MS = 12_000
"""Room for a drop of six seconds and the start of a publisher on a loaded machine."""
CONFIG = f"""
[network]
rtmp = "127.0.0.1:0"
origin = "127.0.0.1:0"
srt_channels_max = 0
[origin]
reconnect_ms = {RECONNECT_MS}
[ladder]
hardware = []
targets = [{{ name = "180p", short_side = 180, bitrate_bps = 200_000, frame_rate_max = 30 }}]
"""
STREAM = "live"
NGINX = """
daemon off;
user root root;
pid {directory}/nginx.pid;
events {{}}
http {{
  access_log off;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  proxy_cache_path {directory}/cache keys_zone=live:1m use_temp_path=off;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{edge};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache live;
      proxy_cache_lock on;
      proxy_cache_lock_timeout 20s;
      add_header X-Cache $upstream_cache_status always;
    }}
  }}
}}
"""
"""nginx as its manual has it for shared caches; ``proxy_cache_lock`` joins requests."""


class Got:
    """One reply, whole; ``error`` says why it is not."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: Headers = ()
        self.body = b""
        self.error = ""
        self.begun = asyncio.Event()
        self.over = asyncio.Event()

    def head(self, head: ResponseHead) -> None:
        self.begun.set()
        self.status = head.status
        self.headers = head.headers

    def data(self, piece: bytes) -> None:
        self.body += piece

    def end(self) -> None:
        self.over.set()

    def failed(self, error: FetchError) -> None:
        self.error = str(error)
        self.begun.set()
        self.over.set()

    def field(self, name: str) -> str | None:
        value = field(self.headers, name.encode())
        return None if value is None else value.decode()


async def head_of(client: Client, target: str) -> Got:
    """The head of a reply that may never end."""
    got = Got()
    fetch = client.fetch(("GET", target.encode(), b""), got, PATIENCE_S)
    async with asyncio.timeout(PATIENCE_S):
        await got.begun.wait()
    fetch.cancel()
    return got


async def get(client: Client, target: str, fields: bytes = b"") -> Got:
    got = Got()
    client.fetch(("GET", target.encode(), fields), got, PATIENCE_S)
    async with asyncio.timeout(PATIENCE_S):
        await got.over.wait()
    return got


async def _answers(client: Client, target: str, text: str) -> None:
    """Return when a 200 holds this text; a look costs the machine next to nothing."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            got = await get(client, target)
            if got.status == 200 and text in got.body.decode():
                return
            await asyncio.sleep(LOOK_S)


@dataclass
class Network:
    rtmp: int
    origin: int
    edge: int
    key: str
    client: Client
    """Asks the edge."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.edge}"

    async def get(self, target: str) -> Got:
        """As a viewer asks the edge."""
        return await get(self.client, target)

    async def on_air(self) -> None:
        """Return as soon as the multivariant playlist is there."""
        await _answers(self.client, f"/live/{STREAM}/index.m3u8", "#EXTM3U")

    async def becomes(self, state: str) -> None:
        """Return as soon as the stream is in this state."""
        await _answers(self.client, f"/live/{STREAM}/status.json", f'"state": "{state}"')


@asynccontextmanager
async def child(*command: str, **pipes: int | None) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that is told to end with the block, and made to when it does not."""
    process = await asyncio.create_subprocess_exec(*command, **pipes)  # type: ignore[arg-type]
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(10):
                await process.communicate()
        except TimeoutError:
            process.kill()
            await process.communicate()


@asynccontextmanager
async def role(log: Path, pattern: str, *arguments: str) -> AsyncIterator[re.Match[str]]:
    """A role of manycast, from the moment it says ``pattern``; all it says goes to ``log``."""
    command = [sys.executable, "-m", "manycast.cli", *arguments]
    with log.open("wb") as file:
        pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.STDOUT}
        async with child(*command, **pipes) as process, asyncio.TaskGroup() as tasks:
            ready: asyncio.Future[re.Match[str]] = asyncio.get_running_loop().create_future()
            reading = tasks.create_task(_copy(process.stdout, file, pattern, ready))
            async with asyncio.timeout(PATIENCE_S):
                found = await ready
            yield found
            assert process.returncode is None, f"a role ended, see {log}"
            process.terminate()
            async with asyncio.timeout(PATIENCE_S):
                await reading


async def _copy(
    said: asyncio.StreamReader | None,
    log: BinaryIO,
    pattern: str,
    ready: asyncio.Future[re.Match[str]],
) -> None:
    assert said is not None
    async for line in said:
        log.write(line)
        log.flush()
        found = re.search(pattern, line.decode())
        if found and not ready.done():
            ready.set_result(found)


@asynccontextmanager
async def network(directory: Path) -> AsyncIterator[Network]:
    """Origin and edge as an operator starts them."""
    config = directory / "manycast.toml"
    config.write_text(CONFIG)
    origin = ("origin", "--config", str(config), "--dir", str(directory))
    said = r"RTMP on port (\d+), HTTP on port (\d+)"
    async with role(directory / "origin.log", said, *origin) as ports:
        parents = ("--parent", f"http://127.0.0.1:{ports[2]}")
        edge = ("edge", "--listen", "127.0.0.1:0", *parents)
        async with role(directory / "edge.log", r"edge: http://127.0.0.1:(\d+) ", *edge) as found:
            parent = Parent("127.0.0.1", int(found[1]))
            async with Client([parent], ParentsSettings()) as client:
                key = _key(directory)
                yield Network(int(ports[1]), int(ports[2]), int(found[1]), key, client)


def _key(directory: Path) -> str:
    channels = json.loads((directory / "channels.json").read_text())["channels"]
    return str(channels[STREAM]["key"])


@asynccontextmanager
async def publisher(
    on: Network, size: str, *coded: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """An ffmpeg that publishes a picture of this size and a tone until the block ends; ``coded`` is for its encoder."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-re"]
    command += ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=30"]
    command += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"]
    command += ["-g", "60", "-b:v", "800k", "-pix_fmt", "yuv420p", *coded, "-c:a", "aac"]
    command += ["-f", "flv", f"rtmp://127.0.0.1:{on.rtmp}/live/{on.key}"]
    async with child(*command, stderr=asyncio.subprocess.DEVNULL) as process:
        yield process


def drop(process: asyncio.subprocess.Process) -> None:
    """End a publisher without a goodbye."""
    process.send_signal(signal.SIGKILL)


@asynccontextmanager
async def nginx(on: Network, directory: Path) -> AsyncIterator[Client | None]:
    """A shared cache that knows nothing of live streams, before the edge; None where it is missing."""
    binary = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if binary is None:
        yield None
        return
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    config = directory / "nginx.conf"
    config.write_text(NGINX.format(directory=directory, port=port, edge=on.edge))
    command = (binary, "-e", "stderr", "-c", str(config))
    async with (
        child(*command, stderr=asyncio.subprocess.DEVNULL),
        Client([Parent("127.0.0.1", port)], ParentsSettings()) as client,
    ):
        await _answers(client, "/healthz", "")
        yield client
