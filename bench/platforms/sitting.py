"""One connection that published: what came, how it was, and all of it on disk."""

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from bench.platforms.rules import Rules

from manycast.media import flv
from manycast.media.flv_writer import Taggable
from manycast.model.media import AudioConfig, AudioFrame, Media, VideoConfig, VideoFrame
from manycast.model.refusals import RefusedError


WINDOW_S = 4.0
"""Figures are those of the last seconds."""
SPARE = 1.15
"""Rate control breathes: complaints begin beyond this share of what is allowed."""


class CutError(Exception):
    """The platform closes the connection and does not say why."""


@dataclass
class Sitting:
    """Figures of one connection; seconds are the loop's time, milliseconds the publisher's."""

    number: int
    key: str
    began_s: float
    rules: Rules
    recording: Path
    ended_s: float | None = None
    clean: bool = False
    """It said goodbye."""
    reason: str = ""
    last_s: float = 0.0
    """When the last media came."""
    video: VideoConfig | None = None
    audio: AudioConfig | None = None
    configs: int = 0
    """Of video: more than one means that the format changed while live."""
    video_frames: int = 0
    audio_frames: int = 0
    keyframes: int = 0
    media_bytes: int = 0
    first_ms: int | None = None
    last_ms: int = 0
    keyframes_apart_ms: int = 0
    """The longest so far."""
    backwards: int = 0
    """Frames whose time is not after that of the one before, each track by itself."""
    complaints: set[str] = field(default_factory=set)
    """``bitrate``, ``audio bitrate``, ``frame rate``, ``keyframes``, ``timestamps``."""
    times: list[tuple[str, float, int, int]] = field(default_factory=list)
    """Of each frame, where ``Receiver.timed``: ``v`` or ``a``, arrival, its time, its bytes."""
    timed: bool = False
    _file: BinaryIO | None = None
    _recent: deque[tuple[float, bool, int]] = field(default_factory=deque)
    _track_ms: dict[bool, int] = field(default_factory=dict)
    _key_ms: int | None = None

    @property
    def publishing(self) -> bool:
        return self.ended_s is None

    @property
    def video_bps(self) -> int:
        return self._rate(video=True)

    @property
    def audio_bps(self) -> int:
        return self._rate(video=False)

    @property
    def frame_rate(self) -> float:
        return sum(video for _, video, _ in self._recent) / self._window_s()

    def take(self, item: Media, now: float) -> None:
        """Raises RefusedError where the platform says so, CutError where it does not."""
        self.last_s = now
        match item:
            case VideoConfig():
                self._judge(item)
                self.video = item
                self.configs += 1
                self._write(item, self.last_ms)
            case AudioConfig():
                self.audio = item
                self._write(item, self.last_ms)
            case VideoFrame() | AudioFrame():
                self._frame(item, now)
            case _:
                pass  # what it says of itself is not what it is

    def close(self, now: float, reason: str, *, clean: bool) -> None:
        self.ended_s, self.reason, self.clean = now, reason, clean
        if self._file is not None:
            self._file.close()

    def _judge(self, config: VideoConfig) -> None:
        if config.codec not in self.rules.video_codecs:
            raise RefusedError(f"{config.codec} is not supported", "NetStream.Publish.Rejected")
        if self.rules.width_max and config.width > self.rules.width_max:
            raise CutError(f"{config.width} is wider than {self.rules.width_max}")

    def _frame(self, frame: VideoFrame | AudioFrame, now: float) -> None:
        video = isinstance(frame, VideoFrame)
        self._clock(frame.dts_ms, video=video)
        if isinstance(frame, VideoFrame):
            self.video_frames += 1
            if frame.key:
                self._keyframe(frame.dts_ms)
        else:
            self.audio_frames += 1
        self.media_bytes += len(frame.data)
        self._recent.append((now, video, len(frame.data)))
        while self._recent[0][0] < now - WINDOW_S:
            self._recent.popleft()
        if self.timed:
            self.times.append(("v" if video else "a", now, frame.dts_ms, len(frame.data)))
        codec = self.video if video else self.audio
        self._write(frame, frame.dts_ms, codec)

    def _clock(self, time_ms: int, *, video: bool) -> None:
        if self.first_ms is None:
            self.first_ms = time_ms
        if time_ms <= self._track_ms.get(video, time_ms - 1):
            self.backwards += 1
            self.complaints.add("timestamps")
        self._track_ms[video] = time_ms
        self.last_ms = max(self.last_ms, time_ms)

    def _keyframe(self, time_ms: int) -> None:
        self.keyframes += 1
        if self._key_ms is not None:
            self.keyframes_apart_ms = max(self.keyframes_apart_ms, time_ms - self._key_ms)
        self._key_ms = time_ms
        self._complain()

    def _complain(self) -> None:
        rules = self.rules
        if rules.keyframe_ms_max and self.keyframes_apart_ms > rules.keyframe_ms_max * SPARE:
            self.complaints.add("keyframes")
        if self.last_s - self.began_s < 2 * WINDOW_S:  # a queue that empties at first is no rate
            return
        for name, is_now, limit in (
            ("bitrate", self.video_bps, rules.video_bps_max),
            ("audio bitrate", self.audio_bps, rules.audio_bps_max),
            ("frame rate", self.frame_rate, rules.frame_rate_max),
        ):
            if limit and is_now > limit * SPARE:
                self.complaints.add(name)

    def _rate(self, *, video: bool) -> int:
        size = sum(size for _, kind, size in self._recent if kind is video)
        return int(size * 8 / self._window_s())

    def _window_s(self) -> float:
        return max(1.0, self.last_s - self._recent[0][0]) if self._recent else 1.0

    def _write(
        self, item: Taggable, time_ms: int, config: VideoConfig | AudioConfig | None = None
    ) -> None:
        if self._file is None:
            self._file = self.recording.open("wb")
            self._file.write(flv.header())
        codec = None if config is None else config.codec
        self._file.write(flv.tag(item, time_ms, codec))
