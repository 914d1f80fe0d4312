import asyncio
import logging
import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from manycast.hls import vod
from manycast.runtime.recorder import FinishedSegment, Recorder, Recording, complete, complete_all
from manycast.settings.recording import RecordingSettings


def segment(number: int, init: bytes = b"init", size: int = 100) -> FinishedSegment:
    return FinishedSegment(
        init,
        [bytes([number % 256]) * size, b"x"],
        2000,
        1_700_000_000_000 + number * 2000,
        discontinuity=False,
    )


def crash(recording: Recording) -> None:
    """Let go of the files, as the end of a process does, and nothing else."""
    for file in (recording._playlist, recording._video):
        if file is not None:
            file.close()


def recorder(root: Path, settings: RecordingSettings) -> Recorder:
    names = count()
    return Recorder(root, settings, lambda: f"take-{next(names)}", 2, unseen)


async def unseen(folder: Path) -> None:
    """Nobody looks at the recordings of these tests."""


async def test_segments_are_in_the_file_the_playlist_says(tmp_path: Path) -> None:
    tape = recorder(tmp_path / "live", RecordingSettings(free_bytes_min=0))
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(tape.run())
        for number in range(3):
            tape.add(segment(number))
        tape.add(segment(3, init=b"other"))
        tape.finish()
    folder = tmp_path / "live" / "take-0"
    assert (folder / "video-0.mp4").read_bytes() == b"init" + b"".join(
        bytes([n]) * 100 + b"x" for n in range(3)
    )
    assert (folder / "video-1.mp4").read_bytes() == b"other" + b"\x03" * 100 + b"x"
    text = (folder / "index.m3u8").read_text()
    assert text.count("#EXTINF") == 4
    assert "#EXT-X-BYTERANGE:101@105" in text
    assert text.endswith("#EXT-X-ENDLIST\n")
    assert "PLAYLIST-TYPE:VOD" in text


def test_a_crash_costs_only_what_was_not_listed(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "live" / "take", 2)
    recording.add(segment(0))
    recording.add(segment(1))
    crash(recording)
    video, playlist = recording.folder / "video-0.mp4", recording.folder / "index.m3u8"
    video.write_bytes(video.read_bytes() + b"half a segm")
    playlist.write_text(playlist.read_text() + "#EXTINF:2.0")
    complete_all(tmp_path)
    assert video.stat().st_size == 4 + 2 * 101
    assert playlist.read_text().count("#EXTINF:2.000,") == 2
    assert playlist.read_text().endswith("#EXT-X-ENDLIST\n")


def test_an_empty_recording_leaves_no_folder(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "take", 2)
    crash(recording)
    assert not complete(recording.folder)
    assert not recording.folder.exists()


async def test_a_full_disk_ends_the_recording_and_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    more_than_there_is = shutil.disk_usage(tmp_path).free * 2
    tape = recorder(tmp_path / "live", RecordingSettings(free_bytes_min=more_than_there_is))
    with caplog.at_level(logging.WARNING):
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(tape.run())
            for number in range(5):
                tape.add(segment(number))
            tape.finish()
    assert [record.message for record in caplog.records if "GB left on the disk" in record.message]
    assert not list((tmp_path / "live").glob("*/*.mp4"))


async def test_a_slow_disk_leaves_segments_out_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tape = recorder(tmp_path / "live", RecordingSettings(free_bytes_min=0, queue_segments_max=2))
    for number in range(5):
        tape.add(segment(number))
    assert sum("disk is too slow" in record.message for record in caplog.records) == 3
    tape.finish()
    await tape.run()
    assert (tmp_path / "live" / "take-0" / "index.m3u8").read_text().count("#EXTINF") == 2


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """As a quota would: writing beyond fails, although the disk has room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("limit", [0, 50, 600])
def test_a_disk_that_refuses_costs_no_open_file_and_nothing_listed(
    tmp_path: Path, limit: int
) -> None:
    """At the playlist's head, at the first init, and in the middle of a segment."""
    before = open_files()
    recording: Recording | None = None
    with files_limited_to(limit), pytest.raises(OSError, match="too large"):  # noqa: PT012  any step may fail
        recording = Recording(tmp_path / "live" / "take", 2)
        for number in range(4):
            recording.add(segment(number, init=b"i" * 60, size=200))
    if recording is not None:
        recording.close()
    assert open_files() == before
    complete_all(tmp_path)
    for playlist in tmp_path.glob("*/*/index.m3u8"):
        listed = vod.listed_bytes(playlist.read_text())
        assert {name: (playlist.parent / name).stat().st_size for name in listed} == listed
        assert playlist.read_text().endswith("#EXT-X-ENDLIST\n")


def test_a_file_that_cannot_be_made_leaves_the_one_before_closed_once(tmp_path: Path) -> None:
    before = open_files()
    recording = Recording(tmp_path / "take", 2)
    recording.add(segment(0))
    (recording.folder / "video-1.mp4").mkdir()
    with pytest.raises(FileExistsError):
        recording.add(segment(1, init=b"other"))
    recording.close()
    assert open_files() == before
    assert (recording.folder / "index.m3u8").read_text().endswith("#EXT-X-ENDLIST\n")


def test_the_final_playlist_is_on_the_disk_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = Recording(tmp_path / "take", 2)
    recording.add(segment(0))
    done: list[str] = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (done.append("sync"), sync(fd)))
    monkeypatch.setattr(Path, "replace", lambda one, to: (done.append("replace"), replace(one, to)))
    recording.close()
    assert done == ["sync", "replace", "sync"]
