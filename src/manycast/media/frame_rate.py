"""How many pictures a second a sender makes that declares nothing, told from its first ones."""

from dataclasses import replace
from itertools import pairwise

from manycast.model.media import Media, StreamInfo, VideoFrame


LOOKED_AT = 10
"""Pictures that are held back to look at: a third of a second."""
USUAL = (10.0, 12.0, 15.0, 20.0, 24.0, 25.0, 30.0, 48.0, 50.0, 60.0, 120.0)
NEAR = 0.1
"""Of a usual rate: cameras and clocks are not exact, and a frame may be missing."""


class Opening:
    """Holds the first pictures of a stream back until their rate can be told with ``info``, before all of them."""

    def __init__(self, info: StreamInfo) -> None:
        self._info = info
        self._held: list[Media] | None = []
        self._times_ms: list[int] = []

    def feed(self, item: Media) -> list[Media]:
        """What can go on now, in order."""
        if self._held is None:
            return [item]
        self._held.append(item)
        if isinstance(item, VideoFrame):
            self._times_ms.append(item.dts_ms)
        if len(self._times_ms) < LOOKED_AT:
            return []
        held, self._held = self._held, None
        return [replace(self._info, frame_rate=usual(self._times_ms)), *held]


def usual(times_ms: list[int]) -> float | None:
    """The rate of pictures at these times; None where they tell none."""
    steps = sorted(after - before for before, after in pairwise(times_ms))
    middle_ms = steps[len(steps) // 2] if steps else 0
    if middle_ms <= 0:
        return None
    rate = 1000 / middle_ms
    nearest = min(USUAL, key=lambda one: abs(one - rate))
    return nearest if abs(nearest - rate) <= NEAR * nearest else round(rate, 1)
