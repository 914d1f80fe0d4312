"""CMAF to values: a stream of single frames, as ``frames.mp4`` has it (ISO 14496-12 section 8.8)."""

import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from manycast.media.cmaf_tracks import BOX_HEAD_BYTES, Track, boxes, tracks
from manycast.media.errors import MalformedError
from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame


BOX_BYTES_MAX: Final = 32_000_000
"""Of one box: a fragment holds one frame with its sound, and a keyframe is below 4 MB."""
ROWS_MAX: Final = 16
"""Forms of rows whose reading stays prepared: a packager has two."""

_U32: Final = struct.Struct(">I")
_TRUN: Final = struct.Struct(">IIi")
_NON_SYNC: Final = 0x10000
_TFHD_SKIPPED: Final = ((0x1, 8), (0x2, 4))
"""Base data offset and sample description: flag and bytes."""
_DURATION, _SIZE, _FLAGS = 0x8, 0x10, 0x20
_DATA_OFFSET, _FIRST_FLAGS, _DURATIONS, _SIZES, _ROW_FLAGS, _CTS = 1, 4, 0x100, 0x200, 0x400, 0x800

Item = VideoConfig | AudioConfig | VideoFrame | AudioFrame


class _Sample(NamedTuple):
    duration: int
    size: int
    flags: int
    cts: int


class CmafReader:
    """Takes a stream in any pieces and gives what is whole; raises MediaError.

    Times are milliseconds, rounded; a fragment's sound comes after its picture.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._moof = b""
        self._tracks: dict[int, Track] = {}

    def feed(self, data: bytes | memoryview) -> list[Item]:
        self._buffer += data
        items: list[Item] = []
        at = 0
        while (end := self._end(at)) is not None:
            kind, body = (
                self._buffer[at + 4 : at + 8],
                bytes(self._buffer[at + BOX_HEAD_BYTES : end]),
            )
            if kind == b"moof":
                self._moof = body
            elif kind == b"mdat":
                items += self._frames(body)
            elif kind == b"moov":
                described = tracks(body)
                self._tracks = {track.number: track for track in described}
                items += [track.config for track in described]
            at = end
        del self._buffer[:at]
        return items

    def _end(self, at: int) -> int | None:
        """Where the box here ends; None while it is not all there."""
        buffer = self._buffer
        if len(buffer) < at + BOX_HEAD_BYTES:
            return None
        size = int(_U32.unpack_from(buffer, at)[0])
        if not BOX_HEAD_BYTES <= size <= BOX_BYTES_MAX:
            raise MalformedError(f"a box of {size} bytes (at most {BOX_BYTES_MAX})")
        return at + size if len(buffer) >= at + size else None

    def _frames(self, mdat: bytes) -> list[Item]:
        moof, self._moof = self._moof, b""
        before = len(moof) + 2 * BOX_HEAD_BYTES
        frames: list[Item] = []
        try:
            for kind, body in boxes(moof):
                if kind == b"traf":
                    frames += self._run(dict(boxes(body)), mdat, before)
        except struct.error:
            raise MalformedError("a fragment's description is cut short") from None
        except KeyError as missing:
            raise MalformedError(f"a track fragment without {missing}") from None
        return frames

    def _run(self, traf: dict[bytes, bytes], mdat: bytes, before: int) -> Iterator[Item]:
        """``before``: bytes of the fragment before the payload, which offsets count too."""
        flags, number = struct.unpack_from(">II", traf[b"tfhd"])
        track = self._tracks.get(number)
        if track is None:
            return
        long = traf[b"tfdt"][:1] == b"\x01"
        (time,) = struct.unpack_from(">Q" if long else ">I", traf[b"tfdt"], 4)
        offset, samples = _samples(traf[b"trun"], _defaults(traf[b"tfhd"], flags & 0xFFFFFF))
        at = offset - before
        for sample in samples:
            end = at + sample.size
            if not 0 <= at <= end <= len(mdat):
                raise MalformedError(f"a sample at {at} to {end} of {len(mdat)} bytes")
            yield _frame(track, time, sample, mdat[at:end])
            at = end
            time += sample.duration


def _frame(track: Track, time: int, sample: _Sample, data: bytes) -> Item:
    dts_ms = _ms(time, track.timescale)
    if isinstance(track.config, AudioConfig):
        return AudioFrame(dts_ms, data)
    cts_ms = _ms(time + sample.cts, track.timescale) - dts_ms
    return VideoFrame(dts_ms, max(0, cts_ms), not sample.flags & _NON_SYNC, data)


def _ms(time: int, timescale: int) -> int:
    return (2000 * time + timescale) // (2 * timescale)


def _defaults(tfhd: bytes, flags: int) -> _Sample:
    at = 8 + sum(size for flag, size in _TFHD_SKIPPED if flags & flag)
    found = [0, 0, 0]
    for column, flag in enumerate((_DURATION, _SIZE, _FLAGS)):
        if flags & flag:
            (found[column],) = _U32.unpack_from(tfhd, at)
            at += 4
    return _Sample(found[0], found[1], found[2], 0)


def _samples(trun: bytes, defaults: _Sample) -> tuple[int, list[_Sample]]:
    """Where the first sample begins, counted from the fragment's own beginning, and all of them."""
    flags, count, offset = _TRUN.unpack_from(trun)
    if not flags & _DATA_OFFSET:
        raise MalformedError("a run of samples that does not say where it begins")
    row, picks = _row(flags)
    at = _TRUN.size
    if flags & _FIRST_FLAGS:
        first_flags = _U32.unpack_from(trun, at)
        at += 4
    else:
        first_flags = None
    if count * max(row.size, 4) > len(trun):
        raise MalformedError(f"{count} samples in {len(trun)} bytes")
    rows = row.iter_unpack(trun[at : at + count * row.size]) if row.size else [()] * count
    samples = [_Sample._make([(words + defaults)[pick] for pick in picks]) for words in rows]
    if first_flags is not None and samples:
        samples[0] = samples[0]._replace(flags=first_flags[0])
    return offset, samples


@lru_cache(ROWS_MAX)
def _row(flags: int) -> tuple[struct.Struct, list[int]]:
    """How to read one row, and where in it, with the defaults behind it, each column of a sample is."""
    own = [bool(flags & flag) for flag in (_DURATIONS, _SIZES, _ROW_FLAGS, _CTS)]
    width = sum(own)
    picks = [sum(own[:column]) if own[column] else width + column for column in range(4)]
    return struct.Struct(f">{'I' * sum(own[:3])}{'i' * own[3]}"), picks
