import asyncio
import contextlib
import random
import shlex
from collections.abc import AsyncIterator

import imageio_ffmpeg
import pytest
from tests.doors import Doorkeeper

from manycast.media import amf0
from manycast.media.rtmp.broadcaster import Broadcaster
from manycast.media.rtmp.handshake import CLIENT_BYTES
from manycast.model.media import Media, VideoFrame
from manycast.model.refusals import RefusedError
from manycast.runtime import rtmp
from manycast.runtime.ingest import Caller
from manycast.runtime.rtmp import Listener
from manycast.settings.rtmp import RtmpSettings


pytestmark = pytest.mark.e2e

FFMPEG = f"{imageio_ffmpeg.get_ffmpeg_exe()} -v error"
GOOD_KEY, OTHER_KEY = "good-stream-key", "other-stream-key"
FRAMES = 40
PICTURES = f"-f lavfi -i testsrc2=s=128x96:r=25:d={FRAMES / 25}"
SOUND = "-f lavfi -i sine=d=2"
SETTINGS = RtmpSettings()
HASTY = RtmpSettings(handshake_s=1.0, linger_s=0.5, refusal_s=0.5)
"""For peers that do not go by themselves: shortens the test."""
Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Stream:
    def __init__(self) -> None:
        self.items: list[Media] = []
        self.ends: list[bool] = []
        self.live, self.ended = asyncio.Event(), asyncio.Event()

    def media(self, item: Media) -> None:
        self.items.append(item)
        self.live.set()

    def lost(self, reason: str, *, clean: bool) -> None:
        self.ends.append(clean)
        self.ended.set()


class Gate(Doorkeeper):
    """Lets each of two keys in once."""

    def __init__(self) -> None:
        self.streams = {GOOD_KEY: Stream(), OTHER_KEY: Stream()}
        self.taken: set[str] = set()

    def let_in(self, name: str, caller: Caller) -> Stream:
        if name not in self.streams:
            raise RefusedError("unknown stream key: copy it again", "NetStream.Publish.BadName")
        if name in self.taken:
            raise RefusedError("this key is live already", "NetStream.Publish.BadName")
        self.taken.add(name)
        return self.streams[name]


async def start(command: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *shlex.split(command), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )


def url(listener: Listener, key: str) -> str:
    return f"rtmp://127.0.0.1:{listener.port}/live/{key}"


async def said(process: asyncio.subprocess.Process) -> str:
    """What a publisher that failed printed."""
    _, error = await process.communicate()
    assert process.returncode
    return error.decode(errors="replace")


@contextlib.asynccontextmanager
async def undisturbed(gate: Gate, settings: RtmpSettings = SETTINGS) -> AsyncIterator[Listener]:
    """A listener with a real publisher on it, which must get through whole whatever happens."""
    listener = await rtmp.serve("127.0.0.1", 0, gate, settings)
    good = await start(
        f"{FFMPEG} -re {PICTURES} -pix_fmt yuv420p -c:v libx264 -f flv {url(listener, GOOD_KEY)}"
    )
    stream = gate.streams[GOOD_KEY]
    try:
        async with asyncio.timeout(30):
            await stream.live.wait()
            yield listener
            assert await good.wait() == 0
            await stream.ended.wait()
    finally:
        if good.returncode is None:
            good.kill()
        await good.communicate()
        await listener.close()
    assert stream.ends == [True]
    assert len([item for item in stream.items if isinstance(item, VideoFrame)]) == FRAMES


@contextlib.asynccontextmanager
async def dialled(listener: Listener, host: str = "127.0.0.1") -> AsyncIterator[Link]:
    link = await asyncio.open_connection("127.0.0.1", listener.port, local_addr=(host, 0))
    try:
        yield link
    finally:
        link[1].transport.abort()
        with contextlib.suppress(ConnectionError):
            await link[1].wait_closed()


async def cut(link: Link) -> None:
    """Return when the server has closed the connection."""
    with contextlib.suppress(ConnectionError):
        await link[0].read()


async def test_a_wrong_key_is_refused_by_name(caplog: pytest.LogCaptureFixture) -> None:
    async with undisturbed(Gate()) as listener:
        bad = await start(
            f"{FFMPEG} {PICTURES} -pix_fmt yuv420p -c:v libx264 -f flv {url(listener, 'wrong-key')}"
        )
        assert "unknown stream key: copy it again" in await said(bad)
    assert "key wron… ended: unknown stream key: copy it again" in caplog.text
    assert "wrong-key" not in caplog.text


async def test_a_second_publisher_on_a_live_key_is_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with undisturbed(Gate()) as listener:
        second = await start(
            f"{FFMPEG} {PICTURES} -pix_fmt yuv420p -c:v libx264 -f flv {url(listener, GOOD_KEY)}"
        )
        assert "this key is live already" in await said(second)
    assert "this key is live already" in caplog.text


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("-c:v flv -c:a aac", "Sorenson H.263"),
        ("-c:v libx264 -c:a libmp3lame", "MP3"),
        ("-c:v libvpx-vp9 -c:a aac", "VP9"),
    ],
    ids=["sorenson", "mp3", "vp9"],
)
async def test_an_unknown_codec_is_refused_by_name(
    encoding: str, named: str, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    async with undisturbed(gate) as listener:
        bad = await start(
            f"{FFMPEG} -re {PICTURES} {SOUND} {encoding} -f flv {url(listener, OTHER_KEY)}"
        )
        assert named in await said(bad)
    assert named in caplog.text
    assert gate.streams[OTHER_KEY].ends == [False]


async def test_random_bytes_are_refused(caplog: pytest.LogCaptureFixture) -> None:
    dice = random.Random(1)  # noqa: S311 - noise for a test
    b = Broadcaster()
    beginnings = [
        b"",
        b"\x03",
        b.handshake(),
        b.handshake() + b.connect(),
        Broadcaster().opening(OTHER_KEY),
    ]
    gate = Gate()
    async with undisturbed(gate, HASTY) as listener, contextlib.AsyncExitStack() as stack:
        links = [await stack.enter_async_context(dialled(listener)) for _ in beginnings]
        for link, beginning in zip(links, beginnings, strict=True):
            link[1].write(beginning + dice.randbytes(100_000))
        for link in links:
            await cut(link)
    assert len(caplog.messages) == len(beginnings)
    assert gate.streams[OTHER_KEY].ends == [False]


async def test_a_truncated_handshake_is_cut_in_time(caplog: pytest.LogCaptureFixture) -> None:
    async with undisturbed(Gate(), HASTY) as listener, dialled(listener) as link:
        link[1].write(Broadcaster().handshake()[: CLIENT_BYTES // 2])
        await cut(link)
    assert "no complete handshake within 1 s" in caplog.text


async def test_a_hundred_slow_connections_hold_nobody_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gate, limit = Gate(), HASTY.connections_per_address_max
    async with undisturbed(gate, HASTY) as listener, contextlib.AsyncExitStack() as stack:
        links = []
        for _ in range(100):
            links.append(await stack.enter_async_context(dialled(listener, "127.0.0.2")))
            links[-1][1].write(b"\x03")
        async with dialled(listener) as other:
            other[1].write(Broadcaster().opening(OTHER_KEY))
            await other[0].readexactly(CLIENT_BYTES)
            assert len(listener.statistics()) <= limit + 2
        for link in links:
            await cut(link)
    refused = [line for line in caplog.messages if "connections of 127.0.0.2 are open" in line]
    slow = [line for line in caplog.messages if "no complete handshake" in line]
    assert (len(refused), len(slow)) == (100 - limit, limit)


LARGEST_LENGTH = b"\x06\x00\x00\x00\xff\xff\xff\x09\x01\x00\x00\x00"
LARGEST_CHUNK = b"\x02\x00\x00\x00\x00\x00\x04\x01\x00\x00\x00\x00\xff\xff\xff\xff"
LARGEST_TEXT = b"\x0c\xff\xff\xff\xff"
LARGEST_ARRAY = b"\x0a\xff\xff\xff\xff"


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (LARGEST_LENGTH, "a message of 16777215 bytes"),
        (LARGEST_CHUNK, "a chunk size of 4294967295"),
        (LARGEST_TEXT, "4294967295 bytes announced"),
        (LARGEST_ARRAY, "an array of 4294967295 values"),
    ],
    ids=["message", "chunk", "text", "array"],
)
async def test_four_gigabytes_are_refused_before_they_come(
    data: bytes, named: str, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    async with undisturbed(gate, HASTY) as listener, dialled(listener) as link:
        if data in {LARGEST_TEXT, LARGEST_ARRAY}:
            body = amf0.encode("onMetaData") + data
            data = b"\x04\x00\x00\x00" + len(body).to_bytes(3, "big") + b"\x12\x01\0\0\0" + body
        link[1].write(Broadcaster().opening(OTHER_KEY) + data)
        await cut(link)
    assert named in caplog.text
    assert gate.streams[OTHER_KEY].ends == [False]
