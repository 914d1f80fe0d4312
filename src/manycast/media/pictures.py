"""What the headers of AVC, HEVC and AV1 share: picture sizes, frame rates, display fields."""

from manycast.media.bits import BitReader
from manycast.media.errors import MalformedError


SIDE_PIXELS_MAX = 16_384
"""The largest side any level of the three codecs allows is 16,888; nothing real passes 8192."""

FRAME_RATE_MIN = 1.0
FRAME_RATE_MAX = 300.0
"""Beyond these the declared rate is a clock: encoders of variable frame rate write their tick."""

EXTENDED_ASPECT_RATIO = 255


def size(width: int, height: int) -> tuple[int, int]:
    if not (0 < width <= SIDE_PIXELS_MAX and 0 < height <= SIDE_PIXELS_MAX):
        raise MalformedError(f"pictures of {width}x{height} pixels (1 to {SIDE_PIXELS_MAX} a side)")
    return width, height


def frame_rate(ticks_per_second: int, ticks_per_frame: int) -> float | None:
    if not ticks_per_frame:
        return None
    rate = ticks_per_second / ticks_per_frame
    return rate if FRAME_RATE_MIN <= rate <= FRAME_RATE_MAX else None


def skip_display_fields(bits: BitReader) -> None:
    """The first fields of a VUI, alike in H.264 E.1.1 and H.265 E.2.1."""
    if bits.flag() and bits.read(8) == EXTENDED_ASPECT_RATIO:
        bits.skip(32)  # sar_width, sar_height
    if bits.flag():
        bits.skip(1)  # overscan_appropriate_flag
    if bits.flag():
        bits.skip(4)  # video_format, video_full_range_flag
        if bits.flag():
            bits.skip(24)  # colour description
    if bits.flag():
        bits.skip_golombs(2)  # chroma sample location


def cropping(bits: BitReader) -> tuple[int, int]:
    """Columns and rows a cropping or conformance window takes away, in its own units."""
    if not bits.flag():
        return 0, 0
    left, right, top, bottom = (bits.golomb() for _ in range(4))
    return left + right, top + bottom
