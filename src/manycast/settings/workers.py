"""How several workers share one node."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkersSettings:
    ready_s: float = 30.0
    """Seconds for a new worker to take over; then the one it was to replace stays."""
    restart_s: float = 0.01
    """Seconds until a worker that ended is started again; each further end in a row doubles them."""
    peer_connections_max: int = 256
    """Open connections to one other worker: each request that it holds occupies one."""
    peer_queue_max: int = 20_000
    """Requests that wait for such a connection: as many as there may be viewers."""
    peer_away_s: float = 3.0
    """Seconds that requests wait for a worker that is being started again, which takes about half of
    one; then parents are asked directly, and the reply is not kept."""
    peer_slack_s: float = 1.0
    """Seconds that a request to another worker may take beyond what that worker itself waits."""
    gather_s: float = 2.0
    """Seconds for the other workers to answer for themselves: metrics, readiness, purges."""
    gathered_bytes_max: int = 4_194_304
    """Bytes of one such answer; a worker's metrics are a few KB."""
