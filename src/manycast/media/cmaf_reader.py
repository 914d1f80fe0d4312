"""CMAF to values: a stream of single frames, as ``frames.mp4`` has it (ISO 14496-12 section 8.8)."""

import struct
from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

from manycast.media.cmaf_tracks import BOX_HEAD_BYTES, Track, tracks
from manycast.media.errors import MalformedError
from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame


BOX_BYTES_MAX: Final = 32_000_000
"""Of one box: a fragment holds one frame with its sound, and a keyframe is below 4 MB."""
FORMS_MAX: Final = 16
"""Forms of heads and rows whose reading stays prepared: a packager has three."""

_U32: Final = struct.Struct(">I")
_U64: Final = struct.Struct(">Q")
_BOX_HEAD: Final = struct.Struct(">I4s")
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
        self._waiting: list[bytes] = []
        """The beginning of a box whose end has not come."""
        self._missing_bytes = 0
        self._moof = b""
        self._tracks: dict[int, Track] = {}

    def feed(self, data: bytes | memoryview) -> list[Item]:
        if self._waiting:
            self._waiting.append(bytes(data))
            self._missing_bytes -= len(data)
            if self._missing_bytes > 0:
                return []
            data = b"".join(self._waiting)
            self._waiting.clear()
        view = memoryview(data)
        items: list[Item] = []
        at, size, wanted = 0, len(view), BOX_HEAD_BYTES
        # A fragment usually comes whole: a picture is copied once, out of what was received.
        while size - at >= BOX_HEAD_BYTES:
            box_bytes, kind = _BOX_HEAD.unpack_from(view, at)
            if not BOX_HEAD_BYTES <= box_bytes <= BOX_BYTES_MAX:
                raise MalformedError(f"a box of {box_bytes} bytes (at most {BOX_BYTES_MAX})")
            if size - at < box_bytes:
                wanted = box_bytes
                break
            body = view[at + BOX_HEAD_BYTES : at + box_bytes]
            if kind == b"mdat":
                items += self._frames(body)
            elif kind == b"moof":
                self._moof = bytes(body)
            elif kind == b"moov":
                described = tracks(bytes(body))
                self._tracks = {track.number: track for track in described}
                items += [track.config for track in described]
            at += box_bytes
        if at < size:
            self._waiting.append(bytes(view[at:]))
            self._missing_bytes = wanted - (size - at)
        return items

    def _frames(self, mdat: memoryview) -> list[Item]:
        moof, self._moof = self._moof, b""
        before = len(moof) + 2 * BOX_HEAD_BYTES
        frames: list[Item] = []
        head, tfdt, idle = b"", b"", False
        try:
            for kind, body in _flat(moof):
                if kind == b"tfhd":
                    if idle:
                        break
                    head, tfdt, idle = body, b"", True
                elif kind == b"tfdt":
                    tfdt = body
                elif kind == b"trun":
                    frames += self._run(head, tfdt, body, mdat, before)
                    idle = False
        except struct.error:
            raise MalformedError("a fragment's description is cut short") from None
        if idle:
            raise MalformedError("a track fragment without a run of samples")
        return frames

    def _run(
        self, tfhd: bytes, tfdt: bytes, trun: bytes, mdat: memoryview, before: int
    ) -> list[Item]:
        """``before``: bytes of the fragment before the payload, which offsets count too."""
        number, defaults = _fragment_head(tfhd)
        track = self._tracks.get(number)
        if track is None:
            return []
        (time,) = (_U64 if tfdt[:1] == b"\x01" else _U32).unpack_from(tfdt, 4)
        offset, samples = _samples(trun, defaults)
        at = offset - before
        frames: list[Item] = []
        for sample in samples:
            end = at + sample.size
            if not 0 <= at <= end <= len(mdat):
                raise MalformedError(f"a sample at {at} to {end} of {len(mdat)} bytes")
            frames.append(_frame(track, time, sample, bytes(mdat[at:end])))
            at = end
            time += sample.duration
        return frames


def _flat(moof: bytes) -> list[tuple[bytes, bytes]]:
    """Type and body of each box, those inside of a track fragment like the others; raises MalformedError."""
    found = []
    at, size = 0, len(moof)
    while at < size:
        box_bytes, kind = _BOX_HEAD.unpack_from(moof, at)
        if not BOX_HEAD_BYTES <= box_bytes <= size - at:
            raise MalformedError(f"a box of {box_bytes} bytes in {size - at}")
        if kind == b"traf":
            at += BOX_HEAD_BYTES
        else:
            found.append((kind, moof[at + BOX_HEAD_BYTES : at + box_bytes]))
            at += box_bytes
    return found


def _frame(track: Track, time: int, sample: _Sample, data: bytes) -> Item:
    dts_ms = _ms(time, track.timescale)
    if isinstance(track.config, AudioConfig):
        return AudioFrame(dts_ms, data)
    cts_ms = _ms(time + sample.cts, track.timescale) - dts_ms if sample.cts else 0
    return VideoFrame(dts_ms, max(0, cts_ms), not sample.flags & _NON_SYNC, data)


def _ms(time: int, timescale: int) -> int:
    return (2000 * time + timescale) // (2 * timescale)


@lru_cache(FORMS_MAX)
def _fragment_head(tfhd: bytes) -> tuple[int, _Sample]:
    """The track's number, and what holds for samples that do not say otherwise."""
    flags, number = struct.unpack_from(">II", tfhd)
    at = 8 + sum(size for flag, size in _TFHD_SKIPPED if flags & flag)
    found = [0, 0, 0]
    for column, flag in enumerate((_DURATION, _SIZE, _FLAGS)):
        if flags & flag:
            (found[column],) = _U32.unpack_from(tfhd, at)
            at += 4
    return number, _Sample(found[0], found[1], found[2], 0)


def _samples(trun: bytes, defaults: _Sample) -> tuple[int, list[_Sample]]:
    """Where the first sample begins, counted from the fragment's own beginning, and all of them."""
    flags, count, offset = _TRUN.unpack_from(trun)
    if not flags & _DATA_OFFSET:
        raise MalformedError("a run of samples that does not say where it begins")
    row, pick = _row(flags)
    at = _TRUN.size
    if flags & _FIRST_FLAGS:
        first_flags = _U32.unpack_from(trun, at)
        at += 4
    else:
        first_flags = None
    if count * max(row.size, 4) > len(trun):
        raise MalformedError(f"{count} samples in {len(trun)} bytes")
    rows = row.iter_unpack(trun[at : at + count * row.size]) if row.size else [()] * count
    samples = [_Sample._make(pick(words + defaults)) for words in rows]
    if first_flags is not None and samples:
        samples[0] = samples[0]._replace(flags=first_flags[0])
    return offset, samples


@lru_cache(FORMS_MAX)
def _row(flags: int) -> tuple[struct.Struct, Callable[[tuple[int, ...]], tuple[int, ...]]]:
    """How to read one row, and what picks a sample's columns from it and the defaults behind it."""
    own = [bool(flags & flag) for flag in (_DURATIONS, _SIZES, _ROW_FLAGS, _CTS)]
    width = sum(own)
    picks = [sum(own[:column]) if own[column] else width + column for column in range(4)]
    return struct.Struct(f">{'I' * sum(own[:3])}{'i' * own[3]}"), itemgetter(*picks)
