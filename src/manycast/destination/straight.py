"""Lets a rendition pass only where its pictures are shown in the order in which they are decoded: WebRTC has no B-frames."""

from collections.abc import Sequence
from typing import Final

from manycast.destination.backlog import Item
from manycast.model.media import VideoFrame


LOOK_MS: Final = 1000
"""Of a rendition whose pictures are shown later than decoded, until it is believed that all are equally late: that is how a
ladder made of a source with B-frames looks. A reading begins with a group of pictures that is there already, so this costs no time."""


class Straight:
    """For one reading."""

    def __init__(self) -> None:
        self.b_frames = False
        """A picture came that is shown before one that was decoded earlier."""
        self._shown_ms = -1
        """When the latest picture since the last keyframe is shown."""
        self._look_until_ms: int | None = None
        self._held: list[Item] = []
        self._sure = False

    def take(self, items: Sequence[Item]) -> Sequence[Item]:
        """What may be sent on: nothing until the order is known, nor from the first B-frame on."""
        for item in items:
            if isinstance(item, VideoFrame):
                self._look(item)
        if self.b_frames:
            self._held.clear()
            return ()
        if self._sure and not self._held:
            return items
        self._held += items
        if not self._sure:
            return ()
        passed, self._held = self._held, []
        return passed

    def _look(self, frame: VideoFrame) -> None:
        shown_ms = frame.dts_ms + frame.cts_ms
        self.b_frames = self.b_frames or (not frame.key and shown_ms < self._shown_ms)
        self._shown_ms = shown_ms if frame.key else max(shown_ms, self._shown_ms)
        if self._look_until_ms is None:
            # Where a picture is shown at once, a later one must come before any B-frame: that is soon enough.
            self._look_until_ms = frame.dts_ms + (LOOK_MS if frame.cts_ms else 0)
        self._sure = self._sure or frame.dts_ms >= self._look_until_ms
