"""The disk layer of a caching node: how much it holds, what goes there, and what it may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DiskSettings:
    directory: str = ""
    """Where the objects are kept, in a folder ``cache`` of it; empty turns the layer off."""
    bytes: int = 1_000_000_000
    """Bytes on disk, all workers of the node together, counted in the 4 KiB blocks that files occupy."""
    policy: str = "clock"
    """Which objects leave when the disk is full: a name that ``manycast replay`` knows. What memory missed is
    kept best by recency: S3-FIFO, SIEVE and ARC lose much on video, gain some elsewhere."""
    object_bytes_max: int = 268_435_456
    """Bytes of one object's body: a quarter of the disk, so that one film does not empty it."""
    seen_min: int = 2
    """Requests for an object until it may leave memory for the disk and not for nothing: most objects of a
    site are asked for once, and writing them would only wear the disk."""
    fresh_s_min: float = 10.0
    """Seconds an object must be fresh still: what live streams are made of is gone before it is asked for."""
    large_seen_min: int = 1
    """The same for objects too large for memory, which are written while they pass: fetching one again
    costs more than writing it."""
    load_bytes_max: int = 262_144
    """Bytes of a body up to which a disk hit is read, all of it, and moves back into memory if memory's policy
    takes it. Larger ones go from file to socket, which is as fast as from memory, and stay where they are."""
    remembered_max: int = 100_000
    """Keys whose requests are counted for ``seen_min`` while they are on no layer; about 20 MB."""
    block_bytes: int = 262_144
    """Bytes under one checksum: a large object is verified block by block, each when it is read from
    the medium, which takes a fraction of a millisecond."""
    readers: int = 3
    """Threads that read and verify; one more writes, so that readers never wait for writes."""
    reads_queued_max: int = 1_024
    """Reads that may wait for a thread; the next one is a miss."""
    writes_queued_bytes_max: int = 67_108_864
    """Bytes that may wait to be written; beyond it objects are not kept, and no viewer waits for the disk."""
    open_files_max: int = 256
    """Files kept open between hits, already looked at: a hit on one starts without any thread."""
    full_s: float = 30.0
    """Seconds without writes after the disk was full, or refused one."""
