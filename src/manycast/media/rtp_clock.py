"""Times of RTP: each track counts from anywhere at a rate of its own, and the sender's reports tie them together."""

from dataclasses import dataclass, field


WRAP = 1 << 32
NTP_SECOND = 1 << 32


@dataclass
class RtpTrack:
    """One track's clock; ``rate`` is its ticks in a second."""

    rate: int
    start_ms: float = 0.0
    """Where its tick 0 stands on the common timeline."""
    reported_ms: float | None = None
    """When its tick 0 was, by the sender's own clock."""
    _last: int | None = None

    def ticks(self, timestamp: int) -> int:
        """``timestamp`` without its wrap, which 32 bits at 90 kHz have every 13 hours; near the last one."""
        if self._last is None:
            return timestamp
        ahead = (timestamp - self._last + WRAP // 2) % WRAP - WRAP // 2
        return self._last + ahead

    def ms(self, timestamp: int) -> float:
        """Of a frame, in milliseconds since tick 0."""
        self._last = self.ticks(timestamp)
        return self._last * 1000 / self.rate

    @property
    def begun(self) -> bool:
        return self._last is not None

    def report(self, ntp: int, timestamp: int) -> None:
        """``ntp``: the sender's clock in 2^-32 s at this timestamp (RFC 3550 6.4.1)."""
        self.reported_ms = (ntp * 1000 / NTP_SECOND) - self.ticks(timestamp) * 1000 / self.rate


@dataclass
class Lips:
    """Places picture and sound on one timeline: by their arrival until the sender's reports say how they belong together.

    The picture leads; the sound is moved to it.
    """

    video: RtpTrack = field(default_factory=lambda: RtpTrack(90_000))
    audio: RtpTrack = field(default_factory=lambda: RtpTrack(48_000))

    def place(self, track: RtpTrack, timestamp: int, now_ms: float) -> int:
        """Milliseconds of a frame that is whole at ``now_ms``."""
        begun = track.begun
        ms = track.ms(timestamp)
        if not begun:
            track.start_ms = now_ms - ms
        self._align()
        return round(track.start_ms + ms)

    def report(self, track: RtpTrack, ntp: int, timestamp: int) -> None:
        if track.begun:
            track.report(ntp, timestamp)

    def _align(self) -> None:
        if self.video.reported_ms is not None and self.audio.reported_ms is not None:
            apart_ms = self.audio.reported_ms - self.video.reported_ms
            self.audio.start_ms = self.video.start_ms + apart_ms
