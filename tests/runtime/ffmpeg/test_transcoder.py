import asyncio
import os
import signal
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import uvloop

from manycast.media import flv
from manycast.media.ladder import LadderPlan, Rung
from manycast.model.media import Media, VideoConfig, VideoFrame
from manycast.runtime import clock
from manycast.runtime.ffmpeg import backlog, transcoder
from manycast.runtime.ffmpeg.binary import Binary, capture, locate
from manycast.runtime.ffmpeg.transcoder import Transcoder


Record = Callable[..., Awaitable[list[Media]]]

PATIENCE_S = 40.0
"""For a real process on a busy machine."""
EPOCH_MS = 1_763_690_000_000
"""Far beyond what an FLV timestamp can hold."""
GOP = 15
LIVE = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", str(GOP))
PLAN = LadderPlan(
    rungs=(
        Rung("360p", 160, 90, 100_000, 15.0, 2),
        Rung("480p", 240, 136, 200_000, 30.0, 1),
    ),
    left_out=(),
    encoder="libx264",
    preset="ultrafast",
    cores=0.1,
    passthrough=True,
    keyframe_ms=None,
)


class Origin:
    """Keeps what comes out and wakes those who wait for it."""

    def __init__(self) -> None:
        self.items: dict[str, list[VideoConfig | VideoFrame]] = {}
        self.notes: list[str] = []
        self._changed = asyncio.Event()

    def media(self, name: str, item: VideoConfig | VideoFrame) -> None:
        self.items.setdefault(name, []).append(item)
        self._changed.set()

    def note(self, text: str) -> None:
        self.notes.append(text)
        self._changed.set()

    def frames(self, name: str) -> list[VideoFrame]:
        return [item for item in self.items.get(name, []) if isinstance(item, VideoFrame)]

    async def until(self, ready: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not ready():
                self._changed.clear()
                await self._changed.wait()

    async def has(self, dts_ms: int) -> None:
        """Until the full-rate rung has reached a time."""
        await self.until(lambda: self.latest() >= dts_ms)

    def latest(self) -> int:
        frames = self.frames("480p")
        return frames[-1].dts_ms if frames else -1


class Source:
    """A clip that repeats for ever on the media timeline."""

    def __init__(self, media: list[Media]) -> None:
        self.config = next(item for item in media if isinstance(item, VideoConfig))
        clip = [item for item in media if isinstance(item, VideoFrame)]
        self._frames = self._endless(clip)
        self.sent: list[VideoFrame] = []

    @staticmethod
    def _endless(clip: list[VideoFrame]) -> Iterator[VideoFrame]:
        turn_ms = round(len(clip) * 1000 / 30)
        base_ms = EPOCH_MS
        while True:
            yield from (replace(frame, dts_ms=frame.dts_ms + base_ms) for frame in clip)
            base_ms += turn_ms

    def gop(self, into: Transcoder) -> int:
        """Feed up to the next keyframe; returns the time of the last frame."""
        for _ in range(GOP):
            self.sent.append(next(self._frames))
            into.feed(self.sent[-1])
        return self.sent[-1].dts_ms


@asynccontextmanager
async def running(work: Transcoder) -> AsyncIterator[None]:
    """Cancelled on leaving, as at the end of a stream."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work.run())
        yield
        task.cancel()


async def encode(binary: Binary, plan: LadderPlan, media: list[Media]) -> Origin:
    """Everything at once, to the end."""
    origin, source = Origin(), Source(media)
    work = Transcoder(binary, plan, source.config, origin.media, origin.note)
    for item in media:
        if isinstance(item, VideoFrame):
            work.feed(replace(item, dts_ms=item.dts_ms + EPOCH_MS))
    work.finish()
    async with asyncio.timeout(PATIENCE_S):
        await work.run()
    assert work.statistics().dropped_frames == 0
    return origin


def child_of(work: Transcoder) -> int:
    assert work._child is not None
    return work._child.pid


def appear(missing: Binary, binary: Binary) -> None:
    Path(missing.path).symlink_to(binary.path)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def clip(record: Record) -> list[Media]:
    return await record(*LIVE)


async def test_every_frame_comes_back_at_its_own_time(each_binary: Binary, record: Record) -> None:
    media = await clip(record)
    origin = await encode(each_binary, PLAN, media)
    source = [item for item in media if isinstance(item, VideoFrame)]
    times = [frame.dts_ms + EPOCH_MS for frame in source]
    keys = [frame.dts_ms + EPOCH_MS for frame in source if frame.key]
    large, small = origin.frames("480p"), origin.frames("360p")
    assert [frame.dts_ms for frame in large] == times
    assert len(times) / 2 <= len(small) <= len(times) / 2 + len(keys)
    for frames in (large, small):
        assert set(keys) <= {frame.dts_ms for frame in frames if frame.key}
    assert origin.notes == []


async def test_uneven_frame_times_are_kept_to_the_millisecond(
    each_binary: Binary, record: Record
) -> None:
    media = await clip(record)
    shifted = [
        replace(item, dts_ms=item.dts_ms + (7 * item.dts_ms) % 13)
        if isinstance(item, VideoFrame)
        else item
        for item in media
    ]
    origin = await encode(each_binary, PLAN, shifted)
    assert [frame.dts_ms - EPOCH_MS for frame in origin.frames("480p")] == [
        item.dts_ms for item in shifted if isinstance(item, VideoFrame)
    ]


async def test_each_rung_tells_its_own_config_first(binary: Binary, record: Record) -> None:
    origin = await encode(binary, PLAN, await clip(record))
    for rung in PLAN.rungs:
        config = origin.items[rung.name][0]
        assert isinstance(config, VideoConfig)
        assert (config.width, config.height) == (rung.width, rung.height)


async def test_reordered_frames_come_back_at_their_presentation_times(
    binary: Binary, record
) -> None:
    media = await record("-c:v", "libx264", "-preset", "veryfast", "-g", "15", "-bf", "2")
    origin = await encode(binary, PLAN, media)
    source = [item for item in media if isinstance(item, VideoFrame)]
    assert [frame.dts_ms + frame.cts_ms for frame in origin.frames("480p")] == sorted(
        frame.dts_ms + frame.cts_ms + EPOCH_MS for frame in source
    )


@pytest.mark.parametrize(
    "words",
    [
        ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:bframes=0"),
        ("libsvtav1", "-preset", "12", "-svtav1-params", "pred-struct=1"),
    ],
)
async def test_hevc_and_av1_become_avc(
    binary: Binary, record: Record, words: tuple[str, ...]
) -> None:
    media = await record("-c:v", *words, "-g", "15")
    origin = await encode(binary, PLAN, media)
    config = origin.items["480p"][0]
    assert isinstance(config, VideoConfig)
    assert config.codecs.startswith("avc1.")
    assert len(origin.frames("480p")) == sum(isinstance(item, VideoFrame) for item in media)


async def test_rare_keyframes_are_replaced_by_regular_ones(
    each_binary: Binary, record: Record
) -> None:
    media = await record(*LIVE[:-1], "300")
    plan = replace(PLAN, keyframe_ms=500, passthrough=False)
    plan = replace(plan, rungs=tuple(replace(rung, keep_every=1) for rung in plan.rungs))
    origin = await encode(each_binary, plan, media)
    for rung in plan.rungs:
        keys = {frame.dts_ms - EPOCH_MS for frame in origin.frames(rung.name) if frame.key}
        assert {0, 500, 1000} <= keys


async def test_a_killed_child_is_replaced_at_a_keyframe(binary: Binary, record: Record) -> None:
    source, origin = Source(await clip(record)), Origin()
    work = Transcoder(binary, PLAN, source.config, origin.media, origin.note)
    async with running(work):
        await origin.has(source.gop(work))
        os.kill(child_of(work), signal.SIGKILL)
        await origin.until(lambda: bool(origin.notes))
        resumed = len(origin.frames("480p"))
        await origin.has(source.gop(work))
    assert origin.frames("480p")[resumed].key
    assert work.statistics().restarts == 1
    assert "ended by itself" in origin.notes[0] or "closed its input" in origin.notes[0]


async def test_a_stopped_child_costs_frames_until_the_next_keyframe(
    binary: Binary, record: Record
) -> None:
    source, origin = Source(await clip(record)), Origin()
    work = Transcoder(binary, PLAN, source.config, origin.media, origin.note)
    async with running(work):
        await origin.has(source.gop(work))
        os.kill(child_of(work), signal.SIGSTOP)
        while work.statistics().dropped_frames == 0:
            source.gop(work)
            await asyncio.sleep(0)
        os.kill(child_of(work), signal.SIGCONT)
        await origin.has(source.gop(work))
    times = [frame.dts_ms for frame in origin.frames("480p")]
    gap = next(at for at in range(1, len(times)) if times[at] - times[at - 1] > 100)
    assert origin.frames("480p")[gap].key
    assert len(times) + work.statistics().dropped_frames == len(source.sent)
    assert work.statistics().restarts == 0


async def test_a_child_that_takes_nothing_is_replaced(
    binary: Binary, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, origin = Source(await clip(record)), Origin()
    work = Transcoder(binary, PLAN, source.config, origin.media, origin.note)
    async with running(work):
        await origin.has(source.gop(work))
        os.kill(child_of(work), signal.SIGSTOP)
        with monkeypatch.context() as patch:
            patch.setattr(transcoder, "STALL_S", 0.2)
            patch.setattr(backlog, "SPAN_MS_MAX", 60_000)
            for _ in range(20):
                source.gop(work)
            await origin.until(lambda: bool(origin.notes))
        work._backlog._clear()
        await origin.has(source.gop(work))
    assert "took nothing" in origin.notes[0]
    assert work.statistics().restarts == 1


@pytest.fixture
def mute(tmp_path: Path, binary: Binary) -> Binary:
    """An ffmpeg that takes everything and gives nothing."""
    script = tmp_path / "ffmpeg"
    script.write_text("#!/bin/sh\necho thinking >&2\nexec cat >/dev/null\n")
    script.chmod(stat.S_IRWXU)
    return Binary(str(script), binary.version)


async def test_a_child_that_gives_nothing_back_is_replaced(
    mute: Binary, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, origin = Source(await clip(record)), Origin()
    now = [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    work = Transcoder(mute, PLAN, source.config, origin.media, origin.note)
    async with running(work):
        while not origin.notes:
            source.gop(work)
            now[0] += 1.0
            await asyncio.sleep(0)
    assert "gave nothing back for 15 s" in origin.notes[0]


async def test_another_config_starts_another_child_without_complaint(
    binary: Binary, record
) -> None:
    source, origin = Source(await clip(record)), Origin()
    work = Transcoder(binary, PLAN, source.config, origin.media, origin.note)
    async with running(work):
        await origin.has(source.gop(work))
        first = child_of(work)
        work.feed(source.config)
        await origin.has(source.gop(work))
        assert child_of(work) != first
    assert len(origin.frames("480p")) == 2 * GOP
    assert origin.notes == []
    assert work.statistics().restarts == 0


async def test_a_timeline_that_jumps_back_starts_another_child(
    binary: Binary, record: Record
) -> None:
    media = await clip(record)
    origin, source = Origin(), Source(media)
    work = Transcoder(binary, PLAN, source.config, origin.media, origin.note)
    async with running(work):
        await origin.has(source.gop(work))
        again = Source(media)
        for _ in range(GOP):
            frame = next(again._frames)
            work.feed(replace(frame, dts_ms=frame.dts_ms - 60_000))
        await origin.until(lambda: len(origin.frames("480p")) == 2 * GOP)
    assert origin.latest() < EPOCH_MS
    assert origin.notes == []


async def test_an_ffmpeg_that_cannot_start_is_tried_again(
    binary: Binary, tmp_path: Path, record: Record
) -> None:
    source, origin = Source(await clip(record)), Origin()
    missing = Binary(str(tmp_path / "ffmpeg"), "?")
    work = Transcoder(missing, PLAN, source.config, origin.media, origin.note)
    async with running(work):
        source.gop(work)
        await origin.until(lambda: bool(origin.notes))
        appear(missing, binary)
        await origin.has(source.gop(work))
    assert "does not start" in origin.notes[0]


def test_restarts_leak_no_file_and_leave_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """On uvloop, as in production."""
    monkeypatch.setattr(transcoder, "BACKOFF_S", 0.001)

    async def media() -> list[Media]:
        binary = await locate(None)
        picture = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=1"]
        out, _ = await capture([binary.path, *picture, *LIVE, "-f", "flv", "-"], PATIENCE_S)
        return flv.Demuxer().feed(out)

    async def main() -> None:
        source, origin = Source(await media()), Origin()
        work = Transcoder(await locate(None), PLAN, source.config, origin.media, origin.note)
        async with running(work):
            await origin.has(source.gop(work))
            files = open_files()
            for kills in range(1, 6):
                last = child_of(work)
                os.kill(last, signal.SIGKILL)
                await origin.until(lambda kills=kills: len(origin.notes) == kills)
                await origin.has(source.gop(work))
            assert open_files() == files
            last = child_of(work)
        with pytest.raises(ProcessLookupError):
            os.kill(last, 0)
        assert work.statistics().restarts == 5
        assert work.statistics().cpu_s > 0

    uvloop.run(main())
