import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.runtime.destination.clips import AAC, PATIENCE_S, clip
from tests.runtime.destination.pipes import configs, running, timed

from manycast.destination.sender import Timed
from manycast.model.destinations import DestinationGrant
from manycast.model.media import VideoCodec, VideoConfig
from manycast.model.refusals import RefusedError
from manycast.runtime.destination.whip import WhipWay
from manycast.runtime.ffmpeg.binary import Binary


aiortc = pytest.importorskip("aiortc", reason="the extra whip is not installed")

TOKEN = "a-bearer-token"
CLIP_MS, TURNS_MAX = 1400, 20


@dataclass
class Place:
    """A WHIP server: says no, or takes the offer and keeps what comes."""

    status: int = 201
    url: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path, proof."""
    kinds: set[str] = field(default_factory=set)
    pictures: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    peers: list[Any] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def answer(self, group: asyncio.TaskGroup, offer: str) -> str:
        peer = aiortc.RTCPeerConnection()
        self.peers.append(peer)
        peer.on("track", lambda track: self.tasks.append(group.create_task(self._watch(track))))
        # aiortc names one profile of H.264, and decodes them all.
        named = re.sub("profile-level-id=[0-9a-f]{6}", "profile-level-id=42e01f", offer)
        await peer.setRemoteDescription(aiortc.RTCSessionDescription(named, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        return str(peer.localDescription.sdp)

    async def _watch(self, track: Any) -> None:
        self.kinds.add(track.kind)
        with suppress(aiortc.MediaStreamError):
            while True:
                await track.recv()
                self.pictures += track.kind == "video"
                if self.pictures >= 10:
                    self.enough.set()


@asynccontextmanager
async def server(place: Place) -> AsyncIterator[Place]:
    async with asyncio.TaskGroup() as group:

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = dict(
                line.lower().split(": ", 1) for line in head.splitlines()[1:] if ": " in line
            )
            method, path, _ = head.split(" ", 2)
            place.asked.append((method, path, lines.get("authorization", "")))
            offer = await reader.readexactly(int(lines.get("content-length", "0")))
            body, status = "", place.status
            if method == "POST" and status == 201:
                body = await place.answer(group, offer.decode())
            writer.write(
                f"HTTP/1.1 {status} .\r\nlocation: /whip/1\r\ncontent-type: application/sdp\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n{body}".encode()
            )
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(handle, "127.0.0.1", 0) as listening:
            place.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/whip"
            yield place
            for peer in place.peers:
                await peer.close()
            for task in place.tasks:
                task.cancel()


def grant(url: str) -> DestinationGrant:
    return DestinationGrant(id="d", name="Far", url=url, key=TOKEN)


async def until_enough(place: Place, send: Callable[[int], None]) -> None:
    for turn in range(TURNS_MAX):
        send(turn)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLIP_MS / 1000):
                await place.enough.wait()
                return


async def test_a_server_gets_pictures_and_sound_and_a_goodbye(binary: Binary) -> None:
    items = await clip(binary, *AAC)
    batch = timed(items)
    async with server(Place()) as place, asyncio.timeout(PATIENCE_S):
        way = WhipWay(grant(place.url), configs(items), None, binary.path)
        async with running(way) as made:
            await made.open()
            await until_enough(
                place,
                lambda turn: way.send([Timed(i, at_ms + turn * CLIP_MS) for i, at_ms in batch]),
            )
            way.close(goodbye=True)
            await made.over.wait()
    assert made.error is None
    assert place.kinds == {"audio", "video"}
    assert place.pictures >= 10
    assert place.asked == [
        ("POST", "/whip", f"bearer {TOKEN}"),
        ("DELETE", "/whip/1", f"bearer {TOKEN}"),
    ]


@pytest.mark.parametrize("status", [401, 404, 409])
async def test_a_refusal_is_said_in_words(binary: Binary, status: int) -> None:
    items = await clip(binary, *AAC)
    async with server(Place(status=status)) as place:
        way = WhipWay(grant(place.url), configs(items), None, binary.path)
        async with running(way) as made:
            await made.over.wait()
    assert isinstance(made.error, RefusedError)
    assert TOKEN not in str(made.error)


async def test_an_address_that_was_looked_at_stands_for_the_name(binary: Binary) -> None:
    items = await clip(binary, *AAC)
    async with server(Place(status=404)) as place:
        named = grant(place.url.replace("127.0.0.1", "nowhere.invalid"))
        way = WhipWay(named, configs(items), None, binary.path, "127.0.0.1")
        async with running(way) as made:
            await made.over.wait()
    assert isinstance(made.error, RefusedError)
    assert place.asked == [("POST", "/whip", f"bearer {TOKEN}")]


async def test_an_answer_without_an_end_is_not_read_to_it(binary: Binary) -> None:
    items = await clip(binary, *AAC)
    given, over = 0, asyncio.Event()

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal given
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 201 .\r\ncontent-type: application/sdp\r\n\r\n")
        with suppress(ConnectionError):
            while True:
                writer.write(bytes(65_536))
                await writer.drain()
                given += 65_536
        writer.close()
        over.set()

    async with await asyncio.start_server(pour, "127.0.0.1", 0) as there:
        url = f"http://127.0.0.1:{there.sockets[0].getsockname()[1]}/whip"
        way = WhipWay(grant(url), configs(items), None, binary.path)
        async with running(way) as made:
            await made.over.wait()
        await over.wait()
    assert given < 50_000_000  # what the network holds


async def test_a_server_that_is_away_is_no_refusal(binary: Binary) -> None:
    items = await clip(binary, *AAC)
    way = WhipWay(grant("http://127.0.0.1:1/whip"), configs(items), None, binary.path)
    async with running(way) as made:
        await made.over.wait()
    assert type(made.error) is OSError
    assert "nobody answers at 127.0.0.1:1" in str(made.error)


async def test_a_fault_of_the_server_is_called_its_own(binary: Binary) -> None:
    items = await clip(binary, *AAC)
    async with server(Place(status=503)) as place:
        way = WhipWay(grant(place.url), configs(items), None, binary.path)
        async with running(way) as made:
            await made.over.wait()
    assert type(made.error) is OSError
    assert "answered 503" in str(made.error)


async def test_only_h264_is_carried(binary: Binary) -> None:
    _, audio = configs(await clip(binary, *AAC))
    video = VideoConfig(VideoCodec.HEVC, b"", 16, 16, "hvc1")
    with pytest.raises(ValueError, match=r"H\.264"):
        WhipWay(grant("http://127.0.0.1:1/"), (video, audio), None, None)
