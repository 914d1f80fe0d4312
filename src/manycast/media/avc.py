"""H.264: what an avcC record says of the stream (ISO 14496-15 5.3.3, H.264 7.3.2.1)."""

from manycast.media import pictures
from manycast.media.bits import BitReader, without_emulation_prevention
from manycast.media.errors import MalformedError, UnsupportedError
from manycast.model.media import VideoCodec, VideoConfig


SPS_NAL = 7
DELIMITER_NAL = 9
LENGTH_BYTES = 4
CHROMA_PROFILES = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
CHROMA_444 = 3
CROP_UNITS = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}
"""Luma columns and rows of one cropping unit by chroma format (H.264 table 6-1)."""

POC_CYCLE_MAX = 255


def config(record: bytes) -> VideoConfig:
    sps = _first_sps(record)
    width, height, rate = _parse_sps(BitReader(without_emulation_prevention(sps)))
    codecs = f"avc1.{sps[1:4].hex()}"
    return VideoConfig(VideoCodec.AVC, record, width, height, codecs, rate)


def restated(record: bytes, data: bytes) -> bytes:
    """A keyframe with the record's parameter sets in it, before everything but its delimiter."""
    at = 4 + int.from_bytes(data[:4], "big") if _nal(data) == DELIMITER_NAL else 0
    if _nal(data[at : at + 5]) == SPS_NAL:
        return data
    return b"".join((data[:at], *_parameter_sets(record), data[at:]))


def _nal(data: bytes) -> int:
    """Type of the first unit of a sample; 0 where there is none."""
    return data[4] & 0x1F if len(data) > LENGTH_BYTES else 0


def _parameter_sets(record: bytes) -> list[bytes]:
    """Sequence and picture parameter sets as samples hold them; what is cut short is left out."""
    sets, at = [], 5
    for count_mask in (0x1F, 0xFF):
        count = int.from_bytes(record[at : at + 1], "big") & count_mask
        at += 1
        for _ in range(count):
            end = at + 2 + int.from_bytes(record[at : at + 2], "big")
            if at + 2 < end <= len(record):
                sets.append((end - at - 2).to_bytes(LENGTH_BYTES, "big") + record[at + 2 : end])
            at = end
    return sets


def _first_sps(record: bytes) -> bytes:
    bits = BitReader(record)
    if (version := bits.read(8)) != 1:
        raise MalformedError(f"an AVC decoder configuration record of version {version}")
    bits.skip(24 + 6)
    if (length := bits.read(2) + 1) != LENGTH_BYTES:
        raise UnsupportedError(f"AVC with NAL lengths of {length} bytes: 4 are needed")
    bits.skip(3)
    if not bits.read(5):
        raise MalformedError("an AVC decoder configuration record without a sequence parameter set")
    sps = bits.take(bits.read(16))
    if len(sps) < LENGTH_BYTES or sps[0] & 0x1F != SPS_NAL:
        raise MalformedError("an AVC decoder configuration record with a broken parameter set")
    return sps


def _parse_sps(bits: BitReader) -> tuple[int, int, float | None]:
    bits.skip(8)
    profile = bits.read(8)
    bits.skip(16)
    bits.golomb()  # seq_parameter_set_id
    chroma = _chroma_format(bits) if profile in CHROMA_PROFILES else 1
    bits.golomb()  # log2_max_frame_num_minus4
    _skip_picture_order(bits)
    bits.golomb()  # max_num_ref_frames
    bits.skip(1)
    columns, map_rows = 16 * (bits.golomb() + 1), 16 * (bits.golomb() + 1)
    fields = 1 if bits.flag() else 2
    bits.skip(fields)  # mb_adaptive_frame_field_flag only with fields, direct_8x8_inference_flag
    cut_columns, cut_rows = pictures.cropping(bits)
    unit_columns, unit_rows = CROP_UNITS[chroma]
    width, height = pictures.size(
        columns - cut_columns * unit_columns, (map_rows - cut_rows * unit_rows) * fields
    )
    return width, height, _frame_rate(bits) if bits.flag() else None


def _chroma_format(bits: BitReader) -> int:
    """ChromaArrayType: separately coded colour planes crop like monochrome."""
    chroma = bits.golomb()
    if chroma not in CROP_UNITS:
        raise MalformedError(f"AVC chroma format {chroma}")
    separate = chroma == CHROMA_444 and bits.flag()
    bits.skip_golombs(2)  # bit depths
    bits.skip(1)
    if bits.flag():
        for index in range(8 if chroma != CHROMA_444 else 12):
            if bits.flag():
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return 0 if separate else chroma


def _skip_scaling_list(bits: BitReader, size: int) -> None:
    scale = 8
    for _ in range(size):
        scale = (scale + bits.signed_golomb()) % 256
        if not scale:
            return


def _skip_picture_order(bits: BitReader) -> None:
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.skip(1)
        bits.skip_golombs(2)
        if (cycle := bits.golomb()) > POC_CYCLE_MAX:
            raise MalformedError(f"an AVC picture order cycle of {cycle} frames")
        bits.skip_golombs(cycle)


def _frame_rate(bits: BitReader) -> float | None:
    pictures.skip_display_fields(bits)
    if not bits.flag():
        return None
    ticks_per_field = bits.read(32)
    return pictures.frame_rate(bits.read(32), 2 * ticks_per_field)
