"""What is encoded for one place alone: a stream in, the converted stream out, on the same timeline."""

import asyncio
from collections.abc import Callable

from manycast.destination.conversion import Conversion
from manycast.destination.interleave import Interleave, Item
from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame
from manycast.runtime.destination.sound import Sound
from manycast.runtime.ffmpeg.binary import Binary
from manycast.runtime.ffmpeg.transcoder import Transcoder


class Encoder:
    """Holds for the configs that its conversion was made from; another conversion wants another encoder.

    ``on_media`` gets both tracks in the order of their times.
    """

    def __init__(
        self,
        binary: Binary,
        conversion: Conversion,
        video: VideoConfig,
        on_media: Callable[[Item], None],
        on_note: Callable[[str], None],
    ) -> None:
        self._on_media = on_media
        self._order = Interleave()
        self._told: VideoConfig | None = None
        self._pictures = (
            Transcoder(
                binary,
                conversion.pictures,
                video,
                lambda _, item: self._picture(item),
                lambda text: on_note(text.removeprefix("ladder: ")),
            )
            if conversion.pictures
            else None
        )
        self._sound = (
            Sound(binary, conversion.sound_bps, self._emit, on_note)
            if conversion.sound_bps
            else None
        )

    @property
    def dropped_frames(self) -> int:
        """That the encoder was too slow for."""
        return 0 if self._pictures is None else self._pictures.statistics().dropped_frames

    def feed(self, item: Item) -> None:
        if isinstance(item, VideoConfig | VideoFrame):
            if self._pictures is None:
                self._emit(item)
            else:
                self._pictures.feed(item)
        elif self._sound is None:
            self._emit(item)
        else:
            self._sound.feed(item)

    async def run(self) -> None:
        """Until cancelled; an ffmpeg that fails is started again."""
        async with asyncio.TaskGroup() as group:
            for work in (self._pictures, self._sound):
                if work is not None:
                    group.create_task(work.run())

    def _picture(self, item: VideoConfig | VideoFrame) -> None:
        """A child that was started again tells the same config, which is no change of format."""
        if isinstance(item, VideoConfig):
            if item == self._told:
                return
            self._told = item
        self._emit(item)

    def _emit(self, item: VideoConfig | VideoFrame | AudioConfig | AudioFrame) -> None:
        for ready in self._order.push(item):
            self._on_media(ready)
