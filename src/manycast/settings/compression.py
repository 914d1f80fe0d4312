"""Which stored objects an edge also keeps compressed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompressionSettings:
    enabled: bool = True
    """Text that an origin sends uncompressed is compressed once, when it is asked for again. Its ETag becomes
    weak, since the bytes differ; `Cache-Control: no-transform` forbids it for one reply."""
    codings: tuple[str, ...] = ("zstd", "br", "gzip")
    """Codings to choose from; br needs the package brotli."""
    bytes_min: int = 1_024
    """Smaller bodies fit into one packet anyway."""
    bytes_max: int = 8_388_608
    """Larger ones would hold a thread for seconds."""
    ratio_max: float = 0.9
    """Compressed by less than this, the plain bytes are kept alone."""
    cpu_bytes_per_s: float = 1_000_000.0
    """Bytes of one copy that a second of CPU is worth when codings are compared: more prefers fast ones."""
    jobs_max: int = 64
    """Objects that wait for the one thread that compresses; others stay plain until they are asked for again."""
