"""Compresses objects in a thread of its own."""

import asyncio
import gzip
import importlib
import importlib.util
import logging
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from manycast.edge.commands import Compress
from manycast.runtime import clock


if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LOG = logging.getLogger(__name__)
_GZIP_LEVEL = 6
_ZSTD_LEVEL = 9
_BROTLI_QUALITY = 6
"""Each near the knee of its curve: the next steps double the time for a percent or two."""

Done = Callable[[bytes, bytes, bytes | None, float], None]
"""Key, coding, compressed body (None: it could not be made), seconds of work."""


def codings(wanted: Sequence[str]) -> tuple[bytes, ...]:
    """Those that this machine can make; raises ValueError for one that does not exist."""
    known = {name.encode() for name in wanted}
    unknown = known - {b"zstd", b"br", b"gzip"}
    if unknown:
        raise ValueError(
            f"compression.codings: {unknown.pop().decode()!r} is none of zstd, br, gzip"
        )
    return tuple(coding for coding in (b"zstd", b"br", b"gzip") if coding in known & _possible())


class Packer:
    def __init__(self, done: Done) -> None:
        self._done = done
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, "compression")
        self._closed = False

    def start(self, order: Compress) -> None:
        if self._closed:
            self._done(order.key, order.coding, None, 0.0)
        else:
            self._thread.submit(self._work, order)

    def close(self) -> None:
        """What has not begun is not done any more."""
        self._closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _work(self, order: Compress) -> None:
        began = clock.monotonic()
        packed: bytes | None = None
        try:
            packed = pack(order.coding, b"".join(order.body))
        except (OSError, ValueError, MemoryError, zstd.ZstdError) as error:
            _LOG.warning("%r was not compressed: %s", order.key, error)
        seconds = clock.monotonic() - began
        try:
            self._loop.call_soon_threadsafe(self._done, order.key, order.coding, packed, seconds)
        except RuntimeError:  # the loop has ended meanwhile
            _LOG.debug("compressed too late")


def pack(coding: bytes, body: bytes) -> bytes:
    if coding == b"zstd":
        return zstd.compress(body, level=_ZSTD_LEVEL)
    if coding == b"br":
        packed: bytes = importlib.import_module("brotli").compress(body, quality=_BROTLI_QUALITY)
        return packed
    return gzip.compress(body, compresslevel=_GZIP_LEVEL, mtime=0)


def _possible() -> set[bytes]:
    brotli = importlib.util.find_spec("brotli") is not None
    return {b"zstd", b"gzip"} | ({b"br"} if brotli else set())
