"""How a fetch from a parent can fail."""

from enum import Enum


class Failure(Enum):
    UNREACHABLE = "unreachable"
    """No connection came about: the request was never sent."""
    BUSY = "busy"
    """Too many fetches wait for a connection already: the node is at fault, and nothing was sent."""
    TIMEOUT = "timeout"
    BROKEN = "broken"
    """The connection ended or spoke nonsense before the response was whole."""

    @property
    def unsent(self) -> bool:
        """Whether the parent cannot have acted on the request."""
        return self in {Failure.UNREACHABLE, Failure.BUSY}
