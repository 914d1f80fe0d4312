"""Limits of the HTTP server and client."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpServerSettings:
    """What one listening socket accepts from strangers."""

    connections_max: int = 20_000
    """Open connections; the next one is told 503. An idle connection costs less than 5 KB."""
    backlog: int = 4_096
    """Connections the kernel may queue before they are accepted: a herd arrives within one loop turn."""
    target_bytes_max: int = 8_192
    """Bytes of the request target: what RFC 9112 section 3 asks of every server, with room."""
    head_bytes_max: int = 32_768
    """Bytes of a request head: cookies of careless sites reach 16 KB."""
    headers_max: int = 100
    """Header fields of a request: browsers send about 20."""
    body_bytes_max: int = 1_048_576
    """Bytes of a request body, which is held in memory: nothing on the data path takes uploads."""
    pipelined_max: int = 64
    """Requests read ahead of the one being answered; beyond it the client is refused."""
    head_s: float = 10.0
    """Seconds from the first byte of a request (or the connection) to the end of its head: slowloris."""
    body_s: float = 30.0
    """Seconds from the end of the head to the end of the body."""
    keep_alive_s: float = 75.0
    """Seconds a connection may idle between requests; longer than the 60 s of common load balancers."""
    linger_s: float = 2.0
    """Seconds a refused client may go on sending, so that it reads the refusal and not a reset."""
    write_buffer_bytes: int = 524_288
    """Unsent bytes of one connection beyond which no further request of it is answered: two parts."""
    send_stall_s: float = 20.0
    """Seconds without a byte leaving a full send buffer until the client counts as gone."""
    drain_s: float = 20.0
    """Seconds that replies in flight get to finish when the server stops; a held playlist takes less."""
    hand_over_idle_s: float = 3.0
    """Seconds that idle connections get for one more request when another process takes over the
    port: players ask every 2 s or more often, and others notice an idle connection's end."""
    known_heads_max: int = 1_024
    """Header blocks remembered by the fast path; browsers repeat one per page and player."""
    known_head_bytes_max: int = 4_096
    """Bytes of a header block worth remembering, which bounds that memory at 4 MB."""
