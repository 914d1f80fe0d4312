"""Pictures and sound that took different ways, in the order of their times again."""

from collections import deque
from collections.abc import Iterator
from typing import Final

from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame


HOLD_MS: Final = 3000
"""Media that waits for the other track at most: an encoder that fell so far behind is gone."""

Item = VideoConfig | AudioConfig | VideoFrame | AudioFrame


class Interleave:
    """Two tracks, each in order, to one list in order; a config goes with the frame that follows it."""

    def __init__(self) -> None:
        self._waiting: dict[bool, deque[Item]] = {True: deque(), False: deque()}
        self._latest_ms: dict[bool, int] = {}

    def push(self, item: Item) -> list[Item]:
        """What may go now that this came."""
        video = isinstance(item, VideoConfig | VideoFrame)
        self._waiting[video].append(item)
        if isinstance(item, VideoFrame | AudioFrame):
            self._latest_ms[video] = item.dts_ms
        return list(self._ready())

    def _ready(self) -> Iterator[Item]:
        newest_ms = max(self._latest_ms.values(), default=0)
        while (video := self._first()) is not None:
            at_ms = self._head_ms(video=video)
            other_ms = self._latest_ms.get(not video, -HOLD_MS)
            if at_ms > other_ms and newest_ms - at_ms <= HOLD_MS:
                return
            yield self._waiting[video].popleft()

    def _first(self) -> bool | None:
        """Which track goes on earlier; None: neither has a frame."""
        heads = {
            video: self._head_ms(video=video)
            for video in (True, False)
            if any(isinstance(item, VideoFrame | AudioFrame) for item in self._waiting[video])
        }
        return min(heads, key=lambda video: (heads[video], not video)) if heads else None

    def _head_ms(self, *, video: bool) -> int:
        return next(
            item.dts_ms
            for item in self._waiting[video]
            if isinstance(item, VideoFrame | AudioFrame)
        )
