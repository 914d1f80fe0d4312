"""The layer that several nodes share, in Valkey or Redis: optional, and never waited for longer than it is worth."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SharedSettings:
    url: str = ""
    """Where it is, such as ``redis://10.0.0.5:6379/0``, with ``rediss`` for TLS; empty turns the layer
    off. Needs ``pip install manycast[shared]``."""
    prefix: str = "manycast:"
    """What its keys begin with, so that several networks may use one server."""
    timeout_ms: float = 20.0
    """Milliseconds one operation may take: less than a parent that is near takes, and so less than is won."""
    connect_ms: float = 250.0
    """Milliseconds the first connection may take, which nobody waits for."""
    value_bytes_max: int = 1_048_576
    """Bytes of one value: a larger object would keep the others waiting behind it."""
    fresh_s_min: float = 10.0
    """Seconds an object must be fresh still to be put there."""
    connections_max: int = 8
    """Connections of one worker, which is also how many of its operations are under way at a time."""
    waiting_max: int = 256
    """Operations that may wait or be under way; beyond it looking up is a miss and storing is left out."""
    failures_max: int = 5
    """Failures in a row after which the layer is not asked any more for a while."""
    open_s: float = 1.0
    """Seconds until one operation tries whether it is back; doubled with each that fails."""
    open_s_max: float = 30.0
    """Seconds such a pause takes at most."""
    looked_up_max: int = 10_000
    """Keys looked up in vain and being fetched: only what is fetched after a look-up is put there."""
