"""A way out that an ffmpeg goes: FLV on its standard input, whatever the place speaks on the other side."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from manycast.destination.sender import Timed
from manycast.media import amf0, flv
from manycast.media.silence import silent_frame
from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame
from manycast.runtime.destination.way import ROOM_BYTES
from manycast.runtime.ffmpeg.binary import FfmpegError, locate
from manycast.runtime.ffmpeg.child import Child, started


GOODBYE_S: Final = 2.0
"""For ffmpeg's last packets and its farewell; then it is killed."""
OPENED: Final = b"Output #0"
"""What ffmpeg says once the other side has let it in."""
FAILED: Final = b"Task finished with error code"
"""Its output is over; it would notice with the next media."""
TAIL_BYTES: Final = 2000
PRIMER: Final = VideoFrame(0, 0, key=False, data=b"\0\0\0\x42\x0c" + b"\xff" * 64 + b"\x80")
"""Filler (H.264 NAL type 12). ffmpeg opens its output only once it has read some media: this is enough for it, and since
it copies nothing that precedes a keyframe, nobody else sees it."""
SCRIPT_TAG: Final = 18
LEAD_MS: Final = 200
"""Where media begins: after the primer."""
SILENCE_AT_MS: Final = (0, 21, 43, 64)
"""Sound that is encoded wants its primer too: an encoder tells its settings with its first frame."""
INPUT: Final = (
    *("-hide_banner", "-nostdin", "-nostats", "-loglevel", "info"),
    *("-probesize", "32", "-analyzeduration", "0", "-flv_metadata", "1"),
    *("-f", "flv", "-i", "pipe:0"),
)

Verdict = Callable[[str], Exception]
"""What ffmpeg's last words mean: RefusedError or OSError."""


def last_line(words: str) -> str:
    """The cause: what follows it only says that there is one."""
    lines = [line for line in words.strip().splitlines() if not line.startswith("Error opening")]
    return lines[-1].rpartition("] ")[2] if lines else ""


class Piped:
    """Follows ``runtime.destination.way``."""

    round_trip_ms: float | None = None

    def __init__(
        self,
        ffmpeg: str | None,
        output: Sequence[str],
        configs: tuple[VideoConfig, AudioConfig],
        verdict: Verdict,
        *,
        silence: bool = False,
    ) -> None:
        self._ffmpeg = ffmpeg
        self._output = output
        self._video, self._audio = configs
        self._verdict = verdict
        self._silence = silence
        self._child: Child | None = None
        self._written_bytes = 0
        self._tail = b""
        self._closing = False
        self._full = asyncio.Event()

    @property
    def waiting_bytes(self) -> int:
        return 0 if self._child is None else self._child.waiting_bytes

    @property
    def sent_bytes(self) -> int:
        return self._written_bytes - self.waiting_bytes

    async def run(self, opened: Callable[[], None], room: Callable[[], None]) -> None:
        try:
            binary = await locate(self._ffmpeg)
        except FfmpegError as error:
            raise OSError(str(error)) from error
        async with started(lambda _: [binary.path, *INPUT, *self._output], 0) as child:
            child.keep_little(ROOM_BYTES)
            self._child = child
            child.write_soon(flv.header() + b"".join(self._primer()))
            async with asyncio.TaskGroup() as group:
                making_room = group.create_task(self._make_room(child, room))
                await child.listen(lambda words: self._heard(words, opened))
                making_room.cancel()
        self._child = None
        if not self._closing:
            raise self._verdict(self._tail.decode(errors="replace"))

    def send(self, batch: Sequence[Timed]) -> None:
        if self._child is None:
            return
        for item, time_ms in batch:
            if item not in (self._video, self._audio):
                self._write(self._tag(item, time_ms + LEAD_MS))
        if self.waiting_bytes > ROOM_BYTES:
            self._full.set()

    def close(self, *, goodbye: bool) -> None:
        self._closing = True
        if self._child is None:
            return
        if not goodbye:
            self._child.kill()
        elif not self._child.input_ended:
            self._child.end_input()
            asyncio.get_running_loop().call_later(GOODBYE_S, self._child.kill)

    def _primer(self) -> Iterator[bytes]:
        yield self._tag(self._video, 0)
        yield _size_tag(self._video)
        for item in (self._audio, PRIMER):
            yield self._tag(item, 0)
        for at_ms in SILENCE_AT_MS if self._silence else ():
            yield self._tag(AudioFrame(at_ms, silent_frame(self._audio)), at_ms)

    def _tag(self, item: VideoConfig | AudioConfig | VideoFrame | AudioFrame, at_ms: int) -> bytes:
        if isinstance(item, VideoConfig):
            self._video = item
        elif isinstance(item, AudioConfig):
            self._audio = item
        codec = self._video.codec if isinstance(item, VideoFrame) else self._audio.codec
        return flv.tag(item, at_ms, codec)

    def _write(self, data: bytes) -> None:
        assert self._child is not None
        self._child.write_soon(data)
        self._written_bytes += len(data)

    async def _make_room(self, child: Child, room: Callable[[], None]) -> None:
        while True:
            await self._full.wait()
            self._full.clear()
            with suppress(ConnectionError):  # its last words tell more
                await child.room()
                room()

    def _heard(self, words: bytes, opened: Callable[[], None]) -> None:
        before = OPENED in self._tail
        self._tail = (self._tail + words)[-TAIL_BYTES:]
        if FAILED in self._tail and self._child is not None:
            self._child.kill()
        if before or OPENED not in self._tail:
            return
        self._tail = OPENED
        opened()


def _size_tag(video: VideoConfig) -> bytes:
    """onMetaData: some outputs want to know the size before they have seen a picture."""
    size: dict[str, amf0.Value] = {"width": float(video.width), "height": float(video.height)}
    body = amf0.encode("onMetaData", amf0.EcmaArray(size))
    head = bytes((SCRIPT_TAG,)) + len(body).to_bytes(3, "big") + bytes(7)
    return head + body + (len(head) + len(body)).to_bytes(4, "big")
