"""One writer of this process at a time, in the order in which they came."""

import threading
from collections import deque

from manycast.runtime.store.database import UnavailableError


class Turns:
    """A lock that nobody overtakes at.

    SQLite's own is a lottery with pauses of up to 100 ms, and whoever releases a plain lock mostly has it again
    before those who wait have woken up.
    """

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._guard = threading.Lock()
        self._queue: deque[threading.Lock] = deque()
        self._thread: int | None = None
        """Whose turn it is; 0 while it is handed on."""

    def __enter__(self) -> None:
        here = threading.get_ident()
        assert self._thread != here, "a transaction that writes inside of another waits for itself"
        with self._guard:
            if self._thread is None:
                self._thread = here
                return
            mine = threading.Lock()
            mine.acquire()
            self._queue.append(mine)
        if not mine.acquire(timeout=self._wait_s):
            self._give_up(mine)
        self._thread = here

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._thread = 0 if self._queue else None
            if self._queue:
                self._queue.popleft().release()

    def _give_up(self, mine: threading.Lock) -> None:
        with self._guard:
            if mine in self._queue:
                self._queue.remove(mine)
                raise UnavailableError(f"others write to the database since {self._wait_s} s")
        # The turn came at the last moment, after all.
