"""A made-up publisher and encoder that drive a session on a clock of their own."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from manycast.hls.checker import Checker, Observation, Violation
from manycast.media.ladder import LadderPlan, Rung
from manycast.media.silence import DEFAULT_SILENCE
from manycast.model.media import (
    AudioConfig,
    AudioFrame,
    Media,
    TrackMedia,
    VideoCodec,
    VideoConfig,
    VideoFrame,
)
from manycast.origin.rendition import Framed
from manycast.origin.session import LadderFeed, LadderStart, Output, Planner, Session
from manycast.settings.origin import OriginSettings


START_MS = 1_700_000_000_000
AVC = VideoConfig(VideoCodec.AVC, b"\x01\x64\x00\x1f\xff\xe0\x00", 1280, 720, "avc1.64001f", 30.0)
SMALL = replace(AVC, width=640, height=360)
RUNG = Rung("360p", 640, 360, 700_000, 30.0, 1)
SOUND = DEFAULT_SILENCE
MONO = replace(SOUND, sample_rate=44_100, channels=1, record=b"\x12\x08")
KEYFRAME_INTERVAL_MS_MAX = 4000


def only_source(source: VideoConfig, interval_ms: int) -> LadderPlan:
    return LadderPlan((), (), "libx264", "", 0.0, passthrough=True, keyframe_ms=None)


def one_rung(source: VideoConfig, interval_ms: int) -> LadderPlan:
    return LadderPlan((RUNG,), (), "libx264", "ultrafast", 0.1, passthrough=True, keyframe_ms=None)


def pictures(
    fps: float = 30.0,
    gop: int = 60,
    start_ms: int = 0,
    count: int = 10_000,
    *,
    reordered: bool = False,
    uneven: bool = False,
) -> Iterator[VideoFrame]:
    """``reordered``: with B-frames; ``uneven``: a frame rate that varies from a quarter of it to all."""
    interval, at, key_at = 1000 / fps, 0.0, 0.0
    for number in range(count):
        cts_ms = round((2, 4, 1, 1)[number % 4] * interval) if reordered else 0
        key = at >= key_at - 0.5
        key_at += gop * interval if key else 0
        yield VideoFrame(start_ms + round(at), cts_ms, key, b"K" if key else b"d")
        at = min(at + interval * (1 + number // 5 * number % 4 if uneven else 1), key_at)


def further(number: int, frames: Iterator[VideoFrame]) -> Iterator[TrackMedia]:
    for frame in frames:
        yield TrackMedia(number, frame)


def sounds(
    start_ms: int = 0, config: AudioConfig = SOUND, count: int = 20_000
) -> Iterator[AudioFrame]:
    for number in range(count):
        yield AudioFrame(
            start_ms + round(number * config.frame_samples * 1000 / config.sample_rate), b"real"
        )


Track = Iterator[VideoFrame] | Iterator[AudioFrame] | Iterator[TrackMedia]


def _dts_ms(item: VideoFrame | AudioFrame | TrackMedia) -> int:
    frame = item.item if isinstance(item, TrackMedia) else item
    assert isinstance(frame, VideoFrame | AudioFrame)
    return frame.dts_ms


@dataclass
class World:
    """A session on a wall clock; an encoder that answers each frame after ``encoder_lag_ms``."""

    plan: Planner = only_source
    settings: OriginSettings = field(default_factory=OriginSettings)
    encoder_lag_ms: int = 20
    now_ms: int = START_MS
    take: int = 0
    encoder_alive: bool = True
    encoder_drops: int = 0
    """Every so manyth frame never leaves the encoder; 0 for none."""
    outputs: list[Output] = field(default_factory=list)
    encoding: list[tuple[int, str, VideoConfig | VideoFrame]] = field(default_factory=list)
    rungs: tuple[str, ...] = ()
    checker: Checker = field(default_factory=Checker)
    checker_found: list[Violation] = field(default_factory=list)
    observed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.session = Session(self.settings, KEYFRAME_INTERVAL_MS_MAX, self.plan, self.now_ms)

    def connect(self, *items: Media) -> None:
        self.take = self.session.open(self.now_ms)
        for item in items or (AVC, SOUND):
            self.send(item)

    def send(self, item: Media) -> None:
        self._note(self.session.media(self.take, item, self.now_ms))

    def drop(self) -> None:
        self.session.lost(self.take, self.now_ms)

    def wait(self, ms: int) -> None:
        """Let time pass with nothing arriving."""
        self._until(self.now_ms + ms)

    def play(
        self,
        *tracks: Track,
        ms: int,
        speed: float = 1.0,
        burst_ms: int = 1,
    ) -> None:
        """Send the tracks' frames for so long, as their timestamps say, a burst at a time.

        ``speed``: how fast the publisher's clock runs.
        """
        heads: dict[int, VideoFrame | AudioFrame | TrackMedia] = {
            number: next(track) for number, track in enumerate(tracks)
        }
        first_ms = min(map(_dts_ms, heads.values()))
        began_ms = self.now_ms
        while heads:
            number = min(heads, key=lambda n: _dts_ms(heads[n]))
            frame = heads[number]
            sent_ms = round((_dts_ms(frame) - first_ms) / speed)
            if sent_ms >= ms:
                break
            self._until(began_ms - (-sent_ms // burst_ms) * burst_ms)
            self.send(frame)
            following = next(tracks[number], None)
            if following is None:
                del heads[number]
            else:
                heads[number] = following
        self._until(began_ms + ms)

    def text(self, name: str = "source", *, skip: bool = False) -> str:
        rendition = self.session.stages[name].rendition
        return rendition.text(lambda: self.session.reports(name), skip=skip).decode()

    def check(self) -> list[Violation]:
        """What breaks Apple's rules in everything that was ever published."""
        self._observe()
        return self.checker_found

    def _observe(self) -> None:
        for name, stage in self.session.stages.items():
            if not stage.rendition.ready or not stage.listed:
                continue
            for skip in (False, True):
                text = self.text(name, skip=skip)
                url = f"/live/s/{name}/index.m3u8" + ("?_HLS_skip=YES" if skip else "")
                if self.observed.get(url) != text:
                    self.observed[url] = text
                    self.checker_found += self.checker.add(Observation(self.now_ms, url, text))

    def _until(self, target_ms: int) -> None:
        while (deadline := self._next_event_ms()) <= target_ms:
            self.now_ms = max(self.now_ms, deadline)
            while self.encoding and self.encoding[0][0] <= self.now_ms:
                _, name, item = self.encoding.pop(0)
                self._note(self.session.encoded(name, item, self.now_ms))
            if self.session.next_deadline_ms() <= self.now_ms:
                self._note(self.session.handle_timer(self.now_ms))
        self.now_ms = max(self.now_ms, target_ms)

    def _next_event_ms(self) -> int:
        deadline = self.session.next_deadline_ms()
        return min(deadline, self.encoding[0][0]) if self.encoding else deadline

    def _note(self, outputs: list[Output]) -> None:
        self.outputs += outputs
        if any(isinstance(output, Framed) for output in outputs):
            self._observe()
        for output in outputs:
            if isinstance(output, LadderStart):
                self.rungs = tuple(rung.name for rung in output.plan.rungs)
            if not self.encoder_alive:
                continue
            if isinstance(output, LadderStart | LadderFeed):
                self._encode(getattr(output, "item", AVC))

    def _encode(self, item: VideoConfig | VideoFrame) -> None:
        coded = SMALL if isinstance(item, VideoConfig) else replace(item, cts_ms=0)
        droppable = isinstance(item, VideoFrame) and not item.key and self.encoder_drops
        if droppable and item.dts_ms % self.encoder_drops == 0:
            return
        ready_ms = max(self.now_ms + self.encoder_lag_ms, *(one[0] for one in self.encoding), 0)
        self.encoding += [(ready_ms, name, coded) for name in self.rungs]


@dataclass
class Broadcaster:
    """One who does to a session everything that broadcasters do, for so many tenths of a second."""

    world: World
    gop: int
    fps: float
    at_ms: int = 0
    connected: bool = False
    speed: float = 1.0
    video: VideoConfig = AVC
    audio: AudioConfig = SOUND
    muted: bool = False
    is_reordered: bool = False
    is_uneven: bool = False

    def play(self, tenths: int, burst_ms: int = 1) -> None:
        if not self.connected:
            self.wait(tenths)
            return
        # At a few frames a second, a guess of the next frame's duration may cut before a keyframe.
        style = {"reordered": self.is_reordered, "uneven": self.is_uneven and self.fps > 20}
        tracks: list[Track] = [pictures(self.fps, self.gop, self.at_ms, **style)]
        if not self.muted:
            tracks.append(sounds(self.at_ms, self.audio))
        self.world.play(*tracks, ms=tenths * 100, speed=self.speed, burst_ms=burst_ms)
        self.at_ms += round(tenths * 100 * self.speed)

    def burst(self, tenths: int) -> None:
        self.play(tenths, burst_ms=tenths * 5)

    def wait(self, tenths: int) -> None:
        self.world.wait(tenths * 100)

    def drop(self, _: int) -> None:
        if self.connected:
            self.world.drop()
        self.connected = False

    def connect(self, tenths: int) -> None:
        if not self.connected:
            self.world.connect(self.video, self.audio)
            self.at_ms, self.connected = (tenths % 2) * (2**31 - 5000), True

    def resize(self, _: int) -> None:
        self.video = SMALL if self.video == AVC else AVC
        if self.connected:
            self.world.send(self.video)

    def retune(self, _: int) -> None:
        self.audio = SOUND if self.audio == MONO else MONO
        if self.connected:
            self.world.send(self.audio)

    def jump(self, tenths: int) -> None:
        self.at_ms += tenths * 1000

    def slip(self, tenths: int) -> None:
        self.at_ms += tenths * 20

    def back(self, tenths: int) -> None:
        self.at_ms -= tenths * 30

    def mute(self, _: int) -> None:
        self.muted = not self.muted

    def reordered(self, _: int) -> None:
        self.is_reordered = not self.is_reordered

    def uneven(self, _: int) -> None:
        self.is_uneven = not self.is_uneven

    def drift(self, tenths: int) -> None:
        self.speed = (0.995, 1.0, 1.005)[tenths % 3]

    def encoder(self, _: int) -> None:
        self.world.encoder_alive = not self.world.encoder_alive

    def lag(self, tenths: int) -> None:
        self.world.encoder_lag_ms = 20 + tenths * 13

    def lossy(self, tenths: int) -> None:
        self.world.encoder_drops = tenths % 7


ACTIONS = [
    name for name in vars(Broadcaster) if callable(getattr(Broadcaster, name)) and name[0] != "_"
]
