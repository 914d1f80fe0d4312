"""Sound that a place does not understand, made into AAC by an ffmpeg of its own."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from manycast.media import flv
from manycast.media.errors import MediaError
from manycast.model.media import AudioConfig, AudioFrame
from manycast.runtime.ffmpeg.binary import Binary
from manycast.runtime.ffmpeg.child import READ_BYTES, Child, started
from manycast.runtime.ffmpeg.command import QUIET


WAITING_MAX = 250
"""Frames that wait for ffmpeg, five seconds: what is older than that is nobody's any more."""
LEAD_MS = 1000
"""Where the child's clock starts: an encoder's first frame is before the first sound, and FLV has no time below 0."""
BACKOFF_S, BACKOFF_S_MAX = 0.25, 10.0
"""Before the next ffmpeg; doubles while none of them gives anything back."""
REBASE_MS = 7 * 24 * 3600 * 1000
"""FLV counts 24 days of milliseconds; a child is replaced well before."""


class Sound:
    """Frames of any codec in, AAC out, on the same timeline, for as long as ``run`` is not cancelled."""

    def __init__(
        self,
        binary: Binary,
        bps: int,
        on_media: Callable[[AudioConfig | AudioFrame], None],
        on_note: Callable[[str], None],
    ) -> None:
        self._binary = binary
        self._bps = bps
        self._on_media = on_media
        self._on_note = on_note
        self._config: AudioConfig | None = None
        self._frames: deque[AudioFrame] = deque(maxlen=WAITING_MAX)
        self._arrived = asyncio.Event()
        self._gave = False
        self._told: AudioConfig | None = None

    def feed(self, item: AudioConfig | AudioFrame) -> None:
        """A config other than the last one begins another child."""
        if isinstance(item, AudioConfig):
            if item != self._config:
                self._frames.clear()
            self._config = item
        else:
            self._frames.append(item)
        self._arrived.set()

    async def run(self) -> None:
        failures = 0
        while True:
            first = await self._next()
            assert self._config is not None, "frames follow their config"
            self._gave = False
            said = await self._convert(self._config, first)
            failures = 0 if self._gave else failures + 1
            if said:
                self._on_note(f"sound: {said}")
                await asyncio.sleep(min(BACKOFF_S_MAX, BACKOFF_S * 2**failures))

    async def _next(self) -> AudioFrame:
        while not self._frames:
            self._arrived.clear()
            await self._arrived.wait()
        return self._frames.popleft()

    async def _convert(self, config: AudioConfig, first: AudioFrame) -> str:
        """Run one child; returns what went wrong, empty when only another one is wanted."""
        try:
            async with started(self._argv, 1) as child, asyncio.TaskGroup() as group:
                listening = group.create_task(child.listen())
                reading = group.create_task(self._read(child, first.dts_ms - LEAD_MS))
                said = await self._pump(child, config, first, reading)
                reading.cancel()
                listening.cancel()
        except OSError as error:
            return f"{self._binary.path} does not start: {error}"
        return f"{said} ({child.words() or 'it said nothing'})" if said else ""

    async def _pump(
        self, child: Child, config: AudioConfig, first: AudioFrame, reading: asyncio.Task[str]
    ) -> str:
        base_ms = first.dts_ms - LEAD_MS
        frame = first
        try:
            await child.write(flv.header(video=False) + flv.tag(config, 0))
            while config == self._config and 0 <= frame.dts_ms - base_ms <= REBASE_MS:
                if reading.done():
                    return reading.result()
                await child.write(flv.tag(frame, frame.dts_ms - base_ms, config.codec))
                frame = await self._next()
        except ConnectionError:
            return "ffmpeg closed its input"
        return ""

    async def _read(self, child: Child, base_ms: int) -> str:
        demuxer = flv.Demuxer()
        while data := await child.outputs[0].read(READ_BYTES):
            try:
                items = demuxer.feed(data)
            except MediaError as error:
                return f"ffmpeg's output is broken: {error}"
            for item in items:
                if isinstance(item, AudioFrame):
                    self._gave = True
                    self._on_media(replace(item, dts_ms=item.dts_ms + base_ms))
                elif isinstance(item, AudioConfig) and item != self._told:
                    self._told = item
                    self._on_media(item)
        return "ffmpeg ended by itself"

    def _argv(self, outputs: Sequence[int]) -> list[str]:
        return [
            *(self._binary.path, *QUIET, "-probesize", "32", "-analyzeduration", "0"),
            *("-copyts", "-f", "flv", "-i", "pipe:0"),
            # Sound stays with its picture over a gap: what is missing is filled with silence.
            *("-af", "aresample=async=1", "-c:a", "aac", "-b:a", str(self._bps)),
            *("-flvflags", "no_duration_filesize", "-flush_packets", "1"),
            *("-f", "flv", f"pipe:{outputs[0]}"),
        ]
