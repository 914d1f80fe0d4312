"""What is kept of a stream until its keyframe interval is known."""

from collections.abc import Iterator
from dataclasses import replace

from manycast.model.media import AudioFrame, VideoFrame
from manycast.model.refusals import RefusedError


FRAMES_MAX = 1200
"""5 s of 120 pictures and as many sounds a second."""


class Probe:
    """Frames on the media timeline with the time of their arrival, from the first keyframe on."""

    def __init__(self) -> None:
        self._frames: list[tuple[VideoFrame | AudioFrame, int]] = []

    def add(self, frame: VideoFrame | AudioFrame, now_ms: int) -> None:
        """Keep a frame; RefusedError when there are too many before a second keyframe."""
        if len(self._frames) >= FRAMES_MAX:
            raise RefusedError(
                f"{FRAMES_MAX} frames came before a second keyframe: lower the frame rate or the keyframe interval"
            )
        self._frames.append((frame, now_ms))

    @property
    def start_ms(self) -> int | None:
        """Media time of the first frame; None before there is one."""
        return self._frames[0][0].dts_ms if self._frames else None

    def waited_ms(self, now_ms: int) -> int:
        """How long ago the first frame arrived."""
        return now_ms - self._frames[0][1]

    def keyframe_interval_ms(self, longest_ms: int) -> int | None:
        """From the first keyframe to the second; more than ``longest_ms`` when that comes too late, None
        while it may still come in time."""
        pictures = [frame for frame, _ in self._frames if isinstance(frame, VideoFrame)]
        keys_ms = [frame.dts_ms for frame in pictures if frame.key]
        if len(keys_ms) > 1:
            return keys_ms[1] - keys_ms[0]
        reached_ms = pictures[-1].dts_ms - keys_ms[0] if keys_ms else 0
        return reached_ms if reached_ms > longest_ms else None

    def shift(self, by_ms: int) -> None:
        """Move everything on the media timeline."""
        self._frames = [
            (replace(frame, dts_ms=frame.dts_ms + by_ms), at_ms) for frame, at_ms in self._frames
        ]

    def release(self) -> Iterator[tuple[VideoFrame | AudioFrame, int]]:
        """Hand everything over, in order, with the time of arrival."""
        frames, self._frames = self._frames, []
        yield from frames
