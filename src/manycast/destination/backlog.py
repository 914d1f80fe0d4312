"""Media on its way out, and what of it is left out when the way is too slow."""

from collections import deque
from itertools import dropwhile
from typing import Final

from manycast.media.references import disposable
from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame


HELD_BYTES_MAX: Final = 16_000_000
"""Of the newest group of pictures, kept while nobody takes it: two seconds at 60 Mbit/s."""

Item = VideoConfig | AudioConfig | VideoFrame | AudioFrame
CONFIGS: Final = (VideoConfig, AudioConfig)
"""A tuple, since a union is made anew wherever it is looked at, with each frame."""
_Video = tuple[VideoConfig, VideoFrame]
_Audio = tuple[AudioConfig, AudioFrame]


class Backlog:
    """Frames in, the same frames out in the order of their time, each after the config it needs.

    A frame that others are decoded from is never left out alone. Beyond half of ``limit_ms`` those go that
    nothing refers to; beyond all of it, everything up to the next keyframe. Sound is left out last, from its
    oldest on.
    """

    def __init__(self, limit_ms: int) -> None:
        self.dropped = 0
        """Frames, picture and sound, that somebody who takes from here did not get."""
        self._limit_ms = limit_ms
        self._video: deque[_Video] = deque()
        self._audio: deque[_Audio] = deque()
        self._configs: tuple[VideoConfig | None, AudioConfig | None] = (None, None)
        self._given: list[VideoConfig | AudioConfig] = []
        self._first: deque[VideoConfig | AudioConfig] = deque()
        self._starting = False
        """Whoever takes has not got a picture yet."""
        self._skipping = True
        """Until the next keyframe no picture can be decoded."""
        self._flowing = False

    # In

    def configure(self, config: VideoConfig | AudioConfig) -> None:
        video, audio = self._configs
        if isinstance(config, VideoConfig):
            self._skipping = self._skipping or config != video
            self._configs = (config, audio)
        else:
            self._configs = (video, config)

    def push(self, frame: VideoFrame | AudioFrame) -> None:
        if isinstance(frame, VideoFrame):
            self._push_video(frame)
        elif (audio := self._configs[1]) is not None:
            self._audio.append((audio, frame))
            self._trim_audio()

    def _push_video(self, frame: VideoFrame) -> None:
        config = self._configs[0]
        if config is None:
            return
        if frame.key:
            self._skipping = False
            if not self._flowing:
                self._hold_from(frame.dts_ms)
        if self._skipping or (
            self._span_ms(frame) * 2 > self._limit_ms and self._idle(config, frame)
        ):
            self.dropped += self._missed
            return
        self._video.append((config, frame))
        if self._flowing:
            self._relieve()
        elif sum(len(one.data) for _, one in self._video) > HELD_BYTES_MAX:
            self._video.clear()
            self._skipping = True

    @property
    def _missed(self) -> bool:
        """Whether somebody takes, who has got a picture or has one waiting."""
        return self._flowing and not (self._starting and not self._video)

    def _idle(self, config: VideoConfig, frame: VideoFrame) -> bool:
        return self._flowing and not frame.key and disposable(config, frame.data)

    def _hold_from(self, dts_ms: int) -> None:
        """Nobody takes anything: only the newest group of pictures is of use."""
        self._video.clear()
        self._hold_audio_from(dts_ms)

    def _hold_audio_from(self, dts_ms: int) -> None:
        self._audio = deque(dropwhile(lambda one: one[1].dts_ms < dts_ms, self._audio))

    def _span_ms(self, newest: VideoFrame) -> int:
        return newest.dts_ms - self._video[0][1].dts_ms if self._video else 0

    def _relieve(self) -> None:
        newest = self._video[-1][1]
        if self._span_ms(newest) * 2 <= self._limit_ms:
            return
        before = len(self._video)
        self._video = deque(one for one in self._video if not self._idle(*one))
        if self._video and self._span_ms(self._video[-1][1]) > self._limit_ms:
            self._drop_group()
        self.dropped += before - len(self._video)

    def _drop_group(self) -> None:
        """Go on at the newest keyframe; the oldest stays where it is the only one, the rest of its group goes."""
        keys = [index for index, (_, frame) in enumerate(self._video) if frame.key]
        newest = keys[-1] if keys else len(self._video)
        if newest == 0:
            self._video = deque([self._video[0]])
            self._skipping = True
        else:
            self._video = deque(list(self._video)[newest:])
            self._skipping = not keys

    def _trim_audio(self) -> None:
        audio = self._audio
        while audio[-1][1].dts_ms - audio[0][1].dts_ms > self._limit_ms:
            audio.popleft()
            self.dropped += self._missed

    # Out

    @property
    def ready(self) -> bool:
        """Whether somebody who takes from here now gets a picture: a keyframe is here, and both configs."""
        return bool(self._video) and None not in self._configs and self._video[0][1].key

    @property
    def empty(self) -> bool:
        return not self._video and not self._audio

    @property
    def configs(self) -> tuple[VideoConfig, AudioConfig] | None:
        video, audio = self._configs
        return None if video is None or audio is None else (video, audio)

    @property
    def oldest_ms(self) -> int | None:
        """Time of the oldest frame that waits; None when none does."""
        times = [queue[0][1].dts_ms for queue in (self._video, self._audio) if queue]
        return min(times, default=None)

    def start(self) -> None:
        """Somebody takes from here on; a group that has half used up the limit is not worth beginning with."""
        self._flowing = self._starting = True
        self._first.clear()
        if self._video and self._span_ms(self._video[-1][1]) * 2 > self._limit_ms:
            self._video.clear()
            self._skipping = True

    def stop(self) -> None:
        """Nobody takes any more: hold the newest group of pictures for who comes next."""
        self._flowing = False
        keys = [frame.dts_ms for _, frame in self._video if frame.key]
        if keys:
            self._video = deque(dropwhile(lambda one: one[1].dts_ms < keys[-1], self._video))
        else:
            self._video.clear()
            self._skipping = True

    def clear(self) -> None:
        """The stream is over."""
        self._video.clear()
        self._audio.clear()
        self._skipping = True

    def pop(self) -> Item | None:
        """The next in order; None when nothing waits."""
        if self._starting:
            self._begin()
        if self._first:
            return self._first.popleft()
        queue = self._next()
        if queue is None:
            return None
        config, frame = queue[0]
        if config not in self._given:
            self._given = [one for one in self._given if type(one) is not type(config)] + [config]
            return config
        queue.popleft()
        return frame

    def _begin(self) -> None:
        """Sound from before the first picture is left out; both configs come before either."""
        configs = self.configs
        if configs is None or not self._video:
            self._audio.clear()
            return
        self._starting = False
        config, key = self._video[0]
        self._hold_audio_from(key.dts_ms)
        self._given = [config, configs[1]]
        self._first.extend(self._given)

    def _next(self) -> deque[_Video] | deque[_Audio] | None:
        video, audio = self._video, self._audio
        if video and audio:
            return video if video[0][1].dts_ms <= audio[0][1].dts_ms else audio
        return video or audio or None
