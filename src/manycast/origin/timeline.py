"""From a publisher's timestamps to the media timeline (milliseconds since 1970)."""

from manycast.settings.origin import OriginSettings


LAG_WINDOW_MS = 30_000
"""The least delayed frame of one to two of these tells the clocks' difference from the network's delay."""
DRIFT_MS_MAX = 20
"""Media time may be this far from the wall clock before it is moved: less than a frame."""
NUDGE_INTERVAL_MS = 2000
"""One millisecond in this time follows clocks that are 500 ppm off; crystals are within 100."""


class Timeline:
    """One publishing connection's clock: a single offset for audio and video.

    The first keyframe is put at the wall clock, or at ``floor_ms`` when the stream already reaches
    further. A jump of the publisher's clock is noticed on the video and mended at the next keyframe,
    where the time that really passed is put in its place. Clocks that run at different rates are
    kept together by moving keyframes a millisecond at a time.
    """

    def __init__(self, settings: OriginSettings, floor_ms: int) -> None:
        self._settings = settings
        self._floor_ms = floor_ms
        self._offset_ms: int | None = None
        self._dts_ms = 0
        self._media_ms = 0
        self._lag = _Lag(0, 0)
        self._nudged_ms = 0
        self._jumped = False
        self.jumps = 0

    def media_now(self, now_ms: int) -> int:
        """Where the timeline stands at ``now_ms``: late frames do not hold it back."""
        if self._offset_ms is None:
            return max(now_ms, self._floor_ms)
        return now_ms - self._lag.least_ms

    def video(self, dts_ms: int, *, key: bool, now_ms: int) -> int | None:
        """Media time of a video frame; None while a keyframe is awaited."""
        if self._offset_ms is None or self._is_jump(dts_ms, now_ms):
            if not key:
                self._jumped = self._offset_ms is not None
                return None
            self._rebase(dts_ms, now_ms)
        assert self._offset_ms is not None
        self._lag.see(now_ms - dts_ms - self._offset_ms, now_ms)
        if key:
            self._nudge(now_ms)
        self._dts_ms = dts_ms
        self._media_ms = max(dts_ms + self._offset_ms, self._media_ms + 1)
        return self._media_ms

    def beside(self, dts_ms: int) -> int | None:
        """Media time of a frame of sound or of a further video track; None before the first keyframe or across a jump."""
        if self._offset_ms is None or self._jumped:
            return None
        media_ms = dts_ms + self._offset_ms
        near = abs(media_ms - self._media_ms) <= self._settings.audio_offset_ms_max
        return media_ms if near else None

    def settle(self) -> int:
        """Put the first frames by the least delayed of them; returns the milliseconds to add to those placed before.

        The first one is late, since encoders and connections start slowly: by it, the timeline would
        stay ahead of the wall clock.
        """
        assert self._offset_ms is not None
        by_ms = self._lag.least_ms
        self._offset_ms += by_ms
        self._media_ms += by_ms
        self._lag.move(by_ms)
        return by_ms

    def catch_up(self, media_ms: int, now_ms: int) -> None:
        """Frames stay late: put what would stand at ``media_ms`` where the timeline is."""
        assert self._offset_ms is not None
        self.jumps += 1
        self._offset_ms += max(self.media_now(now_ms) - media_ms, 0)

    def _rebase(self, dts_ms: int, now_ms: int) -> None:
        """From now on ``dts_ms`` stands where the timeline is, never before what was already placed."""
        self.jumps += self._offset_ms is not None
        media_ms = max(self.media_now(now_ms), self._media_ms + 1)
        if self._offset_ms is None:
            self._lag = _Lag(now_ms - media_ms, now_ms)
        self._offset_ms = media_ms - dts_ms
        self._nudged_ms = now_ms
        self._jumped = False

    def _nudge(self, now_ms: int) -> None:
        """Follow a clock that runs faster or slower than ours; sooner than that, it is the network."""
        assert self._offset_ms is not None
        lag_ms = self._lag.least_ms
        if abs(lag_ms) <= DRIFT_MS_MAX or now_ms - self._nudged_ms < NUDGE_INTERVAL_MS:
            return
        by_ms = 1 if lag_ms > 0 else -1
        self._nudged_ms = now_ms
        self._offset_ms += by_ms
        self._lag.move(by_ms)

    def _is_jump(self, dts_ms: int, now_ms: int) -> bool:
        """A pause takes as long as it says; a jump ahead does not."""
        assert self._offset_ms is not None
        ahead_ms = dts_ms - self._dts_ms
        limit_ms = self._settings.jump_ms
        early_ms = dts_ms + self._offset_ms - self.media_now(now_ms)
        leaps = ahead_ms > limit_ms and early_ms > limit_ms
        return self._jumped or leaps or ahead_ms < -limit_ms


class _Lag:
    """The least that frames were behind the wall clock, lately: what the network added is not in it."""

    def __init__(self, lag_ms: int, now_ms: int) -> None:
        self._before_ms = self._since_ms = lag_ms
        self._began_ms = now_ms

    @property
    def least_ms(self) -> int:
        return min(self._before_ms, self._since_ms)

    def see(self, lag_ms: int, now_ms: int) -> None:
        if now_ms - self._began_ms >= LAG_WINDOW_MS:
            self._before_ms, self._since_ms = self._since_ms, lag_ms
            self._began_ms = now_ms
        self._since_ms = min(self._since_ms, lag_ms)

    def move(self, by_ms: int) -> None:
        """Media time went forward by this much."""
        self._before_ms -= by_ms
        self._since_ms -= by_ms
