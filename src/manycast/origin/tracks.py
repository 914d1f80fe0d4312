"""Further video tracks of one connection: where their keyframes stand, and which of them can be a rendition.

A publisher of several tracks sends one programme in several sizes. Track 0 leads: it alone says where segments
begin. A frame of another track is published if its keyframe shows the moment that a keyframe of the leader shows.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from manycast.model.media import VideoConfig, VideoFrame
from manycast.origin.grid import TOLERANCE_MS


LEADER = 0
"""The number of the track that leads."""
KEYS_KEPT = 64
"""Keyframes of the leader that another track may still come to: two seconds where every picture is one."""
HELD_FRAMES_MAX = 240
"""Frames of a track that is ahead of the leader: two seconds of 120 pictures each."""
HELD_BYTES_MAX = 16_000_000
"""The same in bytes: five seconds at 25 Mbit/s."""
JUDGED = 4
"""Segments that a track is judged by."""
MISSES_MAX = 2
"""Of those, how many may begin without a keyframe of it: one may be lost on the way."""


class Leader:
    """What the other tracks need to know of track 0, on the media timeline."""

    def __init__(self) -> None:
        self.reached_ms = 0
        self._keys: deque[VideoFrame] = deque(maxlen=KEYS_KEPT)

    def see(self, frame: VideoFrame) -> None:
        self.reached_ms = frame.dts_ms
        if frame.key:
            self._keys.append(replace(frame, data=b""))

    def shows(self, key: VideoFrame) -> VideoFrame | None:
        """Its keyframe that shows what this one shows."""
        nearest = min(self._keys, key=lambda own: abs(_apart_ms(own, key)), default=None)
        return nearest if nearest is not None and together(nearest, key) else None

    def passed(self, key: VideoFrame) -> bool:
        """Whether it has no keyframe there, and none will come."""
        return self.reached_ms > key.dts_ms + key.cts_ms + TOLERANCE_MS


def together(one: VideoFrame, other: VideoFrame) -> bool:
    """Whether two frames show the same moment; encoders with B-frames decode it earlier than others."""
    return abs(_apart_ms(one, other)) <= TOLERANCE_MS


def _apart_ms(one: VideoFrame, other: VideoFrame) -> int:
    return one.dts_ms + one.cts_ms - other.dts_ms - other.cts_ms


@dataclass(slots=True)
class Track:
    """One further track."""

    number: int
    name: str
    """Of the rendition that it would be."""
    video: VideoConfig
    since_ms: int
    """Where the leader was when it was announced."""
    fit: bool = True
    """Whether it has keyframes where segments begin."""
    heard_ms: int = 0
    """Media time of the last frame that came."""
    _held: deque[VideoFrame] = field(default_factory=deque)
    _held_bytes: int = 0
    _moved_ms: int | None = None
    """From its own decoding times to the leader's; None until their keyframes met."""
    _met: deque[int] = field(default_factory=lambda: deque(maxlen=KEYS_KEPT))
    """Where keyframes of both stand."""
    _missed: deque[bool] = field(default_factory=lambda: deque(maxlen=JUDGED))

    @property
    def proved(self) -> bool:
        """Whether a segment has begun with a keyframe of it."""
        return False in self._missed

    def take(self, frame: VideoFrame, leader: Leader) -> list[VideoFrame]:
        """The frames that can go out now, placed where the leader's are."""
        self.heard_ms = frame.dts_ms
        if not frame.key and not self._held and self._moved_ms is None:
            return []
        self._held.append(frame)
        self._held_bytes += len(frame.data)
        if len(self._held) > HELD_FRAMES_MAX or self._held_bytes > HELD_BYTES_MAX:
            self.let_go()
        return self.follow(leader)

    def follow(self, leader: Leader) -> list[VideoFrame]:
        """The same after the leader has moved."""
        freed: list[VideoFrame] = []
        while self._held:
            frame = self._held[0]
            if frame.key:
                own = leader.shows(frame)
                if own is None and not leader.passed(frame):
                    break
                self._meet(frame, own)
                # Where the leader has none, no segment can begin: it is a picture like the others.
                frame = replace(frame, key=own is not None)
            self._held.popleft()
            self._held_bytes -= len(frame.data)
            if self._moved_ms is not None:
                freed.append(self._placed(frame, self._moved_ms))
        return freed

    def judge(self, began_ms: int) -> bool:
        """Whether it could begin the segment that began at ``began_ms``; False when that makes it unfit just now."""
        if began_ms < self.since_ms:
            return True
        self._missed.append(began_ms not in self._met)
        was_fit, self.fit = self.fit, self.fit or not any(self._missed)
        if sum(self._missed) >= MISSES_MAX:
            self.fit = False
        return self.fit or not was_fit

    def _meet(self, frame: VideoFrame, own: VideoFrame | None) -> None:
        if own is not None:
            self._moved_ms = own.dts_ms - frame.dts_ms
            self._met.append(own.dts_ms)

    def _placed(self, frame: VideoFrame, moved_ms: int) -> VideoFrame:
        """Shown when it was to be shown, unless it would be decoded after that: then that much later."""
        return replace(
            frame, dts_ms=frame.dts_ms + moved_ms, cts_ms=frame.cts_ms + max(-moved_ms, 0)
        )

    def let_go(self) -> None:
        """A frame is missing from here on: what follows it cannot be decoded before a keyframe."""
        self._held.clear()
        self._held_bytes = 0
        self._moved_ms = None


class Tracks:
    """All further tracks of one connection."""

    def __init__(self) -> None:
        self._tracks: dict[int, Track] = {}
        self._leader = Leader()
        self._began_ms: int | None = None

    def __iter__(self) -> Iterator[Track]:
        return iter(self._tracks.values())

    @property
    def count(self) -> int:
        return len(self._tracks)

    def of(self, number: int) -> Track | None:
        return self._tracks.get(number)

    def named(self, name: str) -> Track | None:
        return next((track for track in self if track.name == name), None)

    def announce(self, number: int, video: VideoConfig, leader: VideoConfig | None) -> None:
        """A track is there, or goes on in another form under the same name."""
        known = self._tracks.get(number)
        if known is not None:
            known.video = video
            return
        name = self._free(rendition_name(video, leader))
        self._tracks[number] = Track(number, name, video, self._leader.reached_ms)

    def take(self, number: int, frame: VideoFrame) -> list[VideoFrame]:
        """A frame whose ``dts_ms`` is media time; what can be published of its track now."""
        track = self._tracks.get(number)
        return [] if track is None else track.take(frame, self._leader)

    def miss(self, number: int) -> None:
        """A frame of this track has no place on the media timeline."""
        if track := self._tracks.get(number):
            track.let_go()

    def follow(self, frame: VideoFrame) -> list[tuple[Track, list[VideoFrame]]]:
        """A frame of the leader was published; what can be published of the others now."""
        self._leader.see(frame)
        return [(track, track.follow(self._leader)) for track in self]

    def begin(self, at_ms: int) -> list[Track]:
        """The leader begins a segment; the tracks that turned out to be unfit by the one before."""
        before_ms, self._began_ms = self._began_ms, at_ms
        if before_ms is None:
            return []
        return [track for track in self if not track.judge(before_ms)]

    def silent(self, track: Track) -> bool:
        """Whether nothing of it came since the last segment began."""
        return self._began_ms is not None and track.heard_ms < self._began_ms - TOLERANCE_MS

    def _free(self, name: str) -> str:
        taken = {track.name for track in self}
        if name not in taken:
            return name
        return next(free for n in range(2, 257) if (free := f"{name}-{n}") not in taken)


def rendition_name(video: VideoConfig, leader: VideoConfig | None) -> str:
    """By the shorter side; what stands where the leader lies, or the other way round, says so."""
    name = f"{min(video.width, video.height)}p"
    return name if leader is None or alike(video, leader) else f"{name}-{_shape(video)}"


def alike(one: VideoConfig, other: VideoConfig) -> bool:
    """Whether a player may change from one to the other: both landscape, portrait or square."""
    return _shape(one) == _shape(other)


def _shape(video: VideoConfig) -> str:
    if video.width == video.height:
        return "square"
    return "landscape" if video.width > video.height else "portrait"
