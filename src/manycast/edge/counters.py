"""What a node counts."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    requests: int = 0
    """Every request that the engine saw; hits of the fast path included."""
    hits: int = 0
    joins: int = 0
    fetches: int = 0
    fetches_ahead: int = 0
    parent_errors: int = 0
    """Fetches that failed."""
    errors: int = 0
    """Requests answered with this node's own 5xx, or cut."""
    bytes_sent: int = 0
    """Body bytes given to the sockets of viewers."""
    bytes_fetched: int = 0
    purges: int = 0
