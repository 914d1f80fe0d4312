import asyncio
from collections.abc import Callable

from tests.runtime.destination.clips import AAC, EPOCH_MS, OPUS, PATIENCE_S, Item, clip, of

from manycast.model.media import AudioCodec, AudioConfig, AudioFrame
from manycast.runtime.destination.sound import Sound
from manycast.runtime.ffmpeg.binary import Binary


class Kept:
    def __init__(self) -> None:
        self.items: list[AudioConfig | AudioFrame] = []
        self.notes: list[str] = []
        self._changed = asyncio.Event()

    def media(self, item: AudioConfig | AudioFrame) -> None:
        self.items.append(item)
        self._changed.set()

    def note(self, text: str) -> None:
        self.notes.append(text)
        self._changed.set()

    def frames(self) -> list[AudioFrame]:
        return [item for item in self.items if isinstance(item, AudioFrame)]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                self._changed.clear()
                await self._changed.wait()


def sounds(items: list[Item]) -> list[AudioConfig | AudioFrame]:
    return [item for item in items if isinstance(item, AudioConfig | AudioFrame)]


async def test_opus_becomes_aac_at_its_own_times(binary: Binary) -> None:
    kept, source = Kept(), sounds(await clip(binary, *OPUS))
    work = Sound(binary, 128_000, kept.media, kept.note)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work.run())
        for item in source:
            work.feed(item)
        last = source[-1]
        assert isinstance(last, AudioFrame)
        await kept.until(
            lambda: bool(kept.frames()) and kept.frames()[-1].dts_ms > last.dts_ms - 200
        )
        task.cancel()
    config = kept.items[0]
    assert isinstance(config, AudioConfig)
    assert (config.codec, config.sample_rate) == (AudioCodec.AAC, 48000)
    # The first of them is the encoder's run-up, and silent.
    assert abs(kept.frames()[1].dts_ms - EPOCH_MS) <= 10
    assert kept.notes == []


async def test_another_config_begins_another_child(binary: Binary) -> None:
    kept = Kept()
    work = Sound(binary, 128_000, kept.media, kept.note)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work.run())
        for words in (OPUS, AAC):
            had = len(kept.items)
            for item in sounds(await clip(binary, *words)):
                work.feed(item)
            await kept.until(lambda had=had: len(kept.items) > had + 20)  # type: ignore[misc]  # the loop's variable, as it is now
        task.cancel()
    assert len(of(AudioConfig, list(kept.items))) == 1, "the same format was told twice"


async def test_an_ffmpeg_that_is_missing_is_told_and_tried_again() -> None:
    kept = Kept()
    work = Sound(Binary("/nowhere/ffmpeg", ""), 128_000, kept.media, kept.note)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work.run())
        work.feed(AudioConfig(AudioCodec.OPUS, b"", 48000, 2, "opus"))
        work.feed(AudioFrame(EPOCH_MS, b"x"))
        await kept.until(lambda: bool(kept.notes))
        task.cancel()
    assert "does not start" in kept.notes[0]
