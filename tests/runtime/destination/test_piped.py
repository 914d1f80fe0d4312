import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from tests.runtime.destination.clips import AAC, PATIENCE_S, clip, of
from tests.runtime.destination.pipes import configs, running, timed

from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame
from manycast.runtime.destination.piped import Piped, last_line
from manycast.runtime.destination.way import ROOM_BYTES
from manycast.runtime.ffmpeg.binary import Binary, capture


def verdict(words: str) -> Exception:
    return OSError(last_line(words) or "it said nothing")


async def test_what_is_sent_arrives_whole_and_the_primer_does_not(
    binary: Binary, tmp_path: Path
) -> None:
    items = await clip(binary, *AAC)
    path = tmp_path / "out.ts"
    way = Piped(binary.path, ("-c", "copy", "-f", "mpegts", str(path)), configs(items), verdict)
    async with running(way) as made:
        await made.open()
        way.send(timed(items))
        way.close(goodbye=True)
        await made.over.wait()
    assert made.error is None
    words = ("-v", "error", "-i", str(path), "-map", "0", "-c", "copy", "-f", "framecrc", "-")
    said, _ = await capture([binary.path, *words], PATIENCE_S)
    tracks = [line.partition(b",")[0] for line in said.splitlines() if line[:1].isdigit()]
    assert tracks.count(b"0") == len(of(VideoFrame, items))
    assert tracks.count(b"1") == len(of(AudioFrame, items))
    assert way.sent_bytes > sum(len(item.data) for item in of(VideoFrame, items))


async def test_a_place_that_takes_nothing_lets_bytes_wait_and_tells_when_there_is_room(
    binary: Binary,
) -> None:
    items = await clip(binary, *AAC)
    taken, gone = asyncio.Event(), asyncio.Event()

    async def reads_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await taken.wait()
        with suppress(ConnectionError):
            while await reader.read(1 << 16):
                pass
        writer.close()
        gone.set()

    async with await asyncio.start_server(reads_late, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        output = ("-c", "copy", "-f", "mpegts", f"tcp://127.0.0.1:{port}?send_buffer_size=4096")
        way = Piped(binary.path, output, configs(items), verdict)
        async with running(way) as made:
            await made.open()
            batch = timed(items)
            while way.waiting_bytes <= 4_000_000:
                way.send(batch)
            made.room.clear()
            taken.set()
            await made.room.wait()
            assert way.waiting_bytes <= ROOM_BYTES
            way.close(goodbye=False)
            await made.over.wait()
        assert made.error is None
        await gone.wait()


async def test_its_last_words_say_why_there_is_no_way(binary: Binary) -> None:
    items = await clip(binary, *AAC)
    output = ("-c", "copy", "-f", "mpegts", "tcp://127.0.0.1:1")
    way = Piped(binary.path, output, configs(items), verdict)
    async with running(way) as made:
        await made.over.wait()
    assert not made.opened.is_set()
    assert "refused" in str(made.error)


async def test_an_ffmpeg_that_is_missing_is_named() -> None:
    video = VideoConfig("avc1", b"", 16, 16, "avc1")  # type: ignore[arg-type]  # never sent
    audio = AudioConfig("mp4a", b"", 48000, 2, "mp4a")  # type: ignore[arg-type]  # never sent
    way = Piped("/nowhere/ffmpeg", (), (video, audio), verdict)
    with pytest.raises(OSError, match="/nowhere/ffmpeg"):
        await way.run(lambda: None, lambda: None)
