from io import BytesIO
from pathlib import Path

import pytest

from manycast.media import barcode
from manycast.runtime import clock
from manycast.runtime.ffmpeg.binary import Binary, capture, locate
from manycast.runtime.ffmpeg.demo import Broadcast, _words, broadcast, command


WIDTH, HEIGHT = 320, 180


def open_files() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


async def luma_planes(path: str, video: Path) -> list[bytes]:
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-fps_mode", "passthrough", "pipe:1"]
    pixels, _ = await capture([path, "-v", "error", "-i", str(video), *raw], 20)
    size = WIDTH * HEIGHT
    return [pixels[at : at + size] for at in range(0, len(pixels), size)]


async def test_the_encoded_frames_carry_the_time_they_were_made(
    each_binary: Binary, tmp_path: Path
) -> None:
    binary = each_binary
    video = tmp_path / "demo.flv"
    before = clock.wall_ms()
    notes: list[str] = []
    show = Broadcast(str(video), WIDTH, HEIGHT, seconds=1.0)
    broadcast(binary.path, show, notes.append)
    planes = await luma_planes(binary.path, video)
    times = [barcode.read(plane, WIDTH, HEIGHT) for plane in planes]
    assert len(times) == 30
    known = [time for time in times if time is not None]
    assert known == sorted(known)
    assert len(known) == 30
    assert before <= known[0] <= known[-1] <= clock.wall_ms()
    assert notes == []


async def test_a_server_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    binary = await locate(None)
    video = tmp_path / "absent" / "demo.flv"
    notes: list[str] = []

    def appear(note: str) -> None:
        notes.append(note)
        video.parent.mkdir(exist_ok=True)

    files = open_files()
    broadcast(binary.path, Broadcast(str(video), WIDTH, HEIGHT, seconds=0.5), appear)
    assert video.stat().st_size > 0
    assert "the next attempt in" in notes[0]
    assert open_files() == files


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("rtmp://h/live/secret: Connection refused\n", "rtmp://h/live/…: Connection refused"),
        ("Error opening output rtmp://h/live/secret.\nInput/output error", "Input/output error"),
        ("", "ffmpeg said nothing"),
    ],
)
def test_the_reason_of_a_lost_connection_is_said_without_the_key(said: str, words: str) -> None:
    assert _words(BytesIO(said.encode()), "rtmp://h/live/secret") == words


def test_keyframes_come_at_even_distances() -> None:
    argv = command("ffmpeg", Broadcast("rtmp://127.0.0.1/live/key", keyframe_s=1.0), 5)
    assert argv[argv.index("-g") + 1] == argv[argv.index("-keyint_min") + 1] == "30"
