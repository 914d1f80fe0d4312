"""Frames on their way to an ffmpeg that may be too slow for them."""

from collections import deque

from manycast.model.media import VideoConfig, VideoFrame


BYTES_MAX = 16 * 1024 * 1024
"""About two keyframes of the largest source; what one stuck child may cost in memory."""
SPAN_MS_MAX = 1500
"""A ladder that is further behind than this stalls players; fresh pictures are worth more. A child
needs up to half a second to start on a busy machine."""
KEYLESS_SPAN_MS_MAX = 10_000
"""Without a newer keyframe to go on from, dropping would only lose more: an interval of 8 s fits."""


class Backlog:
    """A queue that always begins with a config or a decodable frame; overfull, it drops to a keyframe."""

    def __init__(self) -> None:
        self.dropped = 0
        self._items: deque[VideoConfig | VideoFrame] = deque()
        self._bytes = 0
        self._awaits_key = True

    def push(self, item: VideoConfig | VideoFrame) -> None:
        if isinstance(item, VideoConfig):
            self._items.append(item)
            self._awaits_key = True
            return
        if self._overfull(item):
            self._clear()
        if self._awaits_key and not item.key:
            self.dropped += 1
            return
        self._awaits_key = False
        self._items.append(item)
        self._bytes += len(item.data)

    def pop(self) -> VideoConfig | VideoFrame | None:
        if not self._items:
            return None
        item = self._items.popleft()
        if isinstance(item, VideoFrame):
            self._bytes -= len(item.data)
        return item

    def restart(self) -> None:
        """Drop to the next keyframe here or to come: whoever took the frames before is gone."""
        while self._items and not _starts(self._items[0]):
            self.pop()
            self.dropped += 1
        self._awaits_key |= not self._items

    def _overfull(self, item: VideoFrame) -> bool:
        first = next((held for held in self._items if isinstance(held, VideoFrame)), item)
        span_ms_max = SPAN_MS_MAX if item.key else KEYLESS_SPAN_MS_MAX
        return self._bytes + len(item.data) > BYTES_MAX or item.dts_ms - first.dts_ms > span_ms_max

    def _clear(self) -> None:
        """Every frame goes; the latest config stays."""
        configs = [item for item in self._items if isinstance(item, VideoConfig)]
        self.dropped += len(self._items) - len(configs)
        self._items = deque(configs[-1:])
        self._bytes = 0
        self._awaits_key = True


def _starts(item: VideoConfig | VideoFrame) -> bool:
    return isinstance(item, VideoConfig) or item.key
