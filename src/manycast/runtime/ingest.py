"""The door between a publishing protocol (RTMP, SRT) and the origin."""

from typing import Protocol

from manycast.model.media import Media


class Publisher(Protocol):
    """One admitted publishing connection, as the origin sees it."""

    def media(self, item: Media) -> None:
        """Take one item in the order it was sent; raises RefusedError when it cannot be carried."""

    def lost(self, reason: str, *, clean: bool) -> None:
        """The connection is over; ``clean`` when the publisher said goodbye. Called exactly once."""


class Door(Protocol):
    """Decides who may publish."""

    def admit(self, key: str, peer: str) -> Publisher:
        """Check a stream key before any media is taken; raises RefusedError.

        ``peer`` is the publisher's address as ``host:port``, for the log.
        """
