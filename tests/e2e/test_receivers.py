"""The stand-ins for platforms' ingests, with ffmpeg as their publisher: what they refuse, keep and fail at."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import imageio_ffmpeg
import pytest
from bench.platforms.certificates import authority
from bench.platforms.receiver import Fault, Receiver
from bench.platforms.rules import KICK, TWITCH, YOUTUBE
from bench.platforms.street import street


pytestmark = pytest.mark.e2e

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


@contextlib.asynccontextmanager
async def publisher(
    receiver: Receiver, *, size: str = "128x96", seconds: float = 30, gop: int = 25
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(FFMPEG, "-v", "error", "-re", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d={seconds}"),
        *("-f", "lavfi", "-i", f"sine=d={seconds}", "-pix_fmt", "yuv420p", "-c:v", "libx264"),
        *("-preset", "ultrafast", "-tune", "zerolatency", "-g", str(gop), "-c:a", "aac"),
        *("-f", "flv", f"{receiver.url}/{receiver.key}"),
        env=os.environ | {"SSL_CERT_FILE": str(receiver.trust or "")},  # noqa: TID251  of ffmpeg's OpenSSL
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def decoded_frames(recording: Path) -> int:
    """What another program makes of it."""
    command = [FFMPEG, "-v", "error", "-i", str(recording), "-map", "0:v", "-f", "framemd5", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert not done.stderr
    return sum(not line.startswith(b"#") for line in done.stdout.splitlines())


async def test_what_is_published_is_kept_whole(tmp_path: Path) -> None:
    files = authority(tmp_path)
    async with Receiver("youtube", YOUTUBE, tmp_path, authority=files) as youtube:
        assert youtube.url.startswith("rtmps://localhost:")
        async with publisher(youtube, seconds=2) as process:
            await youtube.until(lambda: youtube.live)
            assert await process.wait() == 0
            await youtube.until(lambda: not youtube.live)
    sitting = youtube.sittings[0]
    assert (sitting.clean, sitting.video_frames, sitting.keyframes) == (True, 50, 2)
    assert sitting.audio_frames > 80
    assert not sitting.backwards
    assert decoded_frames(sitting.recording) == 50


async def test_kick_cuts_off_whoever_is_too_wide(tmp_path: Path) -> None:
    async with (
        Receiver("kick", KICK, tmp_path, authority=authority(tmp_path)) as kick,
        publisher(kick, size="2560x1440") as process,
    ):
        assert await process.wait() != 0
    assert kick.refusals == 1
    assert not kick.live


async def test_a_return_within_the_grace_goes_on_with_the_same_broadcast(tmp_path: Path) -> None:
    async with Receiver("twitch", TWITCH, tmp_path) as twitch:
        for times in range(2):
            async with publisher(twitch, seconds=30):
                await twitch.until(lambda count=times + 1: len(twitch.sittings) == count)  # type: ignore[misc]  # the loop's variable, as it is now
                await twitch.until(lambda: twitch.live)
        await twitch.until(lambda: not twitch.live)
        assert (len(twitch.sittings), twitch.broadcasts) == (2, 1)


async def test_each_fault_does_what_it_says(tmp_path: Path) -> None:
    async with Receiver("twitch", TWITCH, tmp_path) as twitch:
        twitch.fault = Fault.REFUSES
        async with publisher(twitch) as process:
            assert await process.wait() != 0
        twitch.fault, twitch.reset_s = Fault.RESETS, 0.5
        async with publisher(twitch) as process:
            assert await process.wait() != 0
        twitch.fault = Fault.NEVER_READS
        async with publisher(twitch):
            await twitch.until(lambda: len(twitch.sittings) == 2)
        twitch.fault = Fault.BLIND
        async with publisher(twitch):
            await twitch.until(lambda: len(twitch.sittings) == 3)
            await twitch.until(lambda: twitch.sittings[2].keyframes > 0)
            assert not twitch.live
            twitch.fault = Fault.NONE
            assert twitch.live
            await twitch.stop()
            await twitch.start()
    assert twitch.refusals == 1
    assert twitch.sittings[0].video_frames


async def test_it_complains_of_keyframes_too_far_apart(tmp_path: Path) -> None:
    async with Receiver("twitch", TWITCH, tmp_path) as twitch, publisher(twitch, gop=75):
        await twitch.until(lambda: "keyframes" in getattr(twitch.latest, "complaints", ()))


async def test_an_api_knows_what_its_ingest_gets(tmp_path: Path) -> None:
    async with street(tmp_path) as place:
        twitch = place.ingests["twitch"]
        async with publisher(twitch):
            await twitch.until(lambda: place.twitch.live)
            assert not place.kick.live
        await twitch.until(lambda: not place.twitch.live)
