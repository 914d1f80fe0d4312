"""The door between a publishing protocol (RTMP, SRT) and the origin."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from manycast.model.media import Media
from manycast.model.refusals import RefusedError


@dataclass(frozen=True, slots=True)
class Caller:
    """Who wants to publish."""

    peer: str
    """Address as ``host:port``, for people."""
    protocol: str
    """``rtmp``, ``rtmps`` or ``srt``."""


class Publisher(Protocol):
    """One admitted publishing connection, as the origin sees it."""

    def media(self, item: Media) -> None:
        """Take one item in the order it was sent; raises RefusedError when it cannot be carried."""

    def lost(self, reason: str, *, clean: bool) -> None:
        """The connection is over; ``clean`` when the publisher said goodbye. Called exactly once."""


Admitted = Callable[[Publisher | RefusedError], None]
GiveUp = Callable[[], None]
"""Takes a question back: its answer is not wanted any more."""


def nothing() -> None:
    """Gives up what was settled at once."""


class Door(Protocol):
    """Decides who may publish."""

    def admit(self, key: str, caller: Caller, then: Admitted) -> GiveUp:
        """Check a stream key before any media is taken; ``then`` is called once, now or later."""

    def enter(self, channel: str, caller: Caller) -> Publisher:
        """Take in who has proved to be a channel's publisher already; raises RefusedError."""
