"""One live stream from its first frame to its end: takes, ladder, slates, renditions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from manycast.hls.render import Report
from manycast.hls.rules import MINIMUM_TARGETS_IN_WINDOW, Rules
from manycast.media import ladder
from manycast.media.ladder import LadderPlan
from manycast.media.silence import DEFAULT_SILENCE
from manycast.model.media import (
    AudioConfig,
    AudioFrame,
    Media,
    StreamInfo,
    TrackMedia,
    Unplayable,
    VideoConfig,
    VideoFrame,
)
from manycast.model.refusals import RefusedError
from manycast.origin.audio import AudioTrack
from manycast.origin.grid import SegmentGrid
from manycast.origin.packager import Packager
from manycast.origin.probe import Probe
from manycast.origin.rendition import Output as RenditionOutput, Rendition
from manycast.origin.stage import Stage, fed_by, pixels
from manycast.origin.take import Take
from manycast.origin.timeline import Timeline
from manycast.origin.tracks import LEADER, Track, alike
from manycast.settings.origin import OriginSettings


TICK_S = 0.1
"""How often stalls are looked for; a third of a part."""
KEYFRAME_SLACK_MS = 249
"""Room that the target duration leaves for a keyframe a few frames late; 2 s keyframes stay at 2 s."""
AUDIO_FRAMES_MAX = 1000
"""Audio kept for the slowest rendition: some 20 s, far beyond the start of an encoder."""
SOURCE = "source"


class State(StrEnum):
    STARTING = "starting"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class LadderStart:
    """Start encoding by this plan; frames follow."""

    plan: LadderPlan


@dataclass(frozen=True, slots=True)
class LadderFeed:
    """Pass to the encoder; frames are on the media timeline."""

    item: VideoConfig | VideoFrame


@dataclass(frozen=True, slots=True)
class Note:
    """Something an operator should know."""

    text: str


_ENCODED = "this stream began without it and is encoded here; end the stream and publish it again"

Output = RenditionOutput | LadderStart | LadderFeed | Note
Planner = Callable[[VideoConfig, int], LadderPlan]


class Session:
    """The engine of one live stream.

    ``now_ms`` is the wall clock in milliseconds; ``plan`` chooses the ladder for a source and its
    keyframe interval. Until two keyframes were seen nothing is published: the interval decides the
    target duration, which can never change, and whether the source can be passed through.
    """

    def __init__(
        self, settings: OriginSettings, keyframe_interval_ms_max: int, plan: Planner, now_ms: int
    ) -> None:
        self.state = State.STARTING
        self.since_ms = now_ms
        self.stages: dict[str, Stage] = {}
        self.rules: Rules | None = None
        self._settings = settings
        self._interval_ms_max = keyframe_interval_ms_max
        self._plan = plan
        self._takes = 0
        self._take: Take | None = None
        self._lost_ms: int | None = None
        self._clock = Timeline(settings, 0)
        self._probe = Probe()
        self._passthrough = False
        self._ladder: LadderPlan | None = None
        self._sent_sizes = 0
        """Renditions that are further tracks of the publisher."""
        self._planned_for: tuple[int, int] | None = None
        self._ready_ms: int | None = None
        self._tick_ms = now_ms

    # Publishing connections

    def open(self, now_ms: int) -> int:
        """Admit a publisher and return the number of its take; RefusedError when one is live."""
        take = self._take
        if take is not None and now_ms - take.heard_ms < self._settings.takeover_ms:
            raise RefusedError(
                "this stream key is already live from another connection; stop that one first",
                code="NetStream.Publish.BadName",
            )
        assert self.state is not State.ENDED, "an ended session admits nobody: begin another"
        self._takes += 1
        floor_ms = max((stage.packager.end_ms for stage in self.stages.values()), default=0)
        timeline = Timeline(self._settings, floor_ms)
        self._take = Take(self._takes, timeline, fresh_ms=now_ms, heard_ms=now_ms)
        self._probe = Probe()
        return self._takes

    def lost(self, number: int, now_ms: int) -> None:
        """The connection of a take is gone; the stream waits for the next one."""
        if self._take is None or self._take.number != number:
            return
        self._take = None
        self._lost_ms = now_ms
        if self.state is State.LIVE:
            self.state = State.RECONNECTING
        if self.stages:
            self._audio.gone()

    def media(self, number: int, item: Media, now_ms: int) -> list[Output]:
        """Take one item of a take; RefusedError when it was replaced by another."""
        take = self._current(number)
        take.heard_ms = now_ms
        match item:
            case VideoFrame():
                return self._watch(take, item, now_ms)
            case AudioFrame():
                self._hear(take, item, now_ms)
            case VideoConfig():
                if item.frame_rate is None:
                    item = replace(item, frame_rate=take.info.frame_rate)
                if item != take.video:
                    take.start_afresh(now_ms)
                take.video = item
            case AudioConfig():
                if self.stages and item != self._audio.config:
                    take.start_afresh(now_ms)
                take.audio = item
            case StreamInfo():
                take.info = item
            case TrackMedia():
                return self._beside(take, item, now_ms)
            case _:
                assert_never(item)
        self._check_video(take, now_ms)
        return []

    def _current(self, number: int) -> Take:
        if self.state is State.ENDED:
            raise RefusedError("this stream has ended; connect again to begin another")
        if self._take is None or self._take.number != number:
            raise RefusedError("another connection has taken this stream over")
        return self._take

    def encoded(self, name: str, item: VideoConfig | VideoFrame, now_ms: int) -> list[Output]:
        """Take one item that the encoder made of the frames it was fed."""
        stage = self.stages.get(name)
        if stage is None or self.state is State.ENDED:
            return []
        if isinstance(item, VideoConfig):
            self._configure(stage, item)
            return []
        return self._publish(stage, item, now_ms)

    # Time

    def next_deadline_ms(self) -> int:
        return self._tick_ms

    def handle_timer(self, now_ms: int) -> list[Output]:
        """Bridge stalls, give up on publishers who are gone, settle requests whose time is up."""
        self._tick_ms = now_ms + int(TICK_S * 1000)
        if self.state is State.ENDED:
            return []
        outputs: list[Output] = [
            output
            for stage in self.stages.values()
            for output in stage.rendition.handle_timer(now_ms / 1000)
        ]
        outputs += self._check_start(now_ms)
        if self._is_over(now_ms):
            return outputs + self.end(now_ms)
        return outputs + self._bridge(now_ms)

    def end(self, now_ms: int) -> list[Output]:
        """Finish every rendition; held requests are answered with the end."""
        outputs: list[Output] = []
        end_ms = None
        for stage in self.stages.values():
            outputs += stage.rendition.take(stage.packager.finish(end_ms), now_ms / 1000)
            outputs += stage.rendition.end(now_ms / 1000)
            end_ms = stage.packager.end_ms if end_ms is None else end_ms
        self.state = State.ENDED
        self._take = None
        return outputs

    def abandon(self, now_ms: int) -> None:
        """End at once with what was published: something here cannot be trusted any more."""
        self.state = State.ENDED
        self._take = None
        for stage in self.stages.values():
            stage.rendition.end(now_ms / 1000)

    # What viewers ask for

    @property
    def publishing(self) -> bool:
        """Whether a connection feeds this stream now."""
        return self._take is not None

    @property
    def lead(self) -> Stage | None:
        """The rendition that sets the segments: the source, passed through or encoded again."""
        return next(iter(self.stages.values()), None)

    def offered(self, now_ms: int) -> list[Stage]:
        """Renditions for the multivariant playlist; empty while some are still awaited."""
        lead = self.lead
        if lead is None or not lead.rendition.ready:
            return []
        if self._ready_ms is None:
            self._ready_ms = now_ms
        ready = [stage for stage in self.ready() if stage.listed]
        waited = now_ms - self._ready_ms >= self._settings.ladder_wait_ms
        return ready if waited or len(ready) == self._listed() else []

    def ready(self) -> list[Stage]:
        """Renditions that can be read, also those that players are not offered."""
        return [stage for stage in self.stages.values() if stage.rendition.ready and stage.video]

    def _listed(self) -> int:
        return sum(stage.listed for stage in self.stages.values())

    def reports(self, name: str) -> list[Report]:
        """Rendition reports for the playlist of ``name``; an ended playlist needs none, nor one that nobody changes to."""
        if self.state is State.ENDED or not self.stages[name].listed:
            return []
        found = (
            stage.rendition.window.report(f"../{other}/index.m3u8")
            for other, stage in self.stages.items()
            if other != name and stage.rendition.ready and stage.listed
        )
        return [report for report in found if report is not None]

    @property
    def audio_config(self) -> AudioConfig:
        return self._audio.config if self.stages else DEFAULT_SILENCE

    def _is_over(self, now_ms: int) -> bool:
        if self._lost_ms is None or self._take is not None:
            return False
        return not self.stages or now_ms - self._lost_ms >= self._settings.reconnect_ms

    # Before anything is published

    def _check_start(self, now_ms: int) -> list[Output]:
        """Begin to publish once the keyframe interval and the sound are known, or waited for long enough."""
        take, start_ms = self._take, self._probe.start_ms
        if self.stages or take is None or take.video is None or start_ms is None:
            return []
        if take.awaits_audio and self._probe.waited_ms(now_ms) < self._settings.audio_wait_ms:
            return []
        interval_ms = self._probe.keyframe_interval_ms(self._interval_ms_max)
        return [] if interval_ms is None else self._start(take, take.video, interval_ms, now_ms)

    def _start(self, take: Take, video: VideoConfig, interval_ms: int, now_ms: int) -> list[Output]:
        self._probe.shift(take.timeline.settle())
        first = self._first_tracks(take, interval_ms)
        complete = any(alike(track.video, video) for track in first)
        plan = ladder.AS_SENT if complete else self._plan(video, interval_ms)
        self.rules = self._fixed_rules(interval_ms if plan.passthrough else 0)
        self._grid = SegmentGrid(
            now_ms // 1000, self._settings.segment_ms, self.rules.target_duration_s
        )
        first_ms = self._probe.start_ms or 0
        self._audio = AudioTrack(take.audio or DEFAULT_SILENCE, first_ms, self._settings)
        self._passthrough = plan.passthrough
        self._ladder = plan if plan.rungs else None
        if plan.passthrough:
            self._add_stage(SOURCE, 0, now_ms)
        for rung in reversed(plan.rungs):
            self._add_stage(rung.name, rung.bitrate_bps, now_ms)
        outputs: list[Output] = [Note(left.reason) for left in plan.left_out]
        for track in first:
            self._join(track, video, now_ms)
        return outputs + self._replay(take)

    def _first_tracks(self, take: Take, interval_ms: int) -> list[Track]:
        """The further tracks that can be renditions from the beginning, the largest first."""
        if interval_ms > self._interval_ms_max:
            return []
        aligned = self._probe.aligned()
        found = [track for track in take.tracks if track.number in aligned]
        return sorted(found, key=lambda track: -pixels(track.video))

    def _fixed_rules(self, interval_ms: int) -> Rules:
        """A longer keyframe interval needs a longer target duration, for the life of the stream."""
        longest_ms = max(self._settings.segment_ms, min(interval_ms, self._interval_ms_max))
        target_s = (longest_ms + KEYFRAME_SLACK_MS + 500) // 1000
        window_ms = max(self._settings.dvr_window_ms, MINIMUM_TARGETS_IN_WINDOW * target_s * 1000)
        return Rules(self._settings.part_target_ms, target_s, window_ms)

    def _add_stage(self, name: str, declared_bps: int, now_ms: int) -> None:
        assert self.rules is not None
        packager = Packager(self._grid, self._settings, lead=not self.stages)
        packager.hear(self._audio, 0)
        self.stages[name] = Stage(Rendition(name, self.rules, now_ms, declared_bps), packager)

    def _replay(self, take: Take) -> list[Output]:
        outputs: list[Output] = []
        for kept in self._probe.release():
            frame = kept.frame
            if isinstance(frame, AudioFrame):
                self._audio.add(frame.dts_ms, frame.data)
            elif kept.track == LEADER:
                outputs += self._package(take, frame, kept.arrived_ms)
            else:
                shown = take.tracks.take(kept.track, frame)
                outputs += self._show(kept.track, shown, kept.arrived_ms)
        return outputs

    # While live

    def _watch(self, take: Take, frame: VideoFrame, now_ms: int) -> list[Output]:
        if take.video is None:
            return []
        media_ms = take.timeline.video(frame.dts_ms, key=frame.key, now_ms=now_ms)
        if media_ms is None:
            return []
        self._clock = take.timeline
        placed = replace(frame, dts_ms=media_ms)
        if self.stages:
            return self._package(take, placed, now_ms)
        self._probe.add(placed, now_ms)
        return self._check_start(now_ms)

    def _hear(self, take: Take, frame: AudioFrame, now_ms: int) -> None:
        media_ms = take.timeline.beside(frame.dts_ms)
        if media_ms is None or take.audio is None:
            return
        if not self.stages:
            self._probe.add(AudioFrame(media_ms, frame.data), now_ms)
        elif self._audio.config == take.audio:
            self._audio.add(media_ms, frame.data)

    # Further tracks

    def _beside(self, take: Take, media: TrackMedia, now_ms: int) -> list[Output]:
        number, item = media.track, media.item
        match item:
            case VideoFrame():
                media_ms = take.timeline.beside(item.dts_ms)
                if media_ms is None:
                    take.tracks.miss(number)
                    return []
                placed = replace(item, dts_ms=media_ms)
                if self.stages:
                    return self._show(number, take.tracks.take(number, placed), now_ms)
                self._probe.add(placed, now_ms, number)
            case VideoConfig():
                return self._announced(take, number, item)
            case Unplayable(reason):
                return self._left_out(take, number, f"video track {number} is left out: {reason}")
        return []

    def _announced(self, take: Take, number: int, video: VideoConfig) -> list[Output]:
        reason = ""
        if not take.tracks.of(number) and self._is_encoded(video, take.video):
            reason = _ENCODED
        elif not take.tracks.of(number) and take.tracks.count + 1 >= self._settings.tracks_max:
            reason = f"{self._settings.tracks_max} are carried at most (origin.tracks_max)"
        if reason:
            return self._left_out(take, number, f"{_named(number, video)} is left out: {reason}")
        take.tracks.announce(number, video, take.video)
        return []

    def _left_out(self, take: Take, number: int, text: str) -> list[Output]:
        """Said once: many publishers repeat how to decode a track with every keyframe."""
        told = number in take.left_out
        take.left_out.add(number)
        return [] if told else [Note(text)]

    def _lead(self, take: Take, frame: VideoFrame, now_ms: int) -> list[Output]:
        """A frame of track 0 was published: what that means for the others."""
        outputs: list[Output] = []
        if not take.tracks.count and not self._sent_sizes:
            return outputs
        boundary = self._grid.at_or_before(frame.dts_ms) if frame.key else None
        if boundary is not None and boundary.start_ms == frame.dts_ms:
            outputs += self._cast(take, frame.dts_ms, now_ms)
        outputs += self._show(LEADER, [frame], now_ms)
        for track, frames in take.tracks.follow(frame):
            outputs += self._show(track.number, frames, now_ms)
        return outputs

    def _cast(self, take: Take, at_ms: int, now_ms: int) -> list[Output]:
        """At the beginning of a segment: who is shown in which rendition."""
        assert take.video is not None
        unfit = take.tracks.begin(at_ms)
        for track in take.tracks:
            if track.proved and track.fit and track.name not in self.stages:
                self._join(track, take.video, now_ms)
        for stage in self.stages.values():
            fed = None if stage.home is None else fed_by(stage, take.video, take.tracks)
            if fed is not None and fed != (stage.feed, stage.video):
                stage.feed = fed[0]
                self._configure(stage, fed[1])
        return [self._unfit(take, track) for track in unfit]

    def _join(self, track: Track, leader: VideoConfig, now_ms: int) -> None:
        """Make a track a rendition of its own."""
        if self._sent_sizes + 1 >= self._settings.tracks_max or self._is_encoded(
            track.video, leader
        ):
            return
        self._sent_sizes += 1
        self._add_stage(track.name, 0, now_ms)
        stage = self.stages[track.name]
        stage.home, stage.feed = track.video, track.number
        stage.listed = alike(track.video, leader)
        self._configure(stage, track.video)

    def _is_encoded(self, video: VideoConfig, leader: VideoConfig | None) -> bool:
        """Whether viewers have the sizes of such a picture from the encoder, and keep them."""
        return self._ladder is not None and (leader is None or alike(video, leader))

    def _unfit(self, take: Take, track: Track) -> Note:
        stage = self.stages.get(track.name)
        why = (
            "sends nothing any more"
            if take.tracks.silent(track)
            else "has no keyframes where track 0 has them: set the same keyframe interval for all"
        )
        who = None if stage is None or stage.video is None else stage.video
        shown = "" if who is None else f"; {who.width}x{who.height} is shown as {track.name}"
        return Note(f"{_named(track.number, track.video)} {why}{shown}")

    def _show(self, number: int, frames: Sequence[VideoFrame], now_ms: int) -> list[Output]:
        """Publish frames of a track in every rendition that shows it, beside the source."""
        return [
            output
            for stage in self.stages.values()
            if stage.home is not None and stage.feed == number
            for frame in frames
            for output in self._publish(stage, frame, now_ms)
        ]

    def _check_video(self, take: Take, now_ms: int) -> None:
        waited_ms = now_ms - take.fresh_ms
        if take.fresh and waited_ms > self._settings.video_wait_ms:
            raise RefusedError(
                f"no playable video in {waited_ms // 1000} s: send H.264, HEVC or AV1 with a keyframe every 2 s"
            )

    def _package(self, take: Take, frame: VideoFrame, now_ms: int) -> list[Output]:
        """Publish a frame of the source and feed it to the encoder."""
        outputs: list[Output] = []
        if frame.key and self._is_late(take, frame, now_ms):
            return outputs
        if take.fresh:
            if not frame.key:
                return outputs
            outputs += self._catch_up(frame.dts_ms, now_ms)
            if not self._grid.has_room(frame.dts_ms):
                return outputs
            outputs += self._start_over(take, frame)
        if self._passthrough:
            source = self.stages[SOURCE]
            outputs += self._publish(source, frame, now_ms)
            if source.packager.slating:
                return outputs  # the encoder, too, goes on at the keyframe that ends the slate
            outputs += self._lead(take, frame, now_ms)
        if self._ladder is not None:
            outputs.append(LadderFeed(frame))
        return outputs

    def _is_late(self, take: Take, frame: VideoFrame, now_ms: int) -> bool:
        """Whether the slate has passed this keyframe; after a while the publisher's clock is moved instead."""
        lead = self.lead
        assert lead is not None
        behind_ms = lead.packager.end_ms - frame.dts_ms
        if not lead.packager.slating or behind_ms <= 0:
            take.late_since_ms = None
            return False
        if take.late_since_ms is None:
            take.late_since_ms = now_ms
        elif now_ms - take.late_since_ms >= self._settings.catch_up_ms:
            take.timeline.catch_up(frame.dts_ms, now_ms)
        take.fresh_ms = now_ms  # it can be played, if not yet
        return True

    def _start_over(self, take: Take, frame: VideoFrame) -> list[Output]:
        """Another connection or another kind of picture or sound: a discontinuity at this keyframe."""
        assert take.video is not None
        self._grid.set(frame.dts_ms, discontinuity=True, keyed=True)
        take.fresh = False
        self._lost_ms = None
        self.state = State.LIVE
        if take.audio is not None and take.audio != self._audio.config:
            self._audio = AudioTrack(take.audio, frame.dts_ms, self._settings)
            for stage in self.stages.values():
                stage.packager.hear(self._audio, frame.dts_ms)
        if self._passthrough:
            self._configure(self.stages[SOURCE], take.video)
        return self._encode(take.video)

    def _catch_up(self, until_ms: int, now_ms: int) -> list[Output]:
        """Fill the lead up to a discontinuity, so that segments due before it are set before it."""
        lead = self.lead
        assert lead is not None
        return [*lead.rendition.take(lead.packager.fill(until_ms), now_ms / 1000)]

    def _encode(self, video: VideoConfig) -> list[Output]:
        if self._ladder is None:
            return []
        before, self._planned_for = self._planned_for, (video.width, video.height)
        if self._planned_for == before:
            return [LadderFeed(video)]
        self._ladder = ladder.refit(self._ladder, video)
        return [LadderStart(self._ladder)]

    def _configure(self, stage: Stage, video: VideoConfig) -> None:
        stage.video = video
        stage.packager.configure(video)

    def _publish(self, stage: Stage, frame: VideoFrame, now_ms: int) -> list[Output]:
        outputs: list[Output] = [*stage.rendition.take(stage.packager.video(frame), now_ms / 1000)]
        self._forget_audio()
        return outputs

    def _bridge(self, now_ms: int) -> list[Output]:
        """Slates for what has stalled: the source by the clock, encoded renditions by the source."""
        outputs: list[Output] = []
        lead = self.lead
        for stage in self.stages.values():
            assert lead is not None
            packager = stage.packager
            leads = stage is lead
            stopped = lead.packager.slating and not leads  # the encoder has nothing left
            edge_ms = self._clock.media_now(now_ms) if leads else lead.packager.end_ms
            stalled = edge_ms - packager.end_ms > self._settings.stall_ms
            if packager.slating or stalled or stopped:
                until_ms = edge_ms if stopped else edge_ms - self._settings.slate_lag_ms
                outputs += stage.rendition.take(packager.fill(until_ms), now_ms / 1000)
        return outputs

    def _forget_audio(self) -> None:
        """Free what every rendition has read; one whose encoder has not started yet waits a while."""
        reads = [stage.packager.audio_read for stage in self.stages.values()]
        read = min((r[1] if r and r[0] is self._audio else 0 for r in reads), default=0)
        self._audio.forget(max(read, self._audio.count - AUDIO_FRAMES_MAX))


def _named(number: int, video: VideoConfig) -> str:
    return f"video track {number} ({video.width}x{video.height})"
