"""What a destination sends: the stream's best rendition for it, read for as long as there is one, encoded where it must be."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from manycast.destination.backlog import CONFIGS
from manycast.destination.choice import (
    Choice,
    Offer,
    Status,
    choose,
    limits_of,
    read_status,
)
from manycast.destination.conversion import Conversion, conversion
from manycast.destination.splice import Splice
from manycast.destination.straight import Straight
from manycast.media.cmaf_reader import Item
from manycast.model.media import AudioConfig, VideoConfig
from manycast.model.sending import Order
from manycast.runtime.clock import wall_ms
from manycast.runtime.destination import feed
from manycast.runtime.destination.feed import FeedError
from manycast.runtime.ffmpeg.binary import FfmpegError, locate


if TYPE_CHECKING:
    from manycast.runtime.destination.encoder import Encoder


log = logging.getLogger("manycast.destination")

LOOK_S: Final = 0.5
"""Between two looks for a stream that is not there."""
GRACE_MS: Final = 3000
"""A feed may be away for so long before the stream counts as over."""
OVER: Final = frozenset({"ended", "offline"})
OPUS_TAKEN: Final = ("srt:", "http:", "https:")
"""Ways that carry it; what is published over RTMP has AAC."""


class Source:
    """Gives ``taken`` what is to be sent, on the media timeline, and tells ``over`` when the stream has ended."""

    def __init__(
        self,
        order: Order,
        ffmpeg: str | None,
        taken: Callable[[list[Item]], None],
        over: Callable[[], None],
    ) -> None:
        self.choice: Choice | None = None
        self._note = ""
        """What an encoder of its own complained of last."""
        self._order = order
        self._ffmpeg = ffmpeg
        self._taken = taken
        self._over = over
        self._tasks = asyncio.TaskGroup()
        self._reading: asyncio.Task[None] | None = None
        self._splice = Splice()
        self._on = False
        """Something came, and the stream has not ended since."""
        self._away_ms: int | None = None
        """Since when there is nothing to read."""
        self._complained = ""
        self._b_frames: set[str] = set()
        """Renditions in which they were seen."""
        self._straight: Straight | None = None
        """Where they must not be sent on."""
        self._configs: dict[type, VideoConfig | AudioConfig] = {}
        self._conversion: Conversion | None = None
        self._encoder: Encoder | None = None
        self._encoding: asyncio.Task[None] | None = None

    async def run(self, stop: asyncio.Event) -> None:
        async with self._tasks:
            self._read()
            await stop.wait()
            self._drop(self._reading)
            self._drop(self._encoding)

    def order(self, order: Order) -> None:
        before, self._order = self._order, order
        if _decisive(before) != _decisive(order):
            self._read()

    def tick(self, now_ms: int) -> None:
        if self._away_ms is not None and now_ms - self._away_ms > GRACE_MS:
            self._end()

    @property
    def rendition(self) -> str:
        """The one that is sent, or ``own``."""
        if self.choice is None:
            return ""
        return "own" if self.choice.encode else self.choice.rendition

    @property
    def trouble(self) -> str:
        """What people should know of the choice and its encoding, in sentences."""
        chosen = "" if self.choice is None else self.choice.reason
        return f"{chosen} {self._note}".strip()

    # Reading

    def _read(self) -> None:
        self._drop(self._reading)
        self._reading = self._tasks.create_task(self._follow())

    @staticmethod
    def _drop(task: asyncio.Task[None] | None) -> None:
        if task is not None:
            task.cancel()

    async def _follow(self) -> None:
        while True:
            try:
                status = read_status(await feed.status(self._order.feed, self._order.token))
                await self._follow_stream(status)
            except (FeedError, ValueError) as error:
                self._complain(str(error))
            if self._away_ms is None:
                self._away_ms = wall_ms()
            await asyncio.sleep(LOOK_S)

    def _complain(self, text: str) -> None:
        """Once, however often it is looked."""
        if text != self._complained:
            log.info("%s", text)
        self._complained = text

    async def _follow_stream(self, status: Status) -> None:
        """Returns when the stream has to be looked at again."""
        if status.state in OVER:
            self._end()
            return
        order = self._order
        grant = replace(order.grant, limits=limits_of(order.grant))
        choice = choose(self._marked(status.renditions), grant, self._marked(status.apart))
        if choice is not None:
            self.choice = choice
            demands = not grant.limits.b_frames and choice.encode is None
            self._straight = Straight() if demands else None
            self._splice.begin(f"{choice.rendition} {choice.encode}")
            await feed.frames(order.feed, choice.rendition, order.token, self._take)
            self._b_frames.clear()  # another format begins

    def _marked(self, offers: Sequence[Offer]) -> list[Offer]:
        """With what was seen of them."""
        return [replace(offer, b_frames=offer.name in self._b_frames) for offer in offers]

    def _end(self) -> None:
        self._b_frames.clear()
        if self._on:
            self._on = False
            self._over()

    # What was read

    def _take(self, items: list[Item]) -> None:
        self._on, self._away_ms = True, None
        passed = self._splice.take(self._straightened(items))
        for item in passed:
            if isinstance(item, CONFIGS):
                self._configs[type(item)] = item
                self._convert()
        if self._conversion is None:
            self._taken(passed)
        elif self._encoder is not None:
            for item in passed:
                self._encoder.feed(item)

    def _straightened(self, items: Sequence[Item]) -> Sequence[Item]:
        """A rendition whose pictures the place would not understand is left for another one before they are sent."""
        straight, choice = self._straight, self.choice
        if straight is None or choice is None:
            return items
        passed = straight.take(items)
        if straight.b_frames and choice.rendition not in self._b_frames:
            self._b_frames.add(choice.rendition)
            self._read()
        return passed

    def _convert(self) -> None:
        """Have the encoder that these configs demand, or none."""
        video, audio = self._configs.get(VideoConfig), self._configs.get(AudioConfig)
        if not isinstance(video, VideoConfig) or not isinstance(audio, AudioConfig):
            return
        encode = None if self.choice is None else self.choice.encode
        opus = self._order.grant.url.lower().startswith(OPUS_TAKEN)
        wanted = conversion(video, audio, encode, opus=opus)
        if wanted == self._conversion:
            return
        self._drop(self._encoding)
        self._conversion, self._encoder, self._encoding, self._note = wanted, None, None, ""
        if wanted is not None:
            self._encoding = self._tasks.create_task(self._encode(wanted, video, audio))

    async def _encode(self, wanted: Conversion, video: VideoConfig, audio: AudioConfig) -> None:
        # Most destinations need none of this: they stay small.
        from manycast.runtime.destination.encoder import Encoder  # noqa: PLC0415

        try:
            binary = await locate(self._ffmpeg)
        except FfmpegError as error:
            self._say(str(error))
            return
        self._encoder = Encoder(binary, wanted, video, lambda item: self._taken([item]), self._say)
        for config in (video, audio):
            self._encoder.feed(config)
        await self._encoder.run()

    def _say(self, text: str) -> None:
        log.warning("%s", text)
        self._note = text


def _decisive(order: Order) -> tuple[object, ...]:
    """What a choice depends on."""
    grant = order.grant
    return order.feed, order.token, grant.rendition, grant.encode, grant.limits
