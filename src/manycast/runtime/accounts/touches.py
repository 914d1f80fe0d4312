"""When the last use of a credential was written down, so that no request waits for it twice in a minute."""

PAUSE_MS = 60_000
ENTRIES_MAX = 10_000
"""Forgetting one costs a write."""


class Touches:
    """From any thread: two that come at once write twice, and nothing else happens."""

    def __init__(self) -> None:
        self._tried_ms: dict[str, int] = {}

    def due(self, credential_id: str, now_ms: int) -> bool:
        """Whether to write now; then not again for a minute, also when it fails."""
        if now_ms - self._tried_ms.get(credential_id, -PAUSE_MS) < PAUSE_MS:
            return False
        if len(self._tried_ms) >= ENTRIES_MAX:
            self._tried_ms.clear()
        self._tried_ms[credential_id] = now_ms
        return True
