"""Writes a stream's segments to disk as they are made: fragmented MP4 files and a playlist."""

import asyncio
import logging
import os
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from manycast.hls import vod
from manycast.hls.vod import RecordedSegment
from manycast.settings.recording import RecordingSettings


log = logging.getLogger("manycast.recording")

PLAYLIST = "index.m3u8"


@dataclass(frozen=True, slots=True)
class FinishedSegment:
    """A complete segment as the packager made it."""

    init: bytes
    chunks: Sequence[bytes]
    duration_ms: int
    program_date_ms: int
    discontinuity: bool


class Recording:
    """One folder: ``video-N.mp4`` for each init segment in turn, and the playlist over them.

    Bytes reach the disk before the line that lists them, so a crash costs at most the segment being written.
    All methods block; OSError when the disk fails: then only ``close`` may follow.
    """

    def __init__(self, folder: Path, target_duration_s: int) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self._init = b""
        self._segments = 0
        self._video: BinaryIO | None = None
        self.files: list[str] = []
        self.size_bytes = 0
        self.duration_ms = 0
        self._playlist = _create(folder / PLAYLIST)
        try:
            _write(self._playlist, [vod.head(target_duration_s, ended=False).encode()])
            _sync(folder.parent)
        except OSError:
            self._playlist.close()
            raise

    def add(self, segment: FinishedSegment) -> None:
        first_in_file = segment.init != self._init
        if first_in_file:
            self._next_file(segment.init)
        assert self._video is not None
        offset = self._video.tell()
        size = _write(self._video, segment.chunks)
        recorded = RecordedSegment(
            self.files[-1],
            len(self._init),
            offset,
            size,
            segment.duration_ms,
            segment.program_date_ms,
            segment.discontinuity or first_in_file,
        )
        text = vod.entry(recorded, first_in_file=first_in_file, first=self._segments == 0)
        _write(self._playlist, [text.encode()])
        self._segments += 1
        self.size_bytes += size
        self.duration_ms += segment.duration_ms

    def close(self) -> None:
        """Turn the playlist into its final form; an empty recording leaves no folder behind."""
        self._playlist.close()
        if self._video is not None:
            self._video.close()
        complete(self.folder)

    def _next_file(self, init: bytes) -> None:
        if self._video is not None:
            self._video.close()
        name = f"video-{len(self.files)}.mp4"
        self._video = _create(self.folder / name)
        self.files.append(name)
        self.size_bytes += _write(self._video, [init])
        self._init = init


def complete(folder: Path) -> bool:
    """Finish a recording that was interrupted anywhere; True when something playable is there."""
    playlist = folder / PLAYLIST
    text = playlist.read_text(errors="replace") if playlist.exists() else ""
    final = vod.completed(text)
    if final is None:
        shutil.rmtree(folder)
        return False
    if final != text:
        for name, end in vod.listed_bytes(final).items():
            os.truncate(folder / name, end)
        fresh = folder / f"{PLAYLIST}.part"
        with fresh.open(
            "wb", buffering=0
        ) as file:  # on the disk before it takes the old one's place
            _write(file, [final.encode()])
        fresh.replace(playlist)
        _sync(folder)
    return True


def complete_all(root: Path) -> None:
    """Finish every interrupted recording below ``root`` (``STREAM/START/``)."""
    for playlist in sorted(root.glob(f"*/*/{PLAYLIST}")):
        try:
            complete(playlist.parent)
        except OSError as error:
            log.warning("recording %s cannot be completed: %s", playlist.parent, error)


class Recorder:
    """Takes segments from the event loop and writes them in a thread, in order, through a bounded queue.

    Trouble with the disk ends the recording, never the stream; a fresh one begins after ``retry_s``.
    """

    def __init__(
        self,
        root: Path,
        settings: RecordingSettings,
        name: Callable[[], str],
        target_duration_s: int,
        look: Callable[[Path], Awaitable[None]],
    ) -> None:
        """``look`` is told of a folder whose recording has begun, and when it has ended."""
        self._root = root
        self._settings = settings
        self._name = name
        self._target_duration_s = target_duration_s
        self._queue: asyncio.Queue[FinishedSegment | None] = asyncio.Queue()
        self._retry_at = 0.0
        self._gap = False
        self._look = look
        self.open: Recording | None = None
        """What is being written."""
        self.trouble = ""
        """Why nothing is, though it should be."""

    def add(self, segment: FinishedSegment) -> None:
        if self._queue.qsize() >= self._settings.queue_segments_max:
            self._gap = True
            log.warning(
                "recording of %s: the disk is too slow, a segment is left out", self._root.name
            )
            return
        self._queue.put_nowait(replace(segment, discontinuity=segment.discontinuity or self._gap))
        self._gap = False

    def finish(self) -> None:
        self._queue.put_nowait(None)

    async def run(self) -> None:
        """Write until ``finish`` is called and everything queued is on disk."""
        loop = asyncio.get_running_loop()
        recording: Recording | None = None
        while (segment := await self._queue.get()) is not None:
            if recording is None and loop.time() < self._retry_at:
                continue
            try:
                begun = recording is None
                recording = await asyncio.to_thread(self._write, recording, segment)
                self.trouble = ""
                if begun:
                    await self._look(recording.folder)
            except OSError as error:
                self.trouble = str(error)
                log.warning(
                    "recording of %s stopped: %s; it begins anew in %.0f s",
                    self._root.name,
                    error,
                    self._settings.retry_s,
                )
                self._retry_at = loop.time() + self._settings.retry_s
                await self._close(self.open)
                recording = None
        await self._close(recording)

    def _write(self, recording: Recording | None, segment: FinishedSegment) -> Recording:
        self._root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._root).free
        if free < self._settings.free_bytes_min:
            raise OSError(
                f"only {free / 1e9:.2f} GB left on the disk, {self._settings.free_bytes_min / 1e9:.2f} GB are kept free"
            )
        if recording is None:
            recording = self.open = Recording(self._root / self._name(), self._target_duration_s)
            log.info("recording to %s", recording.folder)
        recording.add(segment)
        return recording

    async def _close(self, recording: Recording | None) -> None:
        self.open = None
        if recording is None:
            return
        try:
            await asyncio.to_thread(recording.close)
        except OSError as error:
            log.warning("recording %s cannot be completed now: %s", recording.folder, error)
        await self._look(recording.folder)


def _create(path: Path) -> BinaryIO:
    """A file that is not there yet, unbuffered; its name survives a loss of power."""
    file = path.open("xb", buffering=0)
    try:
        _sync(path.parent)
    except OSError:
        file.close()
        raise
    return file


def _write(file: BinaryIO, chunks: Sequence[bytes]) -> int:
    """Write all, wait until it is on the disk; the number of bytes."""
    size = sum(len(chunk) for chunk in chunks)
    with os.fdopen(os.dup(file.fileno()), "wb") as buffered:  # what it could not write goes with it
        buffered.writelines(chunks)
        buffered.flush()
        os.fsync(buffered.fileno())
    return size


def _sync(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
