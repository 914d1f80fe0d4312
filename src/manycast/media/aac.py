"""AAC: what an AudioSpecificConfig says of the stream (ISO 14496-3 1.6.2.1)."""

from manycast.media.bits import BitReader
from manycast.media.errors import MalformedError, UnsupportedError
from manycast.model.media import AudioCodec, AudioConfig


AAC_LC = 2
SBR = 5
PS = 29
ESCAPED_TYPE = 31
ESCAPED_RATE = 15
SAMPLE_RATES = (
    96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
)  # fmt: skip
SAMPLE_RATE_MAX = 96_000
CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)
"""Channels by channel configuration; 0 (layout inside the stream) plays in no browser."""

SYNC_EXTENSION = 0x2B7
SYNC_EXTENSION_BITS = 16
PS_EXTENSION = 0x548
PS_EXTENSION_BITS = 12


def config(record: bytes) -> AudioConfig:
    """Rate and frame length are those of the coded core, which SBR doubles both."""
    bits = BitReader(record)
    object_type, sample_rate, channels = _object_type(bits), _sample_rate(bits), _channels(bits)
    shown_type = object_type
    if object_type in {SBR, PS}:
        _sample_rate(bits)
        object_type = _object_type(bits)
    if object_type != AAC_LC:
        raise UnsupportedError(f"AAC object type {object_type} is not carried: choose AAC-LC")
    frame_samples = 960 if bits.flag() else 1024
    if bits.flag():  # dependsOnCoreCoder
        bits.skip(14)
    bits.skip(1)
    if shown_type == AAC_LC:
        shown_type = _extended_type(bits)
    codecs = f"mp4a.40.{shown_type}"
    return AudioConfig(AudioCodec.AAC, record, sample_rate, channels, codecs, frame_samples)


def _object_type(bits: BitReader) -> int:
    object_type = bits.read(5)
    return 32 + bits.read(6) if object_type == ESCAPED_TYPE else object_type


def _sample_rate(bits: BitReader) -> int:
    index = bits.read(4)
    if index == ESCAPED_RATE:
        rate = bits.read(24)
    elif index < len(SAMPLE_RATES):
        rate = SAMPLE_RATES[index]
    else:
        raise MalformedError(f"AAC sample rate index {index}")
    if not 0 < rate <= SAMPLE_RATE_MAX:
        raise MalformedError(f"AAC at {rate} samples per second (at most {SAMPLE_RATE_MAX})")
    return rate


def _channels(bits: BitReader) -> int:
    layout = bits.read(4)
    if not 0 < layout < len(CHANNELS):
        raise UnsupportedError(f"AAC channel layout {layout}: choose mono, stereo or 5.1")
    return CHANNELS[layout]


def _extended_type(bits: BitReader) -> int:
    """SBR and PS signalled behind a plain AAC-LC configuration, so that old decoders play it."""
    if bits.left < SYNC_EXTENSION_BITS or bits.read(11) != SYNC_EXTENSION:
        return AAC_LC
    if _object_type(bits) != SBR or not bits.left or not bits.flag():
        return AAC_LC
    _sample_rate(bits)
    if bits.left >= PS_EXTENSION_BITS and bits.read(11) == PS_EXTENSION and bits.flag():
        return PS
    return SBR
