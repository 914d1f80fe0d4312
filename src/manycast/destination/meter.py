"""How much media went out in the last seconds."""

from collections import deque
from typing import Final

from manycast.model.media import AudioFrame, VideoFrame


WINDOW_MS: Final = 4000
"""Two usual groups of pictures: a keyframe alone says nothing about the rate."""


class Meter:
    """Bits and frames per second of media time, by what was handed over in the window."""

    def __init__(self) -> None:
        self._sent: deque[tuple[int, int, int]] = deque()
        self._bytes = [0, 0]
        self._frames = 0

    def add(self, frame: VideoFrame | AudioFrame, now_ms: int) -> None:
        track = isinstance(frame, AudioFrame)
        self._sent.append((now_ms, track, len(frame.data)))
        self._bytes[track] += len(frame.data)
        self._frames += not track

    def rates(self, now_ms: int) -> tuple[int, int, float]:
        """Bits per second of video and of audio, frames per second."""
        self._forget(now_ms - WINDOW_MS)
        if not self._sent:
            return 0, 0, 0.0
        over_s = max(now_ms - self._sent[0][0], 1000) / 1000
        video, audio = (int(8 * size / over_s) for size in self._bytes)
        return video, audio, round(self._frames / over_s, 1)

    def _forget(self, until_ms: int) -> None:
        while self._sent and self._sent[0][0] < until_ms:
            _, track, size = self._sent.popleft()
            self._bytes[track] -= size
            self._frames -= not track

    def clear(self) -> None:
        self._sent.clear()
        self._bytes = [0, 0]
        self._frames = 0
