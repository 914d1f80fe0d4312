import asyncio

from tests.runtime.destination.clips import AAC, OPUS, PATIENCE_S, Item, clip, of

from manycast.destination.conversion import conversion
from manycast.model.destinations import Encode
from manycast.model.media import AudioCodec, AudioConfig, AudioFrame, VideoConfig, VideoFrame
from manycast.runtime.destination.encoder import Encoder
from manycast.runtime.ffmpeg.binary import Binary


ENCODE = Encode(height=90, video_bps=300_000, keyframe_ms=1000)


async def converted(
    binary: Binary, items: list[Item], encode: Encode | None, *, pictures: int
) -> tuple[list[Item], list[str]]:
    """What comes out until so many pictures did."""
    out: list[Item] = []
    notes: list[str] = []
    enough = asyncio.Event()

    def keep(item: Item) -> None:
        out.append(item)
        if len(of(VideoFrame, out)) >= pictures:
            enough.set()

    video, audio = of(VideoConfig, items)[0], of(AudioConfig, items)[0]
    made = conversion(video, audio, encode)
    assert made is not None
    work = Encoder(binary, made, video, keep, notes.append)
    async with asyncio.TaskGroup() as group, asyncio.timeout(PATIENCE_S):
        task = group.create_task(work.run())
        for item in items:
            work.feed(item)
        await enough.wait()
        task.cancel()
    return out, notes


async def test_pictures_are_made_smaller_and_the_sound_stays_in_step(binary: Binary) -> None:
    source = await clip(binary, *AAC)
    out, notes = await converted(binary, source, ENCODE, pictures=38)
    assert notes == []
    config = of(VideoConfig, out)[0]
    assert (config.width, config.height) == (160, 90)
    pictures, sounds = of(VideoFrame, out), of(AudioFrame, out)
    assert [item.dts_ms for item in pictures] == [
        item.dts_ms for item in of(VideoFrame, source)[: len(pictures)]
    ]
    assert sounds == of(AudioFrame, source)[: len(sounds)], "sound that fits is not touched"
    keys = [item.dts_ms - pictures[0].dts_ms for item in pictures if item.key]
    assert keys[:2] == [0, 1000]
    times = [item.dts_ms for item in out if isinstance(item, VideoFrame | AudioFrame)]
    assert times == sorted(times)


async def test_the_bitrate_is_held_whatever_the_picture(binary: Binary) -> None:
    source = await clip(binary, *AAC)
    out, _ = await converted(binary, source, ENCODE, pictures=38)
    pictures = of(VideoFrame, out)
    seconds = (pictures[-1].dts_ms - pictures[0].dts_ms) / 1000
    bps = sum(len(item.data) for item in pictures) * 8 / seconds
    assert 0.7 * ENCODE.video_bps < bps < 1.6 * ENCODE.video_bps


async def test_opus_becomes_aac_while_pictures_go_as_they_are(binary: Binary) -> None:
    source = await clip(binary, *OPUS)
    out, notes = await converted(binary, source, None, pictures=30)
    assert notes == []
    assert of(AudioConfig, out)[0].codec is AudioCodec.AAC
    pictures = of(VideoFrame, out)
    assert pictures == of(VideoFrame, source)[: len(pictures)]
