"""What a node counts."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    requests: int = 0
    """Every request that the engine saw; hits of the fast path included. Each is one of the next four."""
    hits: int = 0
    """Answered from memory at once, be it stale while it is renewed."""
    joins: int = 0
    """Began by waiting for a fetch that another request had started."""
    forwards: int = 0
    """Began by starting a fetch."""
    refusals: int = 0
    """Answered in this node's own words without asking anybody."""
    renewals: int = 0
    """Fetches about a reply that is stored already."""
    stand_ins: int = 0
    """Requests answered with a stale reply because no parent gave a better one."""
    fetches: int = 0
    fetches_ahead: int = 0
    purges: int = 0
    parent_errors: int = 0
    """Fetches that failed."""
    errors: int = 0
    """Requests answered with this node's own 5xx, or cut."""
    bytes_sent: int = 0
    """Body bytes given to the sockets of viewers."""
    bytes_fetched: int = 0
