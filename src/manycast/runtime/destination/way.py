"""One connection to one place, whatever is spoken on it."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from manycast.destination.sender import Timed


ROOM_BYTES: Final = 32_768
"""Waiting below this, a connection has room for more: 40 ms at 6 Mbit/s."""


class Way(Protocol):
    """Made for one attempt; what to send, and when to give up, is decided by ``destination.sender``."""

    @property
    def waiting_bytes(self) -> int:
        """Handed over and not yet taken by the kernel."""

    @property
    def sent_bytes(self) -> int: ...

    @property
    def round_trip_ms(self) -> float | None:
        """None where it is not known."""

    async def run(self, opened: Callable[[], None], room: Callable[[], None]) -> None:
        """Open and stay open until ``close``.

        ``opened`` is called once, when media may follow; ``room`` whenever there is room again.
        Raises RefusedError when the other side says no in words, OSError when there is no way to it.
        """

    def send(self, batch: Sequence[Timed]) -> None:
        """Never waits; the first batch begins with both configs."""

    def close(self, *, goodbye: bool) -> None:
        """``run`` returns soon: at once, or when the other side was told that the stream is over."""
