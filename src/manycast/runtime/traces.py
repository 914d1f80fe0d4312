"""Reads request traces from files, plain or zstd-compressed, piece by piece."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from manycast.cache.trace import Trace, TraceError, parser_for


if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PIECE_BYTES = 1 << 20
WINDOW_LOG_MAX = 27
"""Memory that a compressed file may ask for: 128 MiB, what the zstd tool allows too."""
_ZSTD = b"\x28\xb5\x2f\xfd"


def read_trace(path: Path, on_piece: Callable[[int], None] = lambda _requests: None) -> Trace:
    """The whole trace; ``on_piece`` hears how many requests there are so far.

    Raises TraceError naming the file, and the place in it; OSError when it cannot be read at all.
    """
    try:
        with path.open("rb") as file:
            return _parsed(_pieces(file), on_piece)
    except TraceError as error:
        raise TraceError(f"{path}: {error}") from error


def _parsed(pieces: Iterator[bytes], on_piece: Callable[[int], None]) -> Trace:
    first = next(pieces, b"")
    parser = parser_for(first)
    parser.feed(first)
    for piece in pieces:
        parser.feed(piece)
        on_piece(len(parser.trace))
    return parser.finish()


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    start = file.read(PIECE_BYTES)
    if start.startswith(_ZSTD):
        yield from _decompressed(file, start)
        return
    while start:
        yield start
        start = file.read(PIECE_BYTES)


def _decompressed(file: BinaryIO, start: bytes) -> Iterator[bytes]:
    """Frames may follow each other; no piece is larger than PIECE_BYTES, however well it was packed."""
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: WINDOW_LOG_MAX}
    while start:
        frame = zstd.ZstdDecompressor(options=options)
        while not frame.eof:
            if frame.needs_input and not start:
                start = file.read(PIECE_BYTES)
                if not start:
                    raise TraceError("the zstd data is cut short; copy or compress the file again")
            try:
                piece = frame.decompress(start, PIECE_BYTES)
            except zstd.ZstdError as error:
                raise TraceError(f"the zstd data is damaged: {error}") from error
            start = b""
            if piece:
                yield piece
        start = frame.unused_data or file.read(PIECE_BYTES)
