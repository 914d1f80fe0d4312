"""How a swarm of measuring viewers behaves: hls.js 1.7 in its default configuration."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """How often one request is tried again before the player gives up."""

    errors_max: int
    """Retries after an error reply or a lost connection."""
    timeouts_max: int
    """Retries after a time-out; each follows at once."""
    timeout_s: float
    """Seconds until a request counts as timed out."""
    delay_s: float = 1.0
    """Seconds before the first retry after an error; every further one waits twice as long."""
    delay_max_s: float = 8.0
    """Seconds no such wait exceeds."""


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """Retries, waits and sizes of ``manycast load``."""

    multivariant: RetrySettings = RetrySettings(errors_max=1, timeouts_max=2, timeout_s=20.0)
    """hls.js manifestLoadPolicy."""
    playlist: RetrySettings = RetrySettings(errors_max=2, timeouts_max=2, timeout_s=10.0)
    """hls.js playlistLoadPolicy; blocking requests have the time-out of their playlist instead."""
    media: RetrySettings = RetrySettings(errors_max=6, timeouts_max=4, timeout_s=10.0)
    """hls.js fragLoadPolicy."""
    rejoin_s: float = 3.0
    """Seconds until a viewer whose player gave up starts over, as a page that reloads its player."""
    ramp_viewers_per_s: float = 500.0
    """Viewers that start in one second: a rush, but not a connection storm that would measure
    the kernel's accept queue."""
    ramp_s_max: float = 10.0
    """Longest ramp: a larger swarm starts faster rather than later."""
    tick_s: float = 0.05
    """Seconds between looks at the viewers' deadlines. Time-outs are seconds long, and one sweep
    costs less than a timer for each request."""
    moments_max: int = 256
    """Playlist texts kept parsed: all states that viewers of a stream can be at, with room."""
    receive_buffer_bytes: int = 262_144
    """The one buffer all connections receive into; larger ones fall out of the processor's cache."""
    text_bytes_max: int = 8_388_608
    """Longest playlist taken: a day of 2 s segments is 4 MB."""
    head_bytes_max: int = 32_768
    """Longest reply head taken."""
    frames_buffer_s: float = 0.15
    """Seconds the ultra-low player holds back before it shows a picture, also after a stall."""
    frames_buffer_s_max: float = 0.5
    """Seconds of buffer beyond which the ultra-low player skips ahead."""
    frames_silence_s: float = 10.0
    """Seconds without a byte after which an endless reply counts as dead."""
