import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from tests.doors import Doorkeeper

from manycast.model.media import AudioConfig, AudioFrame, Media, VideoConfig, VideoFrame
from manycast.runtime.ffmpeg.binary import Binary, FfmpegError, capture, locate
from manycast.runtime.ffmpeg.srt import SrtAddress, SrtListener
from manycast.runtime.ingest import Caller, Publisher


pytestmark = pytest.mark.e2e

KEY = "correct-horse-battery"
PATIENCE_S = 30.0
PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30", "-f", "lavfi", "-i", "sine")
VIDEO = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15")


class Stage(Doorkeeper):
    """A door that lets everybody in and remembers what they brought."""

    def __init__(self) -> None:
        self.admitted: list[tuple[str, str]] = []
        self.items: list[Media] = []
        self.reasons: list[str] = []
        self.left = asyncio.Event()

    def let_in(self, name: str, caller: Caller) -> Publisher:
        self.admitted.append((name, caller.peer))
        return self

    def media(self, item: Media) -> None:
        self.items.append(item)

    def lost(self, reason: str, *, clean: bool) -> None:
        self.reasons.append(reason)
        self.left.set()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def listening(
    binary: Binary, stage: Stage, note: Callable[[str], None] = print
) -> AsyncIterator[SrtAddress]:
    address = SrtAddress("127.0.0.1", free_port(), "live", KEY)
    listener = SrtListener(binary, address, stage, note)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(listener.run())
        yield address
        task.cancel()


async def call(binary: Binary, address: SrtAddress, passphrase: str, *audio: str) -> None:
    """Publish a second; raises FfmpegError when the caller is refused or nobody listens (yet)."""
    url = f"srt://{address.host}:{address.port}?passphrase={passphrase}&connect_timeout=500"
    words = [*PICTURE, "-t", "1", *VIDEO, "-c:a", *(audio or ("aac",)), "-f", "mpegts", url]
    await capture([binary.path, "-v", "error", "-re", *words], PATIENCE_S)


async def call_until_heard(binary: Binary, address: SrtAddress, stage: Stage, *audio: str) -> None:
    """Publish as encoders do: again and again until it works."""
    async with asyncio.timeout(PATIENCE_S):
        while not stage.left.is_set():
            try:
                await call(binary, address, address.passphrase, *audio)
            except FfmpegError:
                continue
            await stage.left.wait()
    stage.left.clear()


async def test_a_caller_with_the_key_is_published_and_another_may_follow() -> None:
    binary, stage = await locate(None), Stage()
    async with listening(binary, stage) as address:
        for _ in range(2):
            await call_until_heard(binary, address, stage)
    assert stage.admitted == [("live", f"srt:{address.port}")] * 2
    kinds = {type(item) for item in stage.items}
    assert {VideoConfig, VideoFrame, AudioConfig, AudioFrame} <= kinds
    frames = [item for item in stage.items if isinstance(item, VideoFrame)]
    assert frames[0].key
    assert len(frames) > 40


async def test_a_caller_with_another_key_is_refused_before_any_media() -> None:
    binary, stage, notes = await locate(None), Stage(), []
    async with listening(binary, stage, notes.append) as address:
        await call_until_heard(binary, address, stage)
        with pytest.raises(FfmpegError):
            await call(binary, address, "wrong-horse-battery")
        await call_until_heard(binary, address, stage)
    assert len(stage.admitted) == 2
    assert any("a caller with a wrong key was refused" in note for note in notes)


async def test_audio_that_cannot_be_carried_is_converted_from_the_next_call_on() -> None:
    binary, stage = await locate(None), Stage()
    async with listening(binary, stage) as address, asyncio.timeout(PATIENCE_S):
        while not any(isinstance(item, AudioFrame) for item in stage.items):
            await call_until_heard(binary, address, stage, "mp2")
    config = next(item for item in stage.items if isinstance(item, AudioConfig))
    assert config.codecs == "mp4a.40.2"


async def test_a_new_passphrase_holds_from_the_next_call_on() -> None:
    binary, stage = await locate(None), Stage()
    address = SrtAddress("127.0.0.1", free_port(), "live", KEY)
    listener = SrtListener(binary, address, stage, print)
    async with asyncio.timeout(3 * PATIENCE_S), asyncio.TaskGroup() as group:
        task = group.create_task(listener.run())
        await call_until_heard(binary, address, stage)
        renewed = replace(address, passphrase="another-horse-battery")
        listener.move(renewed)
        await call_until_heard(binary, renewed, stage)
        with pytest.raises(FfmpegError):
            await call(binary, renewed, KEY)
        task.cancel()
    assert len(stage.admitted) == 2
