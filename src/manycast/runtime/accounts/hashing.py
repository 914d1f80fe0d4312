"""Passwords as Argon2id keeps them, a few at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
"""The smallest that OWASP's password storage cheat sheet recommends: 40 ms on one core, so that a small machine that encodes video logs people in."""
AT_ONCE = 2
"""Each takes 19 MiB and a core."""
WAITING_MAX = 16
"""Behind them: more, and those who guess passwords would take the threads that answer everybody else."""
WAIT_S = 10.0
"""Behind others who log in; longer, and whoever waits has gone."""


class BusyError(Exception):
    """Too many people log in at this moment."""


class Hashing:
    """From any thread."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(PASSES, MEMORY_KIB, LANES)
        self._seats = threading.BoundedSemaphore(AT_ONCE)
        self._places = threading.BoundedSemaphore(AT_ONCE + WAITING_MAX)

    def hash(self, password: str) -> str:
        """Raises BusyError."""
        with self._seat():
            return self._hasher.hash(password)

    def verify(self, kept: str | None, password: str) -> bool:
        """Takes the same time without a kept one, so that it does not tell which accounts there are. Raises BusyError."""
        with self._seat():
            try:
                self._hasher.verify(kept or self._nobody, password)
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None

    def is_old(self, kept: str) -> bool:
        """Whether it was made with less work than is due now."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody's password")

    @contextmanager
    def _seat(self) -> Iterator[None]:
        with _taken(self._places, 0.0), _taken(self._seats, WAIT_S):
            yield


@contextmanager
def _taken(places: threading.Semaphore, wait_s: float) -> Iterator[None]:
    """Raises BusyError when there is none in time."""
    if not places.acquire(timeout=wait_s):
        raise BusyError("too many people log in at this moment")
    try:
        yield
    finally:
        places.release()
