"""A gapless audio track: real frames where the publisher sent them, silence where not."""

from collections import deque
from itertools import islice, takewhile

from manycast.media.silence import silent_frame
from manycast.model.media import AudioConfig
from manycast.settings.origin import OriginSettings


SYNC_MS_MAX = 20
"""Sound may be this far from its timestamps before it is moved: nobody sees lips that little off."""


class AudioTrack:
    """Audio frames counted in samples, so that rounding of timestamps never accumulates.

    Clocks that drift apart are followed by moving single frames one sample, which nobody hears: 20
    microseconds in 20 milliseconds keep up with a drift of 900 ppm without a frame lost or put in.
    ``end_samples`` is the media time up to which frames exist, in samples since 1970.
    Frames are numbered from 0; several readers each keep their own position.
    """

    def __init__(self, config: AudioConfig, start_ms: int, settings: OriginSettings) -> None:
        self.config = config
        self._settings = settings
        self._silence = silent_frame(config)
        self._frames: deque[bytes] = deque()
        self._starts: deque[int] = deque()
        self._first = 0
        self.end_samples = self._samples(start_ms)
        self._present = False
        self.inserted = 0
        self.dropped = 0

    @property
    def count(self) -> int:
        """Number of the next frame."""
        return self._first + len(self._frames)

    @property
    def end_ms(self) -> int:
        return self.end_samples * 1000 // self.config.sample_rate

    def time_of(self, number: int) -> int:
        """Media time of a frame in samples, or of the next one to come."""
        return self._starts[number - self._first] if number < self.count else self.end_samples

    def position_at(self, media_ms: int) -> int:
        """Number of the first frame, existing or to come, that begins at or after ``media_ms``."""
        return self._first + self._count_before(self._first, media_ms)

    def gone(self) -> None:
        """The publisher stopped: do not wait for its audio any longer."""
        self._present = False

    def add(self, media_ms: int, data: bytes) -> None:
        """Append a frame at about ``media_ms``; fill a hole before it, drop it when it comes too late."""
        jitter = self._samples(self._settings.audio_jitter_ms)
        ahead = self._samples(media_ms) - self.end_samples
        if ahead < -jitter:
            self.dropped += 1
            return
        if ahead > jitter:
            self._insert_silence(
                (ahead + self.config.frame_samples // 2) // self.config.frame_samples
            )
        elif abs(ahead) > self._samples(SYNC_MS_MAX):
            self.end_samples += 1 if ahead > 0 else -1
        self._present = True
        self._append(data)

    def reach(self, media_ms: int) -> None:
        """Make sure that audio does not hold video back: silence up to ``media_ms`` once it is gone."""
        lag_ms = media_ms - self.end_ms
        if self._present and lag_ms <= self._settings.audio_lag_ms:
            return
        self._present = False
        self._insert_silence(self._frames_in(self._samples(media_ms) - self.end_samples))

    def read(self, position: int, until_ms: int) -> list[bytes]:
        """Frames from number ``position`` that begin before ``until_ms``."""
        first = position - self._first
        return list(islice(self._frames, first, first + self._count_before(position, until_ms)))

    def still(self, position: int) -> int:
        """``position``, or the first frame not forgotten."""
        return max(position, self._first)

    def forget(self, before: int) -> None:
        """Free frames with a number below ``before``."""
        while self._first < before and self._frames:
            self._frames.popleft()
            self._starts.popleft()
            self._first += 1

    def _insert_silence(self, frames: int) -> None:
        self.inserted += max(frames, 0)
        for _ in range(frames):
            self._append(self._silence)

    def _append(self, data: bytes) -> None:
        self._frames.append(data)
        self._starts.append(self.end_samples)
        self.end_samples += self.config.frame_samples

    def _count_before(self, position: int, media_ms: int) -> int:
        """How many frames from number ``position`` begin before ``media_ms``."""
        until = self._samples(media_ms)
        starts = islice(self._starts, position - self._first, None)
        return sum(1 for _ in takewhile(lambda start: start < until, starts))

    def _frames_in(self, samples: int) -> int:
        return -(-samples // self.config.frame_samples)

    def _samples(self, ms: int) -> int:
        return round(ms * self.config.sample_rate / 1000)
