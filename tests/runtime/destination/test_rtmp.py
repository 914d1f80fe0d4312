import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bench.platforms.certificates import Authority, authority
from tests.destination.frames import EPOCH_MS, KEY, PICTURE, SOUND, picture, sound
from tests.runtime.test_rtmp import KEY as STREAM_KEY, Gate, Stream

from manycast.destination.address import rtmp_address
from manycast.destination.sender import Timed
from manycast.model.media import StreamInfo
from manycast.model.refusals import RefusedError
from manycast.runtime import rtmp
from manycast.runtime.destination.rtmp import RtmpWay
from manycast.runtime.destination.ways import trust
from manycast.runtime.rtmp import Listener
from manycast.settings.rtmp import RtmpSettings


BEGINNING = [Timed(PICTURE, 0), Timed(SOUND, 0), Timed(picture(EPOCH_MS, KEY), 0)]


@asynccontextmanager
async def listening(gate: Gate, files: Authority | None = None) -> AsyncIterator[Listener]:
    tls = None if files is None else files.context()
    listener = await rtmp.serve("127.0.0.1", 0, gate, RtmpSettings(), tls=tls)
    try:
        async with asyncio.timeout(30):
            yield listener
    finally:
        await listener.close()


def way_to(listener: Listener, key: str = STREAM_KEY, files: Authority | None = None) -> RtmpWay:
    scheme, host = ("rtmp", "127.0.0.1") if files is None else ("rtmps", "localhost")
    address = rtmp_address(f"{scheme}://{host}:{listener.port}/live", key)
    return RtmpWay(address, PICTURE, SOUND, None if files is None else trust(str(files.ca)))


class Open:
    """A way that is open, in a task of its own."""

    def __init__(self, way: RtmpWay) -> None:
        self.way = way
        self.opened = asyncio.Event()
        self.rooms = 0

    def room(self) -> None:
        self.rooms += 1

    async def run(self) -> None:
        await self.way.run(self.opened.set, self.room)


@pytest.mark.parametrize("secure", [False, True])
async def test_media_arrives_and_a_goodbye_is_heard(tmp_path: Path, *, secure: bool) -> None:
    gate = Gate()
    files = authority(tmp_path) if secure else None
    async with listening(gate, files) as listener, asyncio.TaskGroup() as tasks:
        one = Open(way_to(listener, files=files))
        tasks.create_task(one.run())
        await one.opened.wait()
        one.way.send([*BEGINNING, Timed(sound(EPOCH_MS), 7)])
        stream: Stream = await gate.streams.get()
        round_trip_ms = one.way.round_trip_ms
        assert round_trip_ms is None or round_trip_ms < 1000
        assert one.way.sent_bytes > 100
        one.way.close(goodbye=True)
        await stream.ended.wait()
    info, video, audio, frame, heard = stream.items
    assert isinstance(info, StreamInfo)
    assert (video, audio) == (PICTURE, SOUND)
    assert (frame.dts_ms, heard.dts_ms) == (0, 7)  # type: ignore[union-attr]  as sent
    assert stream.ends == [("the broadcaster stopped the stream", True)]


async def test_a_cut_says_no_goodbye() -> None:
    gate = Gate()
    async with listening(gate) as listener, asyncio.TaskGroup() as tasks:
        one = Open(way_to(listener))
        tasks.create_task(one.run())
        await one.opened.wait()
        stream: Stream = await gate.streams.get()
        one.way.close(goodbye=False)
        await stream.ended.wait()
    assert not stream.ends[0][1]


async def test_a_wrong_key_is_a_refusal_in_the_servers_words() -> None:
    async with listening(Gate()) as listener:
        with pytest.raises(RefusedError, match="unknown stream key wrong"):
            await Open(way_to(listener, "wrong")).run()


async def test_a_server_that_is_not_there_is_named() -> None:
    async with listening(Gate()) as listener:
        way = way_to(listener)
    with pytest.raises(OSError, match=r"no connection to 127\.0\.0\.1:\d+: nobody listens there"):
        await Open(way).run()


async def test_a_name_that_is_not_known_is_named() -> None:
    way = RtmpWay(rtmp_address("rtmp://no.such.invalid/app", "k"), PICTURE, SOUND, None)
    with pytest.raises(OSError, match=r"no\.such\.invalid"):
        await Open(way).run()


async def test_a_certificate_of_somebody_else_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    ours, others = authority(tmp_path / "a"), authority(tmp_path / "b")
    async with listening(Gate(), ours) as listener:
        with pytest.raises(OSError, match="certificate is not valid"):
            await Open(way_to(listener, files=others)).run()


async def test_a_server_without_tls_is_told_from_one_with() -> None:
    async with listening(Gate()) as listener:
        address = rtmp_address(f"rtmps://localhost:{listener.port}/live", "k")
        with pytest.raises(OSError, match="TLS"):
            await Open(RtmpWay(address, PICTURE, SOUND, trust(""))).run()


@asynccontextmanager
async def hanging_up(answer: bytes) -> AsyncIterator[RtmpWay]:
    """A way to a server that answers whoever greets it and closes."""
    left = asyncio.Event()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readexactly(1537)
            writer.write(answer)
        finally:
            writer.close()
            left.set()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, asyncio.timeout(30):
        yield RtmpWay(rtmp_address(f"rtmp://127.0.0.1:{port}/app", "k"), PICTURE, SOUND, None)
        await left.wait()


async def test_a_server_that_hangs_up_early_makes_one_look_at_the_key() -> None:
    async with hanging_up(b"") as way:
        with pytest.raises(OSError, match="is the stream key right"):
            await Open(way).run()


async def test_what_is_no_rtmp_server_is_said_to_be_none() -> None:
    async with hanging_up(b"HTTP/1.1 400 Bad Request\r\n\r\n") as way:
        with pytest.raises(OSError, match="no RTMP server"):
            await Open(way).run()


async def test_a_way_that_was_closed_before_it_was_open_ends() -> None:
    async with listening(Gate()) as listener:
        way = way_to(listener)
        way.close(goodbye=True)
        await Open(way).run()
