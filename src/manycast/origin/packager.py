"""Cuts one rendition's frames into fragments, parts and segments (CMAF)."""

from collections.abc import Sequence
from dataclasses import dataclass

from manycast.media import avc, cmaf
from manycast.media.cmaf import VideoSample
from manycast.model.media import VideoCodec, VideoConfig, VideoFrame
from manycast.origin.audio import AudioTrack
from manycast.origin.grid import SEGMENT_MS_MIN, TOLERANCE_MS, Boundary, SegmentGrid
from manycast.settings.origin import OriginSettings


PART_SHARE_MIN = 0.85
"""Apple: every part but a segment's last lasts at least this share of the part target."""
INTERVAL_GUESS_MS = 33
"""A frame's duration until two frames have been seen."""
ROUNDING_MS = 2
"""The next frame's duration is guessed from the last one's; timestamps are whole milliseconds."""

Chunks = Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Opened:
    """A segment begins; ``init`` is the initialisation segment when it differs from the one before."""

    boundary: Boundary
    start_ms: int
    init: bytes | None


@dataclass(frozen=True, slots=True)
class FrameCut:
    """One frame's fragment, for viewers of single frames."""

    chunks: Chunks
    key: bool


@dataclass(frozen=True, slots=True)
class PartCut:
    chunks: Chunks
    duration_ms: int
    independent: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """The open segment is complete."""


Cut = Opened | FrameCut | PartCut | Closed


class Packager:
    """Frames in, cuts out, all on the media timeline.

    A frame is held until the next one arrives, because only then its exact duration is known: browsers
    drop frames after a guessed one. ``fill`` repeats the last keyframe where frames are missing (the
    slate); real frames take over at the first keyframe that is not before the slate's end.
    ``lead``: this rendition sets segment boundaries where none is given.
    """

    def __init__(self, grid: SegmentGrid, settings: OriginSettings, *, lead: bool) -> None:
        self._grid = grid
        self._target_ms = settings.part_target_ms
        self._segment_ms = settings.segment_ms
        self._stall_ms = settings.stall_ms
        self._lead = lead
        self._video: VideoConfig | None = None
        self._next_video: VideoConfig | None = None
        self._video_changed = False
        self._audio: AudioTrack | None = None
        self._next_audio: tuple[int, AudioTrack] | None = None
        self._audio_in_parts = 0
        self._audio_in_frames = 0
        self._sequence = 0
        self._segment_start_ms: int | None = None
        self._part_ms = 0
        self._part_video_ms = 0
        self._samples: list[VideoSample] = []
        self._held: VideoFrame | None = None
        self._key: VideoFrame | None = None
        self._interval_ms = INTERVAL_GUESS_MS
        self.end_ms = 0
        """Media time up to which frames were cut."""
        self.slating = False
        self.skipped = 0
        """Frames that came too late for the slate's end, or before a keyframe."""

    @property
    def keyframe(self) -> tuple[VideoConfig, VideoFrame] | None:
        """The last keyframe and how to decode it."""
        return (self._video, self._key) if self._video and self._key else None

    @property
    def audio_read(self) -> tuple[AudioTrack, int] | None:
        """The track in use and the number of the first frame still wanted."""
        return (
            (self._audio, min(self._audio_in_parts, self._audio_in_frames)) if self._audio else None
        )

    def configure(self, video: VideoConfig) -> None:
        """Use ``video`` from the next segment that begins with one of its keyframes."""
        self._next_video = None if video == self._video else video

    def hear(self, audio: AudioTrack, from_ms: int) -> None:
        """Use this audio track from the first segment that begins at or after ``from_ms``."""
        self._next_audio = (from_ms, audio)

    def video(self, frame: VideoFrame) -> list[Cut]:
        """Take a frame whose ``dts_ms`` is media time."""
        cuts: list[Cut] = self.fill(frame.dts_ms) if self._is_gap(frame) else []
        if not self._wanted(frame):
            self.skipped += 1
            return cuts
        if self._segment_start_ms is not None:
            if self.slating:
                self._fill(cuts, frame.dts_ms, exact=True, own_from_ms=frame.dts_ms - TOLERANCE_MS)
                self.slating = False
            else:
                self._release(cuts, frame.dts_ms)
        self._rotate_if_due(cuts, frame)
        self._held = frame
        if frame.key:
            self._key = frame
        return cuts

    def fill(self, until_ms: int) -> list[Cut]:
        """Repeat the last keyframe in whole parts up to ``until_ms`` at the most."""
        cuts: list[Cut] = []
        if self._key is None or self._segment_start_ms is None:
            return cuts
        if self._held is not None:
            end_ms = min(self._held.dts_ms + self._interval_ms, until_ms)
            boundary = self._grid.after(self._segment_start_ms)
            if boundary is not None:
                end_ms = min(end_ms, boundary.start_ms)
            self._release(cuts, max(end_ms, self._held.dts_ms + 1))
        self.slating = True
        self._fill(cuts, until_ms, exact=False)
        return cuts

    def finish(self, until_ms: int | None = None) -> list[Cut]:
        """End of the stream: cut what is held; ``until_ms`` is where the other renditions end."""
        cuts: list[Cut] = []
        if self._segment_start_ms is None:
            return cuts
        if self._held is not None:
            end_ms = self._held.dts_ms + self._interval_ms
            if until_ms is not None:
                end_ms = min(end_ms, max(until_ms, self._held.dts_ms + 1))
            self._release(cuts, end_ms)
        if until_ms is not None and self._key is not None:
            self._fill(cuts, until_ms, exact=True)
        self._close_segment(cuts, self.end_ms)
        self._segment_start_ms = None
        return cuts

    def _is_gap(self, frame: VideoFrame) -> bool:
        """Too much is missing before this frame for the last one to stand in for it."""
        if self._held is None or self._segment_start_ms is None:
            return False
        boundary = self._grid.between(self._segment_start_ms, frame.dts_ms)
        return (
            frame.dts_ms - self._held.dts_ms > self._stall_ms
            or (boundary is not None and self._passed(boundary, frame))
            or self._grid.overdue(self._segment_start_ms, frame.dts_ms)
            or self._grid.count_between(self._segment_start_ms, frame.dts_ms) > 1
        )

    def _passed(self, boundary: Boundary, frame: VideoFrame) -> bool:
        """Nothing begins at this boundary here: the keyframe was lost, or there never was one."""
        lost = boundary.bridged or (boundary.keyed and not frame.key)
        return lost or frame.dts_ms - boundary.start_ms > TOLERANCE_MS

    def _wanted(self, frame: VideoFrame) -> bool:
        if self._held is not None and frame.dts_ms <= self._held.dts_ms:
            return False
        fresh = self._segment_start_ms is None or self.slating or self._next_video is not None
        if not fresh:
            return True
        if not frame.key or frame.dts_ms < self.end_ms:
            return False
        if self._segment_start_ms is None:
            return True
        return self._next_video is None or self._begins_segment(frame)

    def _begins_segment(self, frame: VideoFrame) -> bool:
        boundary = self._grid.at_key(frame.dts_ms)
        return boundary is not None and abs(boundary.start_ms - frame.dts_ms) <= TOLERANCE_MS

    def _release(self, cuts: list[Cut], end_ms: int) -> None:
        held = self._held
        self._held = None
        if held is None:
            return
        self._interval_ms = end_ms - held.dts_ms
        self._append(cuts, held, held.dts_ms, end_ms)

    def _rotate_if_due(self, cuts: list[Cut], frame: VideoFrame) -> None:
        start_ms = self._segment_start_ms
        if frame.key:
            self._grid.at_key(frame.dts_ms)
        elif self._lead and start_ms is not None and self._overdue(frame):
            self._grid.set(frame.dts_ms)
        slack_ms = TOLERANCE_MS if frame.key else 0
        if start_ms is None:
            boundary = self._grid.at_or_before(frame.dts_ms + slack_ms)
        else:
            boundary = self._grid.between(start_ms, frame.dts_ms + slack_ms)
        if boundary is not None:
            self._rotate(cuts, boundary, frame.dts_ms, self._next_video or self._video)

    def _overdue(self, frame: VideoFrame) -> bool:
        assert self._segment_start_ms is not None
        return self._grid.overdue(
            self._segment_start_ms, frame.dts_ms + self._interval_ms + ROUNDING_MS
        )

    def _rotate(
        self, cuts: list[Cut], boundary: Boundary, at_ms: int, video: VideoConfig | None
    ) -> None:
        """``video`` is how to decode the segment's first frame."""
        assert video is not None
        if self._segment_start_ms is not None:
            self._close_segment(cuts, at_ms)
        cuts.append(Opened(boundary, at_ms, self._changed_init(boundary, at_ms, video)))
        self._segment_start_ms = boundary.start_ms
        self._part_ms = self.end_ms = at_ms

    def _changed_init(self, boundary: Boundary, at_ms: int, video: VideoConfig) -> bytes | None:
        audio = self._audio
        if self._next_audio is not None and boundary.start_ms >= self._next_audio[0] - TOLERANCE_MS:
            audio = self._next_audio[1]
            self._audio_in_parts = self._audio_in_frames = audio.position_at(at_ms)
            self._next_audio = None
        assert audio is not None
        same = (
            video == self._video and self._audio is not None and audio.config == self._audio.config
        )
        if video != self._video:
            self._video_changed = self._video is not None
            self._video, self._next_video = video, None
        self._audio = audio
        return None if same else cmaf.init_segment(video, audio.config)

    def _fill(
        self, cuts: list[Cut], until_ms: int, *, exact: bool, own_from_ms: int | None = None
    ) -> None:
        """Repeat the keyframe; the segments from ``own_from_ms`` on belong to the frame that follows."""
        slate = self._key
        assert slate is not None
        while self.end_ms < until_ms:
            boundary = self._slate_boundary(until_ms)
            if boundary and own_from_ms is not None and boundary.start_ms >= own_from_ms:
                boundary = None
            if boundary is not None and boundary.start_ms <= self.end_ms:
                if not exact and self.end_ms + self._target_ms > until_ms:
                    return  # should the stream end here, the segment would be empty
                self._rotate(cuts, boundary, self.end_ms, self._video)
                continue
            stop_ms = self._part_ms + self._target_ms
            if boundary is not None:
                stop_ms = min(stop_ms, boundary.start_ms)
            if stop_ms > until_ms:
                if not exact:
                    return
                stop_ms = until_ms
            self._append(cuts, slate, self.end_ms, stop_ms)

    def _slate_boundary(self, until_ms: int) -> Boundary | None:
        """The next boundary, set now if one is due and nothing else can begin right after it."""
        assert self._segment_start_ms is not None
        boundary = self._grid.after(self._segment_start_ms)
        next_ms = self.end_ms + self._target_ms + TOLERANCE_MS
        last_chance = self._grid.overdue(self._segment_start_ms, next_ms)
        due = self.end_ms - self._segment_start_ms >= self._segment_ms or last_chance
        has_room = until_ms - self.end_ms >= SEGMENT_MS_MIN
        if boundary is None and self._lead and due and (has_room or last_chance):
            return self._grid.set(self.end_ms, bridged=True)
        return boundary

    def _append(self, cuts: list[Cut], frame: VideoFrame, start_ms: int, end_ms: int) -> None:
        long_enough_ms = PART_SHARE_MIN * self._target_ms
        if end_ms - self._part_ms > self._target_ms and start_ms - self._part_ms >= long_enough_ms:
            self._close_part(cuts, start_ms)
        sample = VideoSample(end_ms - start_ms, frame.cts_ms, frame.key, self._payload(frame))
        if not self._samples:
            self._part_video_ms = start_ms
        self._samples.append(sample)
        self.end_ms = end_ms
        self._cut_frame(cuts, sample, start_ms)
        while (rest_ms := end_ms - self._part_ms) > self._target_ms:
            # What is left over must be long enough for sound of its own: it may end the segment.
            part_ms = min(self._target_ms, rest_ms - int((1 - PART_SHARE_MIN) * self._target_ms))
            self._close_part(cuts, self._part_ms + part_ms)
        next_end_ms = end_ms + max(self._interval_ms - ROUNDING_MS, 1)
        full = next_end_ms - self._part_ms > self._target_ms
        if full and end_ms - self._part_ms >= long_enough_ms:
            self._close_part(cuts, end_ms)

    def _payload(self, frame: VideoFrame) -> bytes:
        """After a change, H.264 keyframes tell it too: ffmpeg reads only the first init segment."""
        assert self._video is not None
        if self._video_changed and frame.key and self._video.codec is VideoCodec.AVC:
            return avc.restated(self._video.record, frame.data)
        return frame.data

    def _cut_frame(self, cuts: list[Cut], sample: VideoSample, start_ms: int) -> None:
        assert self._audio is not None
        self._audio_in_frames = self._audio.still(self._audio_in_frames)
        audio = self._audio.read(self._audio_in_frames, start_ms + sample.duration_ms)
        chunks = self._fragment([sample], start_ms, audio, self._audio_in_frames)
        self._audio_in_frames += len(audio)
        cuts.append(FrameCut(chunks, sample.key))

    def _close_part(self, cuts: list[Cut], at_ms: int) -> None:
        assert self._audio is not None
        duration_ms = at_ms - self._part_ms
        self._audio.reach(at_ms)
        self._audio_in_parts = self._audio.still(self._audio_in_parts)
        audio = self._audio.read(self._audio_in_parts, at_ms)
        samples, self._samples = self._samples, []
        if not samples and not audio:
            self._audio.gone()  # neither picture nor sound came in time: only silence keeps the time
            self._audio.reach(at_ms)
            audio = self._audio.read(self._audio_in_parts, at_ms)
        self._part_ms = at_ms
        if not samples and not audio:
            return  # a sliver left by an uneven frame rate: shorter than one audio frame
        chunks = self._fragment(samples, self._part_video_ms, audio, self._audio_in_parts)
        self._audio_in_parts += len(audio)
        cuts.append(PartCut(chunks, duration_ms, any(sample.key for sample in samples)))

    def _close_segment(self, cuts: list[Cut], at_ms: int) -> None:
        if at_ms > self._part_ms:
            self._close_part(cuts, at_ms)
        cuts.append(Closed())

    def _fragment(
        self, samples: Sequence[VideoSample], video_ms: int, audio: Sequence[bytes], number: int
    ) -> Chunks:
        assert self._audio is not None
        self._sequence += 1
        frame_samples = self._audio.config.frame_samples
        return cmaf.fragment(
            self._sequence, samples, video_ms, audio, self._audio.time_of(number), frame_samples
        )
