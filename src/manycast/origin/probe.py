"""What is kept of a stream until its keyframe interval is known."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from manycast.model.media import AudioFrame, VideoFrame
from manycast.model.refusals import RefusedError
from manycast.origin.tracks import LEADER, together


FRAMES_MAX = 1200
"""5 s of 120 pictures and as many sounds a second."""
FURTHER_FRAMES_MAX = 9 * FRAMES_MAX // 2
"""The same of nine further tracks of pictures."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A frame on the media timeline."""

    frame: VideoFrame | AudioFrame
    arrived_ms: int
    track: int = LEADER
    """Of a picture."""


class Probe:
    """Frames with the time of their arrival, from the first keyframe of track 0 on."""

    def __init__(self) -> None:
        self._kept: list[Kept] = []
        self._further = 0

    def add(self, frame: VideoFrame | AudioFrame, now_ms: int, track: int = LEADER) -> None:
        """Keep a frame; RefusedError when there are too many before a second keyframe."""
        self._further += track != LEADER
        too_many = len(self._kept) - self._further >= FRAMES_MAX
        if too_many or self._further > FURTHER_FRAMES_MAX:
            raise RefusedError(
                f"{FRAMES_MAX} frames came before a second keyframe: lower the frame rate or the keyframe interval"
            )
        self._kept.append(Kept(frame, now_ms, track))

    @property
    def start_ms(self) -> int | None:
        """Media time of the first frame; None before there is one."""
        return self._kept[0].frame.dts_ms if self._kept else None

    def waited_ms(self, now_ms: int) -> int:
        """How long ago the first frame arrived."""
        return now_ms - self._kept[0].arrived_ms

    def keyframe_interval_ms(self, longest_ms: int) -> int | None:
        """From the first keyframe to the second; more than ``longest_ms`` when that comes too late, None
        while it may still come in time."""
        pictures = self._pictures()
        keys_ms = [frame.dts_ms for frame in pictures if frame.key]
        if len(keys_ms) > 1:
            return keys_ms[1] - keys_ms[0]
        reached_ms = pictures[-1].dts_ms - keys_ms[0] if keys_ms else 0
        return reached_ms if reached_ms > longest_ms else None

    def aligned(self) -> frozenset[int]:
        """Further tracks with a keyframe that shows what one of track 0 shows."""
        keys = [frame for frame in self._pictures() if frame.key]
        return frozenset(
            one.track
            for one in self._kept
            if one.track != LEADER
            and isinstance(one.frame, VideoFrame)
            and one.frame.key
            and any(together(one.frame, key) for key in keys)
        )

    def shift(self, by_ms: int) -> None:
        """Move everything on the media timeline."""
        self._kept = [
            replace(one, frame=replace(one.frame, dts_ms=one.frame.dts_ms + by_ms))
            for one in self._kept
        ]

    def release(self) -> Iterator[Kept]:
        """Hand everything over, in order."""
        kept, self._kept = self._kept, []
        yield from kept

    def _pictures(self) -> list[VideoFrame]:
        """Of track 0."""
        return [
            one.frame
            for one in self._kept
            if one.track == LEADER and isinstance(one.frame, VideoFrame)
        ]
