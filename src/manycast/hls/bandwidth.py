"""BANDWIDTH and AVERAGE-BANDWIDTH measured from what was really sent."""

from collections import deque


class Bandwidth:
    """Measures one rendition segment by segment.

    rfc8216bis: the peak segment bit rate is the largest bit rate of any contiguous set of segments
    whose total duration is between 0.5 and 1.5 times the target duration; the average segment bit
    rate is the average over all segments. Both count the bytes on the wire, container included.
    """

    def __init__(self, target_duration_ms: int, *, declared_bps: int = 0) -> None:
        """Start from ``declared_bps``, the ceiling an encoder was given: the peak is never below it."""
        self._shortest_ms = 0.5 * target_duration_ms
        self._longest_ms = 1.5 * target_duration_ms
        self._recent: deque[tuple[int, int]] = deque()
        self._recent_ms = 0
        self._peak_bps = declared_bps
        self._bytes = 0
        self._duration_ms = 0

    @property
    def peak_bps(self) -> int:
        return max(self._peak_bps, self.average_bps)

    @property
    def average_bps(self) -> int:
        """0 until the first segment."""
        return _bps(self._bytes, self._duration_ms) if self._duration_ms else 0

    def add_segment(self, size_bytes: int, duration_ms: int) -> None:
        assert duration_ms > 0, "a segment has a duration"
        self._bytes += size_bytes
        self._duration_ms += duration_ms
        self._recent.append((size_bytes, duration_ms))
        self._recent_ms += duration_ms
        while self._recent_ms > self._longest_ms:
            self._recent_ms -= self._recent.popleft()[1]
        self._measure_sets_ending_here()

    def _measure_sets_ending_here(self) -> None:
        total_bytes = total_ms = 0
        for size_bytes, duration_ms in reversed(self._recent):
            total_bytes += size_bytes
            total_ms += duration_ms
            if total_ms >= self._shortest_ms:
                self._peak_bps = max(self._peak_bps, _bps(total_bytes, total_ms))


def _bps(size_bytes: int, duration_ms: int) -> int:
    return -(-8000 * size_bytes // duration_ms)
