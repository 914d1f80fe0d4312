"""How well a publisher sends: figures of the last seconds, from arrival times and timestamps."""

from collections import deque
from dataclasses import dataclass

from manycast.model.media import AudioFrame, Media, TrackMedia, VideoFrame


WINDOW_MS = 2000
"""Rates are taken over this: one keyframe interval, whose frames differ most in size."""
SPAN_MS_MIN = 1000
"""At the beginning: encoders start with a burst."""
BUCKET_MS = 100
LATELY_MS = 10_000
"""Over which frames left out and time lost are judged."""
INTERVALS_KEPT = 60
"""Frame intervals that tell the usual one."""
JUMP_MS = 500
"""A timestamp so much earlier than the one before, or so much further ahead than time has passed, is a
jump of the publisher's clock and says nothing of its speed."""
GAP_MS_MAX = 2000
"""A longer hole is a pause."""
DRIFT = 0.0005
"""Clocks run apart by this much at most, and being behind is no matter of that."""
LEARN_EVERY = 8
"""Intervals from one look at all of them to the next, since it costs more than all else here."""
STEADY_SHARE = 0.7
"""Of intervals that are much the same, before others count as frames left out."""
LONG_SHARE = 0.45
"""Of intervals that are longer: beyond it, the rate varies by nature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestFigures:
    age_ms: int
    """Since the publisher came."""
    silent_ms: int
    """Since its last picture."""
    video_bps: int
    """Of all tracks."""
    audio_bps: int
    frame_rate: float
    """Of arrival."""
    stated_rate: float | None
    """By the timestamps; None while too few came."""
    keyframe_interval_ms: int | None
    behind_ms: int
    slipped_ms: int
    """How much further behind it fell lately."""
    dropped_frames: int
    dropped_share: float
    """Of the frames there should have been lately."""


class IngestMeter:
    """Tell it of all that arrives; times are milliseconds of any steady clock."""

    def __init__(self, now_ms: int) -> None:
        self._began_ms = now_ms
        self._rates = _Sums(now_ms, WINDOW_MS)
        self._frames = _Sums(now_ms, LATELY_MS)
        self._pace = _Pace(now_ms)
        self._rhythm = _Rhythm()
        self._heard_ms = now_ms
        self._key_ms: int | None = None
        self._key_interval_ms: int | None = None
        self._dropped = 0

    def see(self, item: Media, now_ms: int) -> None:
        if isinstance(item, VideoFrame):
            self._watch(item, now_ms)
        elif isinstance(item, AudioFrame):
            self._rates.add(now_ms, 0, len(item.data), 0)
        elif isinstance(item, TrackMedia) and isinstance(item.item, VideoFrame):
            self._rates.add(now_ms, len(item.item.data), 0, 0)

    def figures(self, now_ms: int) -> IngestFigures:
        video, audio, frames = self._rates.sums(now_ms)
        shown, dropped, _ = self._frames.sums(now_ms)
        span_ms = max(min(WINDOW_MS, now_ms - self._began_ms), SPAN_MS_MIN)
        return IngestFigures(
            age_ms=now_ms - self._began_ms,
            silent_ms=now_ms - self._heard_ms,
            video_bps=video * 8000 // span_ms,
            audio_bps=audio * 8000 // span_ms,
            frame_rate=round(frames * 1000 / span_ms, 1),
            stated_rate=self._rhythm.rate,
            keyframe_interval_ms=self._key_interval_ms,
            behind_ms=self._pace.behind_ms(now_ms),
            slipped_ms=self._pace.slipped_ms(now_ms),
            dropped_frames=self._dropped,
            dropped_share=dropped / max(shown + dropped, 1),
        )

    def _watch(self, frame: VideoFrame, now_ms: int) -> None:
        self._heard_ms = now_ms
        self._rates.add(now_ms, len(frame.data), 0, 1)
        dropped = 0
        if self._pace.see(frame.dts_ms, now_ms):
            dropped = self._rhythm.see(frame.dts_ms)
        else:
            self._rhythm.jump(frame.dts_ms)
            self._key_ms = None
        self._dropped += dropped
        self._frames.add(now_ms, 1, dropped, 0)
        if frame.key:
            if self._key_ms is not None:
                self._key_interval_ms = frame.dts_ms - self._key_ms
            self._key_ms = frame.dts_ms


class _Sums:
    """Three numbers added up over a window, in buckets."""

    def __init__(self, now_ms: int, window_ms: int) -> None:
        self._window_ms = window_ms
        self._bucket_ms = now_ms
        self._bucket = [0, 0, 0]
        self._buckets: deque[tuple[int, list[int]]] = deque([(now_ms, self._bucket)])
        self._sums = [0, 0, 0]

    def add(self, now_ms: int, *numbers: int) -> None:
        if now_ms - self._bucket_ms >= BUCKET_MS:
            self._bucket_ms, self._bucket = now_ms, [0, 0, 0]
            self._buckets.append((now_ms, self._bucket))
            self._forget(now_ms)
        for place, number in enumerate(numbers):
            self._bucket[place] += number
            self._sums[place] += number

    def sums(self, now_ms: int) -> list[int]:
        self._forget(now_ms)
        return self._sums

    def _forget(self, now_ms: int) -> None:
        while self._buckets and now_ms - self._buckets[0][0] >= self._window_ms:
            _, old = self._buckets.popleft()
            self._sums = [whole - part for whole, part in zip(self._sums, old, strict=True)]
            if old is self._bucket:
                self._bucket = [0, 0, 0]
                self._buckets.append((now_ms, self._bucket))
                self._bucket_ms = now_ms


class _Pace:
    """Media time against time: the best that ever was is on time, but for what clocks drift."""

    def __init__(self, now_ms: int) -> None:
        self._seen_ms = now_ms
        self._dts_ms: int | None = None
        self._base_ms = 0.0
        self._past: deque[tuple[int, int]] = deque()
        """When, and how far behind, once a second."""

    def see(self, dts_ms: int, now_ms: int) -> bool:
        """False when the publisher's clock jumped."""
        lag_ms = now_ms - dts_ms
        steady = True
        if self._dts_ms is None:
            self._base_ms = lag_ms
        else:
            passed_ms = now_ms - self._seen_ms
            step_ms = dts_ms - self._dts_ms
            steady = -JUMP_MS <= step_ms <= passed_ms + JUMP_MS
            self._base_ms += passed_ms * DRIFT
            if not steady:
                self._base_ms += passed_ms - step_ms
            self._base_ms = min(self._base_ms, lag_ms)
        self._dts_ms, self._seen_ms = dts_ms, now_ms
        return steady

    def behind_ms(self, now_ms: int) -> int:
        return 0 if self._dts_ms is None else max(0, int(now_ms - self._dts_ms - self._base_ms))

    def slipped_ms(self, now_ms: int) -> int:
        behind_ms = self.behind_ms(now_ms)
        if not self._past or now_ms - self._past[-1][0] >= 1000:
            self._past.append((now_ms, behind_ms))
        while now_ms - self._past[0][0] > LATELY_MS:
            self._past.popleft()
        return max(0, behind_ms - min(behind for _, behind in self._past))


class _Rhythm:
    """The usual interval between pictures, and how many are missing where it is longer."""

    def __init__(self) -> None:
        self._dts_ms: int | None = None
        self._intervals: deque[int] = deque(maxlen=INTERVALS_KEPT)
        self._seen = 0
        self._usual_ms: float | None = None

    @property
    def rate(self) -> float | None:
        return None if self._usual_ms is None else round(1000 / self._usual_ms, 1)

    def jump(self, dts_ms: int) -> None:
        self._dts_ms = dts_ms

    def see(self, dts_ms: int) -> int:
        """How many pictures were left out before this one."""
        before_ms, self._dts_ms = self._dts_ms, dts_ms
        if before_ms is None or not 0 < dts_ms - before_ms <= GAP_MS_MAX:
            return 0
        interval_ms = dts_ms - before_ms
        self._intervals.append(interval_ms)
        self._seen += 1
        if self._seen % LEARN_EVERY == 0 and len(self._intervals) >= INTERVALS_KEPT // 4:
            self._learn()
        return 0 if self._usual_ms is None else max(0, round(interval_ms / self._usual_ms) - 1)

    def _learn(self) -> None:
        """Where pictures come at no rate in particular, none is missing."""
        middle_ms = sorted(self._intervals)[len(self._intervals) // 2]
        like = [one for one in self._intervals if _near(one, middle_ms)]
        enough = STEADY_SHARE * len(self._intervals)
        if len(like) >= enough:
            self._usual_ms = sum(like) / len(like)
        elif self._usual_ms is not None:
            usual_ms = self._usual_ms
            whole = sum(_near(one, round(one / usual_ms) * usual_ms) for one in self._intervals)
            long = sum(one > 1.5 * usual_ms for one in self._intervals)
            if whole < enough or long > LONG_SHARE * len(self._intervals):
                self._usual_ms = None


def _near(interval_ms: int, usual_ms: float) -> bool:
    """Timestamps are whole milliseconds, so that two intervals may differ by two."""
    return abs(interval_ms - usual_ms) <= max(2, 0.1 * usual_ms)
