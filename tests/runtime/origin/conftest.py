"""A whole origin on ports of its own, fed by a real ffmpeg."""

import asyncio
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import pytest

from manycast.runtime.channels import Channels
from manycast.runtime.ffmpeg.binary import locate
from manycast.runtime.ffmpeg.encoders import encode_costs
from manycast.runtime.origin import role
from manycast.settings.ladder import LadderSettings, RungTarget
from manycast.settings.network import NetworkSettings
from manycast.settings.origin import OriginSettings
from manycast.settings.recording import RecordingSettings
from manycast.settings.tree import Settings


FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SETTINGS = Settings(
    network=NetworkSettings(rtmp="127.0.0.1:0", origin="127.0.0.1:0", srt_channels_max=0),
    ladder=LadderSettings(targets=(RungTarget("90p", 90, 100_000, 30),), hardware=()),
    origin=OriginSettings(reconnect_ms=3000),
    recording=RecordingSettings(enabled=True, free_bytes_min=0),
)


@dataclass
class Origin:
    directory: Path
    rtmp: int
    http: int

    @property
    def key(self) -> str:
        return self.key_of("live")

    def key_of(self, channel: str) -> str:
        return Channels(self.directory / role.CHANNELS).ensure(channel)

    async def get(self, path: str, token: str = "") -> tuple[int, dict[str, str], bytes]:
        return await asyncio.to_thread(_fetch, f"http://127.0.0.1:{self.http}{path}", token)

    async def json(self, path: str) -> dict[str, object]:
        value: dict[str, object] = json.loads((await self.get(path))[2])
        return value

    async def on_air(self) -> tuple[int, dict[str, str], bytes]:
        """The multivariant playlist, as soon as there is one."""
        while True:
            reply = await self.get("/live/live/index.m3u8")
            if reply[0] == 200:
                return reply

    @asynccontextmanager
    async def publisher(
        self, key: str | None = None, size: str = "320x180", readrate: float = 1.0
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """A real ffmpeg that publishes until the block ends, so fast as ``readrate`` says."""
        url = f"rtmp://127.0.0.1:{self.rtmp}/live/{key or self.key}"
        picture = f"testsrc2=size={size}:rate=30"
        argv = [
            FFMPEG,
            "-v",
            "error",
            "-readrate",
            str(readrate),
            "-f",
            "lavfi",
            "-i",
            picture,
            "-f",
            "lavfi",
            "-i",
            "sine",
        ]
        argv += ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "30"]
        argv += ["-c:a", "aac", "-f", "flv", url]
        child = await asyncio.create_subprocess_exec(*argv, stderr=asyncio.subprocess.PIPE)
        try:
            yield child
        finally:
            if child.returncode is None:
                child.kill()
            await child.communicate()


def _fetch(url: str, token: str) -> tuple[int, dict[str, str], bytes]:
    fields = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, headers=fields)  # noqa: S310  as below
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:  # noqa: S310  a loopback URL made above
            return reply.status, dict(reply.headers.items()), reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers.items()), error.read()


@asynccontextmanager
async def running(
    directory: Path, settings: Settings, sender: Sequence[str] = role.SENDER
) -> AsyncIterator[Origin]:
    """``sender`` is the command that sends a stream to one destination."""
    stop = asyncio.Event()
    ready: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()
    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        group.create_task(
            role.run(settings, directory, stop, lambda *ports: ready.set_result(ports), sender)
        )
        ports = await ready
        try:
            yield Origin(directory, *ports)
        finally:
            stop.set()


@pytest.fixture(scope="session")
def costs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This machine's encoding costs, measured once for all tests."""
    cache = tmp_path_factory.mktemp("costs") / role.COSTS

    async def measured() -> None:
        await encode_costs(await locate(None), SETTINGS.ladder, cache)

    asyncio.run(measured())
    return cache


@pytest.fixture
async def origin(tmp_path: Path, costs: Path) -> AsyncIterator[Origin]:
    shutil.copy(costs, tmp_path)
    async with running(tmp_path, SETTINGS) as one:
        yield one
