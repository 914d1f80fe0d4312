"""Keeps one ffmpeg encoding the ladder of a live stream, and starts it again when it fails."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from manycast.media import flv
from manycast.media.errors import MediaError
from manycast.media.ladder import LadderPlan
from manycast.model.media import VideoConfig, VideoFrame
from manycast.runtime import clock
from manycast.runtime.ffmpeg import command
from manycast.runtime.ffmpeg.backlog import Backlog
from manycast.runtime.ffmpeg.binary import Binary
from manycast.runtime.ffmpeg.child import READ_BYTES, Child, started


STALL_S = 4.0
"""A child that was given frames and gives none back for this long is stuck."""
START_S = 15.0
"""The same for a child that gave nothing yet: loading ffmpeg takes seconds on an overloaded machine,
and starting it over and over would keep the machine so."""
DRAIN_S = 2.0
"""What a child may take for its last frames once its input has ended."""
BACKOFF_S = 0.25
"""Before the first restart; doubles with each failure."""
BACKOFF_S_MAX = 30.0
"""A ladder that cannot run costs one attempt in this time."""
HEALTHY_S = 30.0
"""A child that lived this long did not fail for the reason the one before it did."""
REBASE_MS = 7 * 24 * 3600 * 1000
"""FLV counts 24 days of milliseconds; a child is replaced at a keyframe well before."""
NICE = 10
"""Encoding gives way to serving: a late part stalls every viewer, a late rung only those on it."""
CPU_SAMPLE_FRAMES = 30
"""Frames between two looks at what the child has used."""

OnMedia = Callable[[str, VideoConfig | VideoFrame], None]
OnNote = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TranscoderStatistics:
    """Since the stream began."""

    restarts: int
    """Children started after one failed."""
    dropped_frames: int
    """Frames no child took, because it was too slow or not there."""
    cpu_s: float
    """User and system CPU seconds of the children."""


class _LostError(Exception):
    """The child died or is stuck; the message says which."""


class Transcoder:
    """Frames in, the rungs' configs and frames out, on the same timeline.

    A config of other dimensions wants another plan, hence another transcoder.
    """

    def __init__(
        self,
        binary: Binary,
        plan: LadderPlan,
        source: VideoConfig,
        on_media: OnMedia,
        on_note: OnNote,
    ) -> None:
        assert plan.rungs, "a plan without rungs needs no transcoder"
        self._binary = binary
        self._plan = plan
        self._config = source
        self._on_media = on_media
        self._on_note = on_note
        self._backlog = Backlog()
        self._arrived = asyncio.Event()
        self._finished = False
        self._restarts = 0
        self._child: Child | None = None
        self._past_cpu_s = 0.0
        self._unanswered_since: float | None = None
        self._answered = False

    def feed(self, item: VideoConfig | VideoFrame) -> None:
        """Take the next item of the source; a config starts another child at the next keyframe."""
        self._backlog.push(item)
        self._arrived.set()

    def finish(self) -> None:
        """No more frames will come: ``run`` returns once the last ones are out."""
        self._finished = True
        self._arrived.set()

    def statistics(self) -> TranscoderStatistics:
        running = 0.0 if self._child is None else self._child.cpu_s()
        return TranscoderStatistics(
            self._restarts, self._backlog.dropped, self._past_cpu_s + running
        )

    async def run(self) -> None:
        """Encode until finished or cancelled."""
        failures = 0
        first = await self._keyframe()
        while first is not None:
            began = clock.monotonic()
            try:
                following = await self._encode(first)
            except _LostError as error:
                failures = 0 if clock.monotonic() - began > HEALTHY_S else failures
                pause = min(BACKOFF_S_MAX, BACKOFF_S * 2**failures)
                failures += 1
                self._on_note(f"ladder: {error}; encoding goes on in {pause:g} s")
                await self._pause(pause)
                following = None
            first = following or await self._keyframe()

    async def _pause(self, seconds: float) -> None:
        self._restarts += 1
        await asyncio.sleep(seconds)
        self._backlog.restart()

    async def _keyframe(self) -> VideoFrame | None:
        """The frame a child can begin with; None when finished."""
        while True:
            item = await self._next()
            if not isinstance(item, VideoConfig):
                return item
            self._config = item

    async def _next(self) -> VideoConfig | VideoFrame | None:
        while (item := self._backlog.pop()) is None:
            if self._finished:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        return item

    async def _encode(self, first: VideoFrame) -> VideoFrame | None:
        """Run one child; returns the keyframe that the next one begins with, if it was met already."""
        lost: _LostError | None = None
        following: VideoFrame | None = None
        self._unanswered_since = None
        self._answered = False
        try:
            async with started(self._argv, len(self._plan.rungs), nice=NICE) as child:
                self._adopt(child)
                try:
                    following = await self._attend(child, first)
                except* _LostError as group:
                    lost = _only(group)
        except OSError as error:
            raise _LostError(f"{self._binary.path} does not start: {error}") from error
        if lost is not None:
            raise _LostError(f"{lost} ({child.words() or 'it said nothing'})")
        return following

    def _adopt(self, child: Child) -> None:
        if self._child is not None:
            self._past_cpu_s += self._child.cpu_s()
        self._child = child

    def _argv(self, outputs: Sequence[int]) -> list[str]:
        return command.transcode(self._binary.path, self._plan, outputs)

    async def _attend(self, child: Child, first: VideoFrame) -> VideoFrame | None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(child.listen())]
            for rung, output in zip(self._plan.rungs, child.outputs, strict=True):
                reading = self._read(child, rung.name, output, first)
                tasks.append(group.create_task(reading))
            following = await self._pump(child, first)
            child.end_input()
            _, late = await asyncio.wait(tasks, timeout=DRAIN_S)
            if late:
                raise _LostError(f"ffmpeg did not end within {DRAIN_S:g} s of its input")
        return following

    async def _pump(self, child: Child, first: VideoFrame) -> VideoFrame | None:
        """Feed the child until its input ends; returns the keyframe beyond, if it was met."""
        codec = self._config.codec
        await self._give(child, flv.header(audio=False) + flv.tag(self._config, 0))
        frame: VideoFrame | VideoConfig | None = first
        fed = 0
        while isinstance(frame, VideoFrame):
            if 0 <= frame.dts_ms - first.dts_ms <= REBASE_MS:
                await self._give(child, flv.tag(frame, frame.dts_ms - first.dts_ms, codec))
            elif frame.key:
                return frame
            fed += 1
            if fed % CPU_SAMPLE_FRAMES == 0:
                child.cpu_s()
            frame = await self._next()
        self._config = frame or self._config
        return None

    async def _give(self, child: Child, data: bytes) -> None:
        now = clock.monotonic()
        since = self._unanswered_since = self._unanswered_since or now
        patience_s = STALL_S if self._answered else START_S
        if now - since > patience_s:
            raise _LostError(f"ffmpeg gave nothing back for {patience_s:g} s")
        try:
            async with asyncio.timeout(patience_s):
                await child.write(data)
        except TimeoutError as error:
            raise _LostError(f"ffmpeg took nothing for {patience_s:g} s") from error
        except ConnectionError as error:
            raise _LostError("ffmpeg closed its input") from error

    async def _read(
        self, child: Child, name: str, output: asyncio.StreamReader, first: VideoFrame
    ) -> None:
        demuxer = flv.Demuxer()
        while data := await output.read(READ_BYTES):
            self._unanswered_since = None
            self._answered = True
            try:
                items = demuxer.feed(data)
            except MediaError as error:
                raise _LostError(f"ffmpeg's output for {name} is broken: {error}") from error
            for item in items:
                if isinstance(item, VideoFrame):
                    self._on_media(name, _like(first, item))
                elif isinstance(item, VideoConfig):
                    self._on_media(name, item)
        if not child.input_ended:
            raise _LostError("ffmpeg ended by itself")


def _like(first: VideoFrame, item: VideoFrame) -> VideoFrame:
    """Decoded and shown when the source's frame is: the encoder counts from what is shown first."""
    shown_ms = item.dts_ms - first.cts_ms
    return replace(item, dts_ms=first.dts_ms + shown_ms, cts_ms=item.cts_ms + first.cts_ms)


def _only(group: ExceptionGroup[_LostError]) -> _LostError:
    """The first of them: one death is seen at several pipes."""
    error = group.exceptions[0]
    assert isinstance(error, _LostError)
    return error
