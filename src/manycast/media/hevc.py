"""H.265: what an hvcC record says of the stream (ISO 14496-15 8.3.3, H.265 7.3.2.2)."""

from manycast.media import pictures
from manycast.media.bits import BitReader, without_emulation_prevention
from manycast.media.errors import MalformedError, UnsupportedError
from manycast.model.media import VideoCodec, VideoConfig


SPS_NAL = 33
LENGTH_BYTES = 4
PROFILE_BITS = 88
CHROMA_444 = 3
CROP_UNITS = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}
"""Luma columns and rows of one cropping unit by chroma format (H.265 table 6-1)."""

REFERENCE_SETS_MAX = 64
REFERENCE_PICTURES_MAX = 16
LONG_TERM_PICTURES_MAX = 32
ORDER_BITS_MAX = 16


def config(record: bytes) -> VideoConfig:
    bits = BitReader(record)
    if (version := bits.read(8)) != 1:
        raise MalformedError(f"an HEVC decoder configuration record of version {version}")
    codecs = _codecs(bits)
    bits.skip(16 + 8 + 8 + 8 + 8 + 16 + 6)
    if (length := bits.read(2) + 1) != LENGTH_BYTES:
        raise UnsupportedError(f"HEVC with NAL lengths of {length} bytes: 4 are needed")
    sps = BitReader(without_emulation_prevention(_first_sps(bits)))
    width, height, rate = _parse_sps(sps)
    return VideoConfig(VideoCodec.HEVC, record, width, height, codecs, rate)


def _codecs(bits: BitReader) -> str:
    """ISO 14496-15 annex E.3."""
    space = ("", "A", "B", "C")[bits.read(2)]
    tier = "H" if bits.flag() else "L"
    profile = bits.read(5)
    compatibility = int(f"{bits.read(32):032b}"[::-1], 2)
    constraints = bits.take(6).rstrip(b"\0")
    level = bits.read(8)
    names = [f"hvc1.{space}{profile}", f"{compatibility:X}", f"{tier}{level}"]
    return ".".join(names + [f"{byte:X}" for byte in constraints])


def _first_sps(bits: BitReader) -> bytes:
    for _ in range(bits.read(8)):
        kind = bits.read(8) & 0x3F
        for _ in range(bits.read(16)):
            nal = bits.take(bits.read(16))
            if kind == SPS_NAL:
                return nal
    raise MalformedError("an HEVC decoder configuration record without a sequence parameter set")


def _parse_sps(bits: BitReader) -> tuple[int, int, float | None]:
    bits.skip(16 + 4)
    sub_layers = bits.read(3)
    bits.skip(1)
    _skip_profile_tier_level(bits, sub_layers)
    bits.golomb()  # sps_seq_parameter_set_id
    chroma = _chroma_format(bits)
    columns, rows = bits.golomb(), bits.golomb()
    cut_columns, cut_rows = pictures.cropping(bits)
    unit_columns, unit_rows = CROP_UNITS[chroma]
    width, height = pictures.size(columns - cut_columns * unit_columns, rows - cut_rows * unit_rows)
    bits.skip_golombs(2)  # bit depths
    _skip_coding_tools(bits, sub_layers)
    return width, height, _frame_rate(bits) if bits.flag() else None


def _skip_profile_tier_level(bits: BitReader, sub_layers: int) -> None:
    bits.skip(PROFILE_BITS + 8)
    present = [(bits.flag(), bits.flag()) for _ in range(sub_layers)]
    if sub_layers:
        bits.skip(2 * (8 - sub_layers))
    for profile, level in present:
        bits.skip(PROFILE_BITS * profile + 8 * level)


def _chroma_format(bits: BitReader) -> int:
    chroma = bits.golomb()
    if chroma not in CROP_UNITS:
        raise MalformedError(f"HEVC chroma format {chroma}")
    return 0 if chroma == CHROMA_444 and bits.flag() else chroma


def _skip_coding_tools(bits: BitReader, sub_layers: int) -> None:
    order_bits = bits.golomb() + 4
    if order_bits > ORDER_BITS_MAX:
        raise MalformedError(f"HEVC picture order counts of {order_bits} bits")
    bits.skip_golombs(3 * (sub_layers + 1 if bits.flag() else 1))
    bits.skip_golombs(6)  # block sizes and transform depths
    if bits.flag() and bits.flag():
        _skip_scaling_lists(bits)
    bits.skip(2)
    if bits.flag():  # pcm_enabled_flag
        bits.skip(8)
        bits.skip_golombs(2)
        bits.skip(1)
    _skip_reference_sets(bits)
    if bits.flag():  # long_term_ref_pics_present_flag
        pictures_kept = _bounded(bits.golomb(), LONG_TERM_PICTURES_MAX, "long-term pictures")
        bits.skip(pictures_kept * (order_bits + 1))
    bits.skip(2)


def _skip_scaling_lists(bits: BitReader) -> None:
    for size in range(4):
        for _ in range(0, 6, 3 if size == 3 else 1):
            if not bits.flag():
                bits.golomb()  # scaling_list_pred_matrix_id_delta
                continue
            bits.skip_golombs((size > 1) + min(64, 16 << 2 * size))


def _skip_reference_sets(bits: BitReader) -> None:
    previous = 0
    for index in range(_bounded(bits.golomb(), REFERENCE_SETS_MAX, "reference picture sets")):
        if index and bits.flag():
            previous = _skip_predicted_set(bits, previous)
        else:
            previous = _skip_listed_set(bits)


def _skip_predicted_set(bits: BitReader, previous: int) -> int:
    bits.skip(1)
    bits.golomb()  # abs_delta_rps_minus1
    used = (bits.flag() or bits.flag() for _ in range(previous + 1))
    return _bounded(sum(used), REFERENCE_PICTURES_MAX, "reference pictures")


def _skip_listed_set(bits: BitReader) -> int:
    count = bits.golomb() + bits.golomb()
    for _ in range(_bounded(count, REFERENCE_PICTURES_MAX, "reference pictures")):
        bits.golomb()
        bits.skip(1)
    return count


def _bounded(value: int, most: int, what: str) -> int:
    if value > most:
        raise MalformedError(f"HEVC with {value} {what} (at most {most})")
    return value


def _frame_rate(bits: BitReader) -> float | None:
    pictures.skip_display_fields(bits)
    bits.skip(3)
    pictures.cropping(bits)  # default display window
    if not bits.flag():
        return None
    ticks_per_frame = bits.read(32)
    return pictures.frame_rate(bits.read(32), ticks_per_frame)
