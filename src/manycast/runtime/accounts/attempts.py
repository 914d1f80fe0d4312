"""The throttle of guesses, from any thread."""

import threading

from manycast.control.throttle import Throttle
from manycast.edge.guard.addresses import party


class TooManyError(Exception):
    """So many wrong guesses came before that this one has to wait."""

    def __init__(self, wait_ms: int) -> None:
        super().__init__("too many wrong attempts")
        self.wait_s = -(-wait_ms // 1000)


class Attempts:
    """``address`` is a peer's; a whole /64 of IPv6 counts as one."""

    def __init__(self) -> None:
        self._throttle = Throttle()
        self._lock = threading.Lock()

    def take(self, account: str, address: str, now_ms: int) -> None:
        """Raises TooManyError."""
        with self._lock:
            wait_ms = self._throttle.take(account, party(address), now_ms)
        if wait_ms:
            raise TooManyError(wait_ms)

    def take_code(self, account: str, now_ms: int) -> None:
        """Raises TooManyError."""
        with self._lock:
            wait_ms = self._throttle.take_code(account, now_ms)
        if wait_ms:
            raise TooManyError(wait_ms)

    def refund_code(self, account: str, now_ms: int) -> None:
        with self._lock:
            self._throttle.refund_code(account, now_ms)

    def refund(self, account: str, address: str, now_ms: int) -> None:
        with self._lock:
            self._throttle.refund(account, party(address), now_ms)

    def succeeded(self, account: str, address: str, now_ms: int) -> None:
        with self._lock:
            self._throttle.succeeded(account, party(address), now_ms)
