"""A moving picture and a soft tone that carry the time at which each frame was made."""

import math
import struct
from array import array

from manycast.media import barcode


PERIOD = 480
"""Lines after which the waves repeat; even, since two lines of luma share one of chroma."""
SCROLL = 2
"""Lines per frame."""
NEUTRAL = 128
"""Chroma of grey."""
SAMPLE_RATE = 48_000
SAMPLE = "f"
"""Floating point, from -1 to 1; as struct and array call it."""
TONE_HZ, BEEP_HZ = 220, 880
TONE_LEVEL, BEEP_LEVEL = 0.01, 0.1
"""Soft enough to leave a demo running."""
BEEP_MS = 100
"""At the start of each second, as on the clock in the picture."""
CLOCK_CELLS = 115
"""The picture is this many font cells wide: the clock fills about two thirds of it."""
PAPER, INK = bytes((24,)), bytes((225,))
DAY_MS = 24 * 3600 * 1000

FONT = {
    "0": (0x0E, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0E),
    "1": (0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E),
    "2": (0x0E, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1F),
    "3": (0x1F, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0E),
    "4": (0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02),
    "5": (0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E),
    "6": (0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E),
    "7": (0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08),
    "8": (0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E),
    "9": (0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C),
    ":": (0x00, 0x04, 0x04, 0x00, 0x04, 0x04, 0x00),
    ".": (0x00, 0x00, 0x00, 0x00, 0x00, 0x0C, 0x0C),
}
"""Five columns of seven rows, the left column in the highest bit."""
GLYPH_COLUMNS = 6
"""One of them empty."""

Buffer = bytes | memoryview


class Testcard:
    """Frames of yuv420p and the mono samples that go with them."""

    __test__ = False  # not a test, in spite of its name

    def __init__(self, width: int, height: int) -> None:
        """Both sides even; a second of arithmetic is spared by drawing the waves once."""
        self._width, self._height = width, height
        self._strip = barcode.ROWS * barcode.row_height(height)
        self._cell = max(1, width // CLOCK_CELLS)
        self._luma = memoryview(_waves(width, height + PERIOD, PERIOD, (90, 45), 3))
        half = width // 2, (height + PERIOD) // 2, PERIOD // 2
        self._chroma = (
            memoryview(_waves(*half, (150, 24), 1)),
            memoryview(_waves(*half, (118, 30), 2)),
        )
        self._glyphs = {sign: _glyph(rows, self._cell) for sign, rows in FONT.items()}
        self._tone = _tone(0)
        self._beep = _tone(BEEP_LEVEL)

    def frame(self, index: int, made_ms: int) -> list[Buffer]:
        """The planes of one frame in pieces, to be written one after the other."""
        line = index * SCROLL % PERIOD
        neutral = bytes((NEUTRAL,)) * (self._strip // 2 * (self._width // 2))
        pieces: list[Buffer] = [barcode.draw(made_ms, self._width, self._height)]
        pieces += self._picture(line + self._strip, line + self._height, made_ms)
        start, end = (line + self._strip) // 2, (line + self._height) // 2
        for plane in self._chroma:
            pieces += [neutral, plane[start * (self._width // 2) : end * (self._width // 2)]]
        return pieces

    def sound(self, start: int, end: int, made_ms: int) -> bytes:
        """Samples from one index to another, less than a second apart."""
        loop = self._beep if made_ms % 1000 < BEEP_MS else self._tone
        first, size = start % SAMPLE_RATE, struct.calcsize(SAMPLE)
        return loop[size * first : size * (first + end - start)]

    def _picture(self, start: int, end: int, made_ms: int) -> list[Buffer]:
        """Waves with the clock in their middle."""
        text = self._clock(made_ms)
        top = start + (end - start - len(text)) // 2
        left = (self._width - len(text[0])) // 2
        right = left + len(text[0])
        pieces: list[Buffer] = [self._rows(start, top)]
        for row, letters in enumerate(text, top):
            at = row * self._width
            pieces += [
                self._luma[at : at + left],
                letters,
                self._luma[at + right : at + self._width],
            ]
        return [b"".join(pieces), self._rows(top + len(text), end)]

    def _rows(self, start: int, end: int) -> memoryview:
        return self._luma[start * self._width : end * self._width]

    def _clock(self, made_ms: int) -> list[bytes]:
        seconds, ms = divmod(made_ms % DAY_MS, 1000)
        text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"
        glyphs = [self._glyphs[sign] for sign in text]
        rows = [PAPER * self._cell + b"".join(row) for row in zip(*glyphs, strict=True)]
        blank = PAPER * len(rows[0])
        return [line for row in (blank, *rows, blank) for line in (row,) * self._cell]


def _waves(width: int, height: int, period: int, level: tuple[int, int], crests: int) -> bytes:
    """Lines of one long wave, each a little further along than the line above.

    ``level`` is the middle and the swing of the pixels.
    """
    middle, swing = level
    wave = bytes(
        round(middle + swing * math.sin(2 * math.pi * crests * x / width)) for x in range(2 * width)
    )
    turn = 2 * math.pi / period
    shifts = [round(width / 4 * (1 + math.sin(turn * y))) for y in range(height)]
    return b"".join(wave[shift : shift + width] for shift in shifts)


def _glyph(rows: tuple[int, ...], cell: int) -> tuple[bytes, ...]:
    """Each row of a sign as pixels."""
    return tuple(
        b"".join(
            (INK if row >> (GLYPH_COLUMNS - 2 - column) & 1 else PAPER) * cell
            for column in range(GLYPH_COLUMNS - 1)
        )
        + PAPER * cell
        for row in rows
    )


def _tone(beep_level: float) -> bytes:
    """Two seconds of sound, of which any second can be cut."""
    turn = 2 * math.pi / SAMPLE_RATE
    second = array(
        SAMPLE,
        (
            TONE_LEVEL * math.sin(turn * TONE_HZ * at) + beep_level * math.sin(turn * BEEP_HZ * at)
            for at in range(SAMPLE_RATE)
        ),
    )
    return (second * 2).tobytes()
