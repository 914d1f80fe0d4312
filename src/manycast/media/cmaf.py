"""CMAF: the init segment and media fragments of muxed video and audio."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

from manycast.media.boxes import box
from manycast.media.cmaf_init import AUDIO_TRACK, VIDEO_TRACK, init_segment


__all__ = ["RANDOM_ACCESS_MARK", "VideoSample", "fragment", "init_segment"]

RANDOM_ACCESS_MARK = box(b"styp", b"msdh", bytes(4), b"msdh", b"iso6")

KEY_SAMPLE = 0x02000000
"""sample_depends_on 2: on no other. Audio samples are all of this kind."""

DELTA_SAMPLE = 0x01010000
"""sample_depends_on 1: on others; sample_is_non_sync_sample."""

BASE_IS_MOOF = 0x020000
DEFAULT_DURATION = 0x08
DEFAULT_FLAGS = 0x20
DATA_OFFSET = 0x1
DURATIONS = 0x100
SIZES = 0x200
FLAGS = 0x400
CTS = 0x800
SIGNED_CTS = 1 << 24

TFDT_VERSION_1 = 1 << 24

MOOF_HEAD = struct.Struct(">I4s I4sII")
"""moof size and type; mfhd with its sequence number."""

VIDEO_HEAD = struct.Struct(">I4s I4sII I4sIQ I4sIIi")
AUDIO_HEAD = struct.Struct(">I4s I4sIIII I4sIQ I4sIIi")
"""traf; tfhd (audio: default duration and flags); tfdt of 64 bits; trun up to its first sample."""

MDAT_HEAD = struct.Struct(">I4s")
SEQUENCE_MASK = 0xFFFFFFFF
"""mfhd has 32 bits; part numbers need more, and players only compare neighbours."""

ROW_STRUCTS_MAX = 256
"""Row counts whose format stays compiled: far more than the part sizes of a node's streams."""


@dataclass(frozen=True, slots=True)
class VideoSample:
    duration_ms: int
    cts_ms: int
    """Presentation minus decoding time."""
    key: bool
    data: bytes


_CTS_MS = attrgetter("cts_ms")


def fragment(
    sequence: int,
    video: Sequence[VideoSample],
    video_time_ms: int,
    audio: Sequence[bytes],
    audio_time: int,
    frame_samples: int,
) -> list[bytes]:
    """The head (moof and the start of mdat), then the payloads as they came.

    `audio_time` counts samples at the track's rate, `frame_samples` those in one frame."""
    assert video or audio
    rows, row_flags = _video_rows(video)
    video_bytes = sum([len(sample.data) for sample in video])
    sizes = list(map(len, audio))
    video_traf = VIDEO_HEAD.size + 4 * len(rows) if video else 0
    audio_traf = AUDIO_HEAD.size + 4 * len(sizes) if audio else 0
    moof = MOOF_HEAD.size + video_traf + audio_traf
    payload = moof + MDAT_HEAD.size
    pieces = [MOOF_HEAD.pack(moof, b"moof", 16, b"mfhd", 0, sequence & SEQUENCE_MASK)]
    if video:
        pieces += (
            _video_head(len(video), len(rows), row_flags, video_time_ms, payload),
            _words(len(rows)).pack(*rows),
        )
    if audio:
        pieces += (
            _audio_head(len(sizes), frame_samples, audio_time, payload + video_bytes),
            _words(len(sizes)).pack(*sizes),
        )
    pieces.append(MDAT_HEAD.pack(MDAT_HEAD.size + video_bytes + sum(sizes), b"mdat"))
    return [b"".join(pieces), *[sample.data for sample in video], *audio]


def _video_rows(video: Sequence[VideoSample]) -> tuple[list[int], int]:
    """The trun rows end to end, and the flags that name their columns."""
    rows: list[int] = []
    if any(map(_CTS_MS, video)):
        for sample in video:
            flags = KEY_SAMPLE if sample.key else DELTA_SAMPLE
            rows += (sample.duration_ms, len(sample.data), flags, sample.cts_ms)
        return rows, SIGNED_CTS | DATA_OFFSET | DURATIONS | SIZES | FLAGS | CTS
    for sample in video:
        flags = KEY_SAMPLE if sample.key else DELTA_SAMPLE
        rows += (sample.duration_ms, len(sample.data), flags)
    return rows, DATA_OFFSET | DURATIONS | SIZES | FLAGS


def _video_head(count: int, words: int, row_flags: int, time_ms: int, offset: int) -> bytes:
    return VIDEO_HEAD.pack(
        *(VIDEO_HEAD.size + 4 * words, b"traf"),
        *(16, b"tfhd", BASE_IS_MOOF, VIDEO_TRACK),
        *(20, b"tfdt", TFDT_VERSION_1, time_ms),
        *(20 + 4 * words, b"trun", row_flags, count, offset),
    )


def _audio_head(count: int, frame_samples: int, time: int, offset: int) -> bytes:
    flags = BASE_IS_MOOF | DEFAULT_DURATION | DEFAULT_FLAGS
    return AUDIO_HEAD.pack(
        *(AUDIO_HEAD.size + 4 * count, b"traf"),
        *(24, b"tfhd", flags, AUDIO_TRACK, frame_samples, KEY_SAMPLE),
        *(20, b"tfdt", TFDT_VERSION_1, time),
        *(20 + 4 * count, b"trun", DATA_OFFSET | SIZES, count, offset),
    )


@lru_cache(ROW_STRUCTS_MAX)
def _words(count: int) -> struct.Struct:
    return struct.Struct(f">{count}I")
