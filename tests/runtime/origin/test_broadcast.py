import asyncio

import pytest
from tests.runtime.origin.conftest import Origin


pytestmark = pytest.mark.e2e


async def test_single_frames_begin_at_a_keyframe_and_go_on(origin: Origin) -> None:
    async with origin.publisher():
        await origin.on_air()
        reader, writer = await asyncio.open_connection("127.0.0.1", origin.http)
        writer.write(b"GET /live/live/source/frames.mp4 HTTP/1.1\r\nHost: x\r\n\r\n")
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert b"manycast-stream: cmaf" in head
        assert b"no-store" in head
        body = await reader.readuntil(b"moov")
        assert b"ftyp" in body
        for _ in range(30):
            await reader.readuntil(b"moof")
        writer.close()
        await writer.wait_closed()


async def test_a_broadcaster_who_returns_continues_the_stream(origin: Origin) -> None:
    async with origin.publisher():
        await origin.on_air()
    async with origin.publisher(size="160x90"):
        text = b""
        while b"#EXT-X-DISCONTINUITY\n" not in text:
            status, _, text = await origin.get("/live/live/source/index.m3u8")
            assert status in {200, 503}
        assert text.count(b"#EXT-X-MAP") == 2
        assert (await origin.json("/live/live/status.json"))["state"] == "live"
