"""A feed as an origin serves it, whose frames a test hands out."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.destination.frames import FRAME_MS, KEY, PICTURE, REFERENCE, SOUND, picture, sound

from manycast.media import cmaf
from manycast.media.cmaf import VideoSample
from manycast.runtime.clock import wall_ms


HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
OFFER = {"width": 1280, "height": 720, "frame_rate": 25.0, "codecs": "avc1.64001f,mp4a.40.2"}


@dataclass
class Feed:
    port: int = 0
    state: str = "live"
    renditions: tuple[str, ...] = ("source",)
    b_frames: str = ""
    """The rendition that has them: every other picture is shown before the one decoded before it."""
    asked: list[str] = field(default_factory=list)
    _answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/live/live/"

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await reader.readuntil(b"\r\n\r\n")
            path = request.split()[1].decode()
            self.asked.append(path.removeprefix("/live/live/"))
            writer.write(HEAD)
            if path.endswith("status.json"):
                writer.write(_chunk(self._status()) + _chunk(b""))
            else:
                await self._send(writer, reordered=path.endswith(f"/{self.b_frames}/frames.mp4"))
        writer.close()
        self._answered.set()

    async def answered(self) -> None:
        """Return when the next reply has ended."""
        self._answered.clear()
        await self._answered.wait()

    def _status(self) -> bytes:
        offers = [{"name": name, **OFFER} for name in self.renditions]
        return json.dumps({"state": self.state, "renditions": offers}).encode()

    async def _send(self, writer: asyncio.StreamWriter, *, reordered: bool) -> None:
        """A keyframe every half second, as fast as time goes, while the stream is live."""
        writer.write(_chunk(cmaf.init_segment(PICTURE, SOUND)))
        start_ms, number = wall_ms(), 0
        while self.state == "live":
            time_ms = start_ms + number * FRAME_MS
            frame = picture(time_ms, KEY if number % 12 == 0 else REFERENCE)
            cts_ms = FRAME_MS * (1, 2, 0)[number % 3] if reordered else 0
            sample = VideoSample(FRAME_MS, cts_ms, frame.key, frame.data)
            audio = [sound(time_ms).data] * 2
            pieces = cmaf.fragment(number, [sample], time_ms, audio, time_ms * 48, 960)
            writer.write(_chunk(b"".join(pieces)))
            await writer.drain()
            number += 1
            await asyncio.sleep(max(0, time_ms + FRAME_MS - wall_ms()) / 1000)
        writer.write(_chunk(b""))


def _chunk(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


@asynccontextmanager
async def feeding() -> AsyncIterator[Feed]:
    feed = Feed()
    meetings: set[asyncio.Task[None]] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        meetings.add(task)
        task.add_done_callback(meetings.discard)
        await feed.meet(reader, writer)

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    feed.port = server.sockets[0].getsockname()[1]
    async with server, asyncio.timeout(60):
        yield feed
        feed.state = "ended"
        if meetings:
            await asyncio.wait(meetings)
