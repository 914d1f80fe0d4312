"""A clock drawn into the picture as black and white cells, to measure delay from pixels.

The strip lies along the top edge: ROWS rows of COLUMNS cells, white for 1, read row by row, most
significant bit first. The first TIME_BITS bits are milliseconds since 1970 UTC, the rest is their
CRC-16 (polynomial 0x1021, initial value 0), so that a strip blurred by the encoder is not misread.
"""

import binascii
from collections.abc import Sequence


ROWS = 2
COLUMNS = 32
ROW_HEIGHT = 1 / 30
"""Of the picture's height: 12 pixels at 360p, enough for two blocks of 4:2:0 chroma."""
TIME_BITS = 48
CHECK_BITS = ROWS * COLUMNS - TIME_BITS
BLACK = 16
"""Luma in studio range."""
WHITE = 235
THRESHOLD = (BLACK + WHITE) // 2
PROBE = 2
"""Pixels on each side of a cell's centre that are averaged: away from its blurred edges."""


def encode(ms: int) -> tuple[bool, ...]:
    """Cells for a time; raises OverflowError when it needs more than 48 bits."""
    time = ms.to_bytes(TIME_BITS // 8, "big")
    word = ms << CHECK_BITS | binascii.crc_hqx(time, 0)
    return tuple(bool(word >> bit & 1) for bit in reversed(range(ROWS * COLUMNS)))


def decode(cells: Sequence[bool]) -> int | None:
    """Time of a strip's cells; None when they contradict their check bits."""
    word = 0
    for cell in cells:
        word = word << 1 | cell
    time, check = word >> CHECK_BITS, word & ((1 << CHECK_BITS) - 1)
    return time if binascii.crc_hqx(time.to_bytes(TIME_BITS // 8, "big"), 0) == check else None


def row_height(height: int) -> int:
    """Pixels of one row of cells in a picture of this height; even, so that chroma lines up."""
    return max(2, round(height * ROW_HEIGHT / 2) * 2)


def centres(width: int, height: int) -> tuple[tuple[int, int], ...]:
    """Pixel (x, y) in the middle of each cell of a picture of this size."""
    return tuple(
        (int((column + 0.5) * width / COLUMNS), int((row + 0.5) * height * ROW_HEIGHT))
        for row in range(ROWS)
        for column in range(COLUMNS)
    )


def draw(ms: int, width: int, height: int) -> bytes:
    """Luma of the strip: ``ROWS * row_height(height)`` lines of ``width`` pixels."""
    cells = encode(ms)
    edges = [column * width // COLUMNS for column in range(COLUMNS + 1)]
    lines = []
    for row in range(ROWS):
        line = b"".join(
            bytes((WHITE if cells[row * COLUMNS + column] else BLACK,))
            * (edges[column + 1] - edges[column])
            for column in range(COLUMNS)
        )
        lines.append(line * row_height(height))
    return b"".join(lines)


def read(luma: bytes, width: int, height: int) -> int | None:
    """Time in a picture's luma plane; None when there is no readable strip."""
    span = range(-PROBE, PROBE + 1)
    cells = []
    for x, y in centres(width, height):
        probe = [luma[(y + dy) * width + x + dx] for dy in span for dx in span]
        cells.append(sum(probe) > THRESHOLD * len(probe))
    return decode(cells)
