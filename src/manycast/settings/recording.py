"""Recording live streams to this machine's disk."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    enabled: bool = False
    """Record every stream. Off by default: a 6 Mbit/s stream takes 2.7 GB an hour."""
    free_bytes_min: int = 1_000_000_000
    """Stop before the disk has less than this left, so that a recording never takes the machine down."""
    retry_s: float = 30.0
    """Seconds before a recording that failed (disk full, folder not writable) begins anew."""
    queue_segments_max: int = 16
    """Segments that may wait for a slow disk; half a minute. Beyond it segments are left out, marked by a discontinuity."""
