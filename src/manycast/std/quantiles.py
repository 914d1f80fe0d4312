"""A bounded histogram of real numbers that answers percentiles with a known error."""

EXACT_STEPS = 1024
"""Magnitudes below this many steps have a bucket each; above, every doubling is cut into half as many."""

_EXACT_BITS = EXACT_STEPS.bit_length() - 1
_LARGEST_STEPS = 1 << 32
"""Larger magnitudes are counted as this one, which keeps the number of buckets below 50,000."""


def _bucket(steps: int) -> int:
    if steps < 0:
        return -_bucket(-steps)
    shift = max(0, min(steps, _LARGEST_STEPS).bit_length() - _EXACT_BITS)
    return (shift << _EXACT_BITS) + (min(steps, _LARGEST_STEPS) >> shift)


def _steps(bucket: int) -> float:
    if bucket < 0:
        return -_steps(-bucket)
    shift, mantissa = divmod(bucket, EXACT_STEPS)
    return (mantissa << shift) + ((1 << shift) - 1) / 2


class Quantiles:
    """Counts in buckets one ``step`` wide up to 1024 steps, and 0.2 % wide beyond.

    The same holds below zero, so a difference of two clocks can be counted as it is.
    """

    __slots__ = ("_counts", "_step", "count")

    def __init__(self, step: float) -> None:
        self._step = step
        self._counts: dict[int, int] = {}
        self.count = 0

    def add(self, value: float) -> None:
        steps = round(value / self._step)
        bucket = steps if -EXACT_STEPS < steps < EXACT_STEPS else _bucket(steps)
        counts = self._counts
        counts[bucket] = counts.get(bucket, 0) + 1
        self.count += 1

    def merge(self, other: "Quantiles") -> None:
        assert other._step == self._step  # noqa: SLF001 - the same class
        for bucket, count in other._counts.items():  # noqa: SLF001
            self._counts[bucket] = self._counts.get(bucket, 0) + count
        self.count += other.count

    def quantile(self, fraction: float) -> float | None:
        """The value that ``fraction`` of all values do not exceed; None while nothing was counted."""
        left = max(1, round(fraction * self.count))
        for bucket in sorted(self._counts):
            left -= self._counts[bucket]
            if left <= 0:
                return _steps(bucket) * self._step
        return None

    def shares(self) -> list[tuple[float, float]]:
        """Each occupied bucket's value with its share of the count, in rising order."""
        return [
            (_steps(bucket) * self._step, self._counts[bucket] / self.count)
            for bucket in sorted(self._counts)
        ]
