"""Opus: the identification header, the dOps box body and packet lengths (RFC 7845, RFC 6716)."""

import struct

from manycast.media.errors import MalformedError, UnsupportedError
from manycast.model.media import AudioCodec, AudioConfig


SAMPLE_RATE = 48_000
MAGIC = b"OpusHead"
HEADER = struct.Struct("<BBHIhB")
DOPS = struct.Struct(">BBHIhB")
"""Version, channels, pre-skip, input sample rate, gain, channel mapping family."""

MAJOR_VERSION_MASK = 0xF0
CHANNELS_MAX = 8
FRAME_SAMPLES_DEFAULT = 960
"""20 ms, what libopus, ffmpeg and OBS send; each packet's own TOC byte decides."""

PACKET_SAMPLES_MAX = 5_760
"""120 ms (RFC 6716 3.2.5)."""

SILK_SAMPLES = (480, 960, 1920, 2880)
HYBRID_SAMPLES = (480, 960)
CELT_SAMPLES = (120, 240, 480, 960)
SAMPLES_BY_CONFIGURATION = SILK_SAMPLES * 3 + HYBRID_SAMPLES * 2 + CELT_SAMPLES * 4


def config(record: bytes) -> AudioConfig:
    """From the body of a dOps box."""
    if len(record) < DOPS.size:
        raise MalformedError(f"an Opus configuration of {len(record)} bytes")
    version, channels, _, _, _, family = DOPS.unpack_from(record)
    if version:
        raise MalformedError(f"an Opus configuration of version {version}")
    _check_channels(channels, family, record[DOPS.size :])
    samples = FRAME_SAMPLES_DEFAULT
    return AudioConfig(AudioCodec.OPUS, record, SAMPLE_RATE, channels, "opus", samples)


def _check_channels(channels: int, family: int, table: bytes) -> None:
    if family == 0 and channels in {1, 2}:
        return
    if family != 1 or not 0 < channels <= CHANNELS_MAX:
        raise UnsupportedError(f"Opus with {channels} channels of mapping family {family}")
    if len(table) < 2 + channels or not 0 <= table[1] <= table[0] <= channels or not table[0]:
        raise MalformedError(f"an Opus channel mapping table of {table.hex()}")


def config_from_header(header: bytes) -> AudioConfig:
    """From the identification header, as enhanced RTMP sends it."""
    if not header.startswith(MAGIC) or len(header) < len(MAGIC) + HEADER.size:
        raise MalformedError(f"an Opus header that begins with {header[:8].hex()}")
    version, *fields = HEADER.unpack_from(header, len(MAGIC))
    if version & MAJOR_VERSION_MASK:
        raise MalformedError(f"an Opus header of version {version}")
    return config(DOPS.pack(0, *fields) + header[len(MAGIC) + HEADER.size :])


def header(config: AudioConfig) -> bytes:
    _, *fields = DOPS.unpack_from(config.record)
    return MAGIC + HEADER.pack(1, *fields) + config.record[DOPS.size :]


def streams(config: AudioConfig) -> tuple[int, int]:
    """Streams in each packet, and how many of them (the first ones) are stereo."""
    table = config.record[DOPS.size :]
    return (table[0], table[1]) if config.record[10] else (1, config.channels - 1)


def packet_samples(packet: bytes) -> int:
    """Samples at 48 kHz in one packet."""
    if not packet:
        raise MalformedError("an empty Opus packet")
    frames = (1, 2, 2, packet[1] & 0x3F if len(packet) > 1 else 0)[packet[0] & 3]
    samples = frames * SAMPLES_BY_CONFIGURATION[packet[0] >> 3]
    if not 0 < samples <= PACKET_SAMPLES_MAX:
        raise MalformedError(f"an Opus packet of {samples} samples (at most {PACKET_SAMPLES_MAX})")
    return samples
