"""A virtual player's clock: what is buffered, where the playhead is, when it ran dry."""

from manycast.hls.viewer_timeline import NEAR_S, Piece


class Playback:
    """Plays at normal speed from the first buffered media on; all times are seconds since 1970 UTC.

    As a browser does, it goes on the moment media arrives after a stall, and stays later by as much.
    """

    __slots__ = (
        "_ahead_s",
        "_held_s",
        "_jumps",
        "_skip_s",
        "dry_at",
        "end_s",
        "playing",
        "stalled_s",
        "stalls",
    )

    def __init__(self) -> None:
        self.playing = False
        self.dry_at = 0.0
        """When the buffer is or was played to its end."""
        self.end_s: float | None = None
        """Media time of the buffer's end; None when nothing is buffered to go on from."""
        self.stalls = 0
        self.stalled_s = 0.0
        self._skip_s = 0.0
        self._ahead_s = 0.0
        self._held_s = 0.0
        self._jumps: list[tuple[float, float]] = []

    def seek(self, skip_s: float, now: float, ahead_s: float = 0.0) -> None:
        """Empty the buffer; the playhead will be ``skip_s`` into what is appended next.

        The first start waits for ``ahead_s`` of media ahead of it, as browsers want some.
        """
        self._ahead_s = ahead_s
        self._held_s = 0.0
        self.dry_at = min(self.dry_at, now)
        self.end_s = None
        self._skip_s = skip_s
        self._jumps.clear()

    def append(self, piece: Piece, now: float) -> bool:
        """Buffer ``piece``; True when playback begins with it."""
        if piece.gap:
            return False
        self._note_jump(piece)
        gain = piece.duration_s - self._skip_s
        self._skip_s = max(0.0, -gain)
        self.end_s = piece.end_s
        if gain <= 0:
            return False
        if not self.playing:
            return self._begin(gain, now)
        self._account_stall(now)
        self.dry_at += gain
        return False

    def _begin(self, gain: float, now: float) -> bool:
        self._held_s += gain
        self.dry_at = now + self._held_s
        self.playing = self._held_s >= self._ahead_s
        return self.playing

    def _note_jump(self, piece: Piece) -> None:
        """Media time may jump between pieces (an outage); or a segment may repeat what is there."""
        if self.end_s is None:
            return
        step = piece.start_s - self.end_s
        if -piece.duration_s < step < -NEAR_S:
            self._skip_s = -step
        elif abs(step) > NEAR_S:
            self._jumps.append((self.dry_at, step))

    def _account_stall(self, now: float) -> None:
        if now > self.dry_at:
            self.stalls += 1
            self.stalled_s += now - self.dry_at
            self.dry_at = now
            self._jumps.clear()

    def finish(self, now: float) -> None:
        """Count a stall that still lasts."""
        if self.playing:
            self._account_stall(now)

    def behind_s(self, now: float) -> float:
        """How long ago the media at the playhead was captured."""
        assert self.end_s is not None
        behind = now - self.end_s + max(0.0, self.dry_at - now)
        if self._jumps:
            self._jumps = [jump for jump in self._jumps if jump[0] > now]
            behind += sum(step for _, step in self._jumps)
        return behind
