"""Silent audio frames, for publishers without audio and for gaps in it."""

from manycast.media import aac, opus
from manycast.model.media import AudioCodec, AudioConfig


AAC_LC_48K_STEREO = b"\x11\x90"
DEFAULT_SILENCE = aac.config(AAC_LC_48K_STEREO)

SINGLE, PAIR, LOW_FREQUENCY, END = 0b000, 0b001, 0b011, 0b111
"""Syntactic elements of a raw data block (ISO 14496-3 table 4.71)."""

ELEMENTS = {
    1: (SINGLE,),
    2: (PAIR,),
    3: (SINGLE, PAIR),
    4: (SINGLE, PAIR, SINGLE),
    5: (SINGLE, PAIR, PAIR),
    6: (SINGLE, PAIR, PAIR, LOW_FREQUENCY),
    8: (SINGLE, PAIR, PAIR, PAIR, LOW_FREQUENCY),
}
"""By channels, in the order of ISO 14496-3 table 1.19."""

SILENT_CHANNEL = "0" * (8 + 11 + 3)
"""global_gain 0; ics_info of one long window with max_sfb 0, that is without a single scale factor
band and thus without any spectrum; no pulse, no TNS, no gain control."""

SEPARATE_WINDOWS = "0"

OPUS_CELT_FULLBAND = {120: 28, 240: 29, 480: 30, 960: 31}
"""Configuration numbers by samples of a frame (RFC 6716 table 2)."""

OPUS_FRAME_SAMPLES_MAX = 960
OPUS_STEREO, OPUS_COUNTED = 4, 3
OPUS_SILENCE = b"\xff\xfe"
"""What libopus makes of zeros: in CELT the silence flag comes first, and here all ones set it."""


def silent_frame(config: AudioConfig) -> bytes:
    """One frame of `config.frame_samples` samples on all its channels."""
    if config.codec == AudioCodec.OPUS:
        return _silent_packet(config)
    return _silent_block(config.channels)


def _silent_block(channels: int) -> bytes:
    bits = ""
    seen: dict[int, int] = {}
    for element in ELEMENTS[channels]:
        tag = seen.get(element, 0)
        seen[element] = tag + 1
        contents = SEPARATE_WINDOWS + 2 * SILENT_CHANNEL if element == PAIR else SILENT_CHANNEL
        bits += f"{element:03b}{tag:04b}{contents}"
    bits += f"{END:03b}"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _silent_packet(config: AudioConfig) -> bytes:
    """One packet per stream, all but the last with their length inside (RFC 6716 appendix B)."""
    streams, coupled = opus.streams(config)
    return b"".join(
        _silent_stream(config.frame_samples, stream < coupled, stream < streams - 1)
        for stream in range(streams)
    )


def _silent_stream(samples: int, stereo: bool, delimited: bool) -> bytes:
    frames = max(1, samples // OPUS_FRAME_SAMPLES_MAX)
    toc = OPUS_CELT_FULLBAND[samples // frames] << 3 | (OPUS_STEREO if stereo else 0)
    head = bytes((toc,)) if frames == 1 else bytes((toc | OPUS_COUNTED, frames))
    length = bytes((len(OPUS_SILENCE),)) if delimited else b""
    return head + length + frames * OPUS_SILENCE
