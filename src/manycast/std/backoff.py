"""Growing waits between attempts."""

from dataclasses import dataclass


@dataclass(slots=True)
class Backoff:
    """Waits of ``first_s``, then doubled each time up to ``limit_s``; back to the start once things work."""

    first_s: float
    limit_s: float
    _next_s: float = 0.0

    def failed(self) -> float:
        """Count a failure; seconds to wait before the next attempt."""
        wait_s = self._next_s or self.first_s
        self._next_s = min(wait_s * 2, self.limit_s)
        return min(wait_s, self.limit_s)

    def worked(self) -> None:
        self._next_s = 0.0
