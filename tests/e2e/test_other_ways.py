"""A stream sent on over SRT and WHIP, by the real process from a real origin to servers that are not ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import imageio_ffmpeg
import pytest
from bench.network import free_ports
from bench.platforms.sending import sending
from tests.e2e.network import network, publisher
from tests.e2e.test_destinations import decoded, feed_of
from tests.runtime.destination.test_whip import Place, server

from manycast.model.destinations import DestinationGrant


pytestmark = pytest.mark.e2e

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
PASSPHRASE = "a passphrase & more"
RECORDED_S = 2
SIZE = "320x240"


@asynccontextmanager
async def srt_listener(port: int, recording: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """An ffmpeg that records some seconds and ends."""
    address = f"srt://127.0.0.1:{port}?mode=listener&passphrase=a%20passphrase%20%26%20more"
    process = await asyncio.create_subprocess_exec(
        *(FFMPEG, "-v", "error", "-probesize", "100000", "-analyzeduration", "500000"),
        *("-i", address, "-t", str(RECORDED_S), "-map", "0", "-c", "copy", recording),
        stdin=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def grant(url: str, key: str) -> DestinationGrant:
    return DestinationGrant(id="far", name="Far", url=url, key=key, rendition="source")


async def test_an_srt_listener_records_what_is_sent_on(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    recording = tmp_path / "there.ts"
    there = grant(f"srt://127.0.0.1:{port}?streamid=live", PASSPHRASE)
    async with (
        network(tmp_path) as on,
        publisher(on, SIZE),
        srt_listener(port, recording) as listener,
    ):
        await on.on_air()
        async with sending(feed_of(on), there) as child:
            async with asyncio.timeout(60):
                assert await listener.wait() == 0
            report = next(one for one in child.reports if one.sent_bytes)
            assert (report.rendition, report.reason) == ("source", "")
    assert decoded(recording) >= RECORDED_S * 30 - 2


async def test_a_whip_server_sees_the_stream_and_no_b_frames(tmp_path: Path) -> None:
    async with (
        server(Place()) as place,
        network(tmp_path) as on,
        publisher(on, SIZE, "-bf", "2", "-x264-params", "sync-lookahead=0:rc-lookahead=2"),
    ):
        await on.on_air()
        async with sending(feed_of(on), grant(place.url, "a-token")) as child:
            async with asyncio.timeout(60):
                await place.enough.wait()
            assert child.latest.rendition == "180p"
            assert child.latest.reason == (
                "Far takes no B-frames (source has them): 180p is sent in its place."
            )
            assert child.latest.reconnects == 0
    assert place.kinds == {"audio", "video"}
    assert [method for method, _, _ in place.asked] == ["POST", "DELETE"]
