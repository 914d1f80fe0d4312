"""What one caching node holds, waits for and asks ahead."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    hosts: tuple[str, ...] = ()
    """Host names that this node serves, which it then tells apart and sends on. Empty: any name is taken
    and none travels, since the parent's own is what its site answers to."""
    memory_bytes: int = 100_000_000
    """Bytes of cached objects held in memory, heads and bookkeeping included."""
    memory_policy: str = "clock"
    """Which objects leave when the memory is full: a name that ``manycast replay`` knows. CLOCK misses
    less than LRU on live and recorded traffic and is never materially worse; see docs/numbers.md."""
    object_bytes_max: int = 33_554_432
    """Bytes of one cached object; larger ones pass through. A 10 s segment at 25 Mbit/s fits."""
    held_s: float = 20.0
    """Seconds a fetch that the origin holds (blocking playlist, hinted part) may take to answer; the
    origin gives up within 2 target durations, 12 s for the longest keyframe interval it accepts."""
    held_max: int = 192
    """Fetches that the origin may hold at a time, of the 256 connections to parents: those who ask for
    what does not exist yet cannot take the connections of those who ask for what does."""
    answer_s: float = 15.0
    """Seconds any other fetch may take until its reply begins."""
    whole_s: float = 0.05
    """Seconds a reply may wait to be sent whole: one write for each viewer, and an error instead of
    a cut connection when the parent fails meanwhile. Then it streams."""
    whole_bytes_max: int = 1_048_576
    """Bytes of a reply beyond which it streams at once."""
    joiners_max: int = 20_000
    """Requests that wait for one fetch; as many as there may be connections."""
    apart_s: float = 10.0
    """Seconds to remember that the replies under a key cannot be shared, so that its requests are
    fetched each for itself at once and do not queue behind each other."""
    apart_max: int = 10_000
    """Such keys remembered."""
    watched_s: float = 3.0
    """Seconds since a viewer asked for a part of a rendition during which its next one is fetched ahead."""
    ahead_max: int = 64
    """Parts fetched ahead at a time, over all renditions: each occupies a connection to the parent."""
    copy_s: float = 1.0
    """Seconds that a worker keeps what another one owns and it was asked for twice: the way between
    two workers costs ten times a hit, and a second later nobody notices what changed."""
    copies_share: float = 0.125
    """Part of the memory for such copies."""
    aliases_max: int = 8
    """Spellings of one cached object's target that are answered by the fast path."""
    purges_max: int = 50_000
    """Distinct purges remembered, of a few hundred bytes each. What was stored before the oldest of them
    is revalidated, since it cannot be told whether one that was forgotten covers it."""
    stream_backlog_bytes: int = 400_000
    """Unsent bytes of one viewer of an endless stream beyond which it skips to the next keyframe: a
    second of 3 Mbit/s, in addition to what the kernel buffers."""
    stream_hopeless_s: float = 10.0
    """Seconds a viewer may skip until it is cut: its player falls back to something slower."""
    stream_kept_bytes_max: int = 16_777_216
    """Bytes since the last keyframe kept for late joiners: 4 s of 30 Mbit/s. Beyond it they wait for
    the next keyframe."""
    stream_box_bytes_max: int = 16_777_216
    """Bytes of one box of an endless stream: a frame is far smaller, so more is no media."""
    stream_idle_s: float = 5.0
    """Seconds an endless fetch goes on without viewers: one who reloads the page joins at once."""
