"""Finds the decoding time of every fragment in an endless fMP4 stream, however it is cut."""

import struct
from collections.abc import Callable, Iterator

from manycast.media.cmaf_init import VIDEO_TRACK
from manycast.media.errors import MalformedError


_BOX = struct.Struct(">I4s")
_MOOF_BYTES_MAX = 65_536
"""Longest moof taken: one frame's is about 200 bytes."""


class FragmentTimes:
    """Calls ``arrived`` with the video decoding time (in the track's timescale) at a fragment's last byte.

    Only the moof boxes are looked at; everything else is counted and passed over.
    """

    __slots__ = ("_arrived", "_held", "_in_mdat", "_moof_bytes", "_skip", "_time")

    def __init__(self, arrived: Callable[[int], None]) -> None:
        self._arrived = arrived
        self._held = b""
        """The beginning of a box header or moof."""
        self._moof_bytes = 0
        """Size of the moof that is being held; 0 between boxes."""
        self._skip = 0
        self._in_mdat = False
        self._time: int | None = None

    def feed(self, data: memoryview) -> None:
        """Take bytes as they come. Raises MalformedError."""
        while len(data):
            if self._skip:
                skipped = min(self._skip, len(data))
                self._skip -= skipped
                data = data[skipped:]
                self._tell_end()
                continue
            wanted = (self._moof_bytes or _BOX.size) - len(self._held)
            self._held += data[:wanted]
            if len(data) < wanted:
                return
            data = data[wanted:]
            self._take(self._held)

    def _take(self, held: bytes) -> None:
        size, kind = _BOX.unpack_from(held)
        if self._moof_bytes:
            self._time = video_time(held)
        elif size < _BOX.size or (kind == b"moof" and size > _MOOF_BYTES_MAX):
            raise MalformedError(f"a {kind!r} box of {size} bytes")
        elif kind == b"moof":
            self._moof_bytes = size
            return
        else:
            self._skip = size - _BOX.size
            self._in_mdat = kind == b"mdat"
        self._held, self._moof_bytes = b"", 0
        self._tell_end()

    def _tell_end(self) -> None:
        if not self._skip and self._in_mdat:
            self._in_mdat = False
            time, self._time = self._time, None
            if time is not None:
                self._arrived(time)


def video_time(moof: bytes) -> int | None:
    """The tfdt of the video track; None when the fragment has no video. Raises MalformedError."""
    for kind, start, end in _boxes(moof, _BOX.size, len(moof)):
        if kind != b"traf":
            continue
        found = {inner: at for inner, at, _ in _boxes(moof, start, end)}
        if b"tfhd" not in found or b"tfdt" not in found:
            raise MalformedError("a traf box without tfhd or tfdt")
        tfdt = found[b"tfdt"]
        try:
            if struct.unpack_from(">4xI", moof, found[b"tfhd"])[0] == VIDEO_TRACK:
                (version,) = struct.unpack_from(">B", moof, tfdt)
                return int(struct.unpack_from(">4xQ" if version else ">4xI", moof, tfdt)[0])
        except struct.error as error:
            raise MalformedError("a tfhd or tfdt box is cut short") from error
    return None


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, content start and end of the boxes between two offsets."""
    while start + _BOX.size <= end:
        size, kind = _BOX.unpack_from(data, start)
        if size < _BOX.size or start + size > end:
            raise MalformedError(f"a {kind!r} box of {size} bytes does not fit in its parent")
        yield kind, start + _BOX.size, start + size
        start += size
