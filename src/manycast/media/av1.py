"""AV1: what an av1C record says of the stream (AV1-ISOBMFF 2.3, AV1 5.5)."""

from manycast.media import pictures
from manycast.media.bits import BitReader
from manycast.media.errors import MalformedError, UnsupportedError
from manycast.model.media import VideoCodec, VideoConfig


SEQUENCE_HEADER_OBU = 1
MARKER_AND_VERSION = 0x81
TIERED_LEVEL_MIN = 8
SIZE_BYTES_MAX = 4
"""leb128() allows 8, but an OBU in a header never needs more than 28 bits of size."""

TEMPORAL_DELIMITER = b"\x12\0"
"""An OBU that ISO BMFF samples leave out (AV1-ISOBMFF 2.4)."""


def config(record: bytes) -> VideoConfig:
    bits = BitReader(record)
    if (marker := bits.read(8)) != MARKER_AND_VERSION:
        raise MalformedError(f"an AV1 codec configuration record that begins with {marker:#04x}")
    profile, level = bits.read(3), bits.read(5)
    tier = "H" if bits.flag() else "M"
    high, twelve = bits.flag(), bits.flag()
    depth = (12 if twelve else 10) if high else 8
    bits.skip(5 + 8)
    width, height, rate = _parse_sequence(_sequence_header(bits))
    codecs = f"av01.{profile}.{level:02}{tier}.{depth:02}"
    return VideoConfig(VideoCodec.AV1, record, width, height, codecs, rate)


def _sequence_header(bits: BitReader) -> BitReader:
    while bits.left:
        kind, extended, sized = bits.read(5), bits.flag(), bits.flag()
        bits.skip(9 if extended else 1)
        payload = bits.take(_size(bits) if sized else bits.left // 8)
        if kind == SEQUENCE_HEADER_OBU:
            return BitReader(payload)
    raise UnsupportedError(
        "AV1 whose configuration leaves the sequence header out (rav1e does so):"
        " choose SVT-AV1, AOM or a hardware encoder"
    )


def _size(bits: BitReader) -> int:
    size = 0
    for shift in range(0, 7 * SIZE_BYTES_MAX, 7):
        more = bits.flag()
        size |= bits.read(7) << shift
        if not more:
            return size
    raise MalformedError("an AV1 unit with a size of more than 28 bits")


def _parse_sequence(bits: BitReader) -> tuple[int, int, float | None]:
    bits.skip(3 + 1)
    rate = None
    if bits.flag():  # reduced_still_picture_header
        bits.skip(5)
    else:
        rate = _skip_operating_points(bits)
    width_bits, height_bits = bits.read(4) + 1, bits.read(4) + 1
    width, height = bits.read(width_bits) + 1, bits.read(height_bits) + 1
    return *pictures.size(width, height), rate


def _skip_operating_points(bits: BitReader) -> float | None:
    rate, delay_bits = _timing(bits) if bits.flag() else (None, 0)
    display_delays = bits.flag()
    for _ in range(bits.read(5) + 1):
        bits.skip(12)
        if bits.read(5) >= TIERED_LEVEL_MIN:
            bits.skip(1)
        if delay_bits and bits.flag():
            bits.skip(2 * delay_bits + 1)
        if display_delays and bits.flag():
            bits.skip(4)
    return rate


def _timing(bits: BitReader) -> tuple[float | None, int]:
    """Frames per second (when they are equally spaced) and the bits of a decoder delay."""
    ticks_per_unit, units_per_second = bits.read(32), bits.read(32)
    rate = None
    if bits.flag():
        rate = pictures.frame_rate(units_per_second, ticks_per_unit * (bits.golomb() + 1))
    delay_bits = 0
    if bits.flag():
        delay_bits = bits.read(5) + 1
        bits.skip(32 + 5 + 5)
    return rate, delay_bits
