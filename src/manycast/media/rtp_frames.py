"""Packets of one RTP track to its frames: in order, whole, and not for ever waiting for what is lost."""

from collections.abc import Iterator
from dataclasses import dataclass


SEQUENCES = 1 << 16
WINDOW = 2048
"""Packets ahead of the one that is awaited: some 4 s at 5 Mbit/s; beyond it the sender began anew."""


@dataclass(frozen=True, slots=True)
class RtpPiece:
    """What of a packet matters here; ``data`` is without the payload format's own headers."""

    sequence: int
    timestamp: int
    marker: bool
    """The last one of its frame."""
    data: bytes


@dataclass(frozen=True, slots=True)
class RtpFrame:
    timestamp: int
    data: bytes
    gap: bool
    """Something before it is lost for good."""


class Reassembly:
    """``wait_ms`` is how long a missing packet may be sent again; ``single``: every packet is a frame (sound)."""

    def __init__(self, wait_ms: float, *, single: bool = False) -> None:
        self._wait_ms = wait_ms
        self._single = single
        self._held: dict[int, RtpPiece] = {}
        self._next: int | None = None
        self._highest = 0
        self._blocked_ms: float | None = None
        """Since when a packet is missing."""
        self._gap = False

    def add(self, piece: RtpPiece, now_ms: float) -> list[RtpFrame]:
        at = self._extended(piece.sequence)
        if self._next is None or abs(at - self._next) > WINDOW:
            self._gap |= self._next is not None
            self._held.clear()
            self._next = self._highest = at
        if at >= self._next:
            self._held.setdefault(at, piece)
            self._highest = max(self._highest, at)
        return self._take(now_ms)

    def give_up(self, now_ms: float) -> list[RtpFrame]:
        """Go on behind what is missing, once it was waited for; to be called now and then."""
        if self._blocked_ms is None or now_ms - self._blocked_ms < self._wait_ms:
            return []
        following = next(self._beginnings(), None)
        if following is None:
            return []
        self._drop_before(following)
        self._gap, self._blocked_ms = True, None
        return self._take(now_ms)

    def missing(self) -> list[int]:
        """Sequence numbers that others came after, as they are on the wire."""
        awaited = range(self._next or 0, self._highest) if self._held else ()
        return [at % SEQUENCES for at in awaited if at not in self._held]

    def _take(self, now_ms: float) -> list[RtpFrame]:
        frames: list[RtpFrame] = []
        while (end := self._end()) is not None:
            assert self._next is not None
            pieces = [self._held.pop(at) for at in range(self._next, end)]
            data = b"".join(piece.data for piece in pieces)
            frames.append(RtpFrame(pieces[0].timestamp, data, self._gap))
            self._next, self._gap = end, False
        if not self.missing():
            self._blocked_ms = None
        elif frames or self._blocked_ms is None:
            self._blocked_ms = now_ms
        return frames

    def _end(self) -> int | None:
        """Behind the last packet of the next frame; None while it is not whole."""
        at = first = self._next
        while at is not None and (piece := self._held.get(at)) is not None:
            assert first is not None
            if piece.timestamp != self._held[first].timestamp:
                return at  # its marked packet never was
            at += 1
            if piece.marker or self._single:
                return at
        return None

    def _beginnings(self) -> Iterator[int]:
        """Where a frame begins behind the first hole."""
        assert self._next is not None
        behind = False
        for at in range(self._next, self._highest + 1):
            piece, before = self._held.get(at), self._held.get(at - 1)
            behind |= piece is None
            if not behind or piece is None:
                continue
            if self._single or (before and (before.marker or before.timestamp != piece.timestamp)):
                yield at

    def _drop_before(self, following: int) -> None:
        self._held = {at: piece for at, piece in self._held.items() if at >= following}
        self._next = following

    def _extended(self, sequence: int) -> int:
        if self._next is None:
            return sequence
        return (
            self._highest + (sequence - self._highest + SEQUENCES // 2) % SEQUENCES - SEQUENCES // 2
        )
