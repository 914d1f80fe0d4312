"""Token buckets for many keys, one number each."""

from collections.abc import Hashable
from typing import Generic, TypeVar


K = TypeVar("K", bound=Hashable)


class Buckets(Generic[K]):
    """Each key may take ``burst`` tokens at once and ``per_s`` a second in the long run.

    Kept as the time at which a key's bucket is full again: the generic cell rate algorithm of
    ITU-T I.371. At most ``keys_max`` keys are remembered; the one unused for longest is forgiven first.
    """

    def __init__(self, per_s: float, burst: int, keys_max: int) -> None:
        assert per_s > 0, "no rate is no bucket"
        assert burst > 0, "an empty bucket gives nothing"
        assert keys_max > 0, "a table has room"
        self._each_s = 1 / per_s
        self._slack_s = (burst - 1) / per_s
        self._keys_max = keys_max
        self._full_at: dict[K, float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: K, now: float) -> float:
        """Take a token; 0 when there was one, else the seconds until there is."""
        full_at = max(self._full_at.pop(key, now), now)
        wait_s = full_at - now - self._slack_s
        if wait_s > 1e-9:  # rounding is no debt
            self._full_at[key] = full_at
            return wait_s
        if len(self._full_at) >= self._keys_max:
            del self._full_at[next(iter(self._full_at))]
        self._full_at[key] = full_at + self._each_s
        return 0.0
