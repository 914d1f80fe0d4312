"""One reading of a stream after another, as if it were one: nothing twice, and a cut only where a picture begins."""

from collections.abc import Sequence

from manycast.destination.backlog import Item
from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame


class Splice:
    """A reading begins at a keyframe some time ago. What of it was there already is left out; of another
    rendition, everything up to the first keyframe that was not."""

    def __init__(self) -> None:
        self._rendition = ""
        self._last_ms: dict[type, int] = {}
        self._awaits_key = True
        self._held: VideoConfig | None = None

    def begin(self, rendition: str) -> None:
        """What follows is read anew, of this rendition."""
        self._awaits_key = self._awaits_key or rendition != self._rendition
        self._rendition = rendition

    def take(self, items: Sequence[Item]) -> list[Item]:
        passed: list[Item] = []
        for item in items:
            match item:
                case VideoConfig():
                    self._held = item
                case AudioConfig():
                    passed.append(item)
                case VideoFrame() if self._is_new(item):
                    passed += self._picture(item)
                case AudioFrame() if self._is_new(item):
                    self._last_ms[AudioFrame] = item.dts_ms
                    passed.append(item)
                case _:
                    pass  # already there
        return passed

    def _is_new(self, frame: VideoFrame | AudioFrame) -> bool:
        return frame.dts_ms > self._last_ms.get(type(frame), -1)

    def _picture(self, frame: VideoFrame) -> list[Item]:
        if self._awaits_key and not frame.key:
            return []
        self._awaits_key = False
        self._last_ms[VideoFrame] = frame.dts_ms
        held, self._held = self._held, None
        return [frame] if held is None else [held, frame]
