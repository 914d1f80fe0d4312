"""Reading fields of single bits out of codec headers, never past their end."""

from manycast.media.errors import MalformedError


RECORD_BYTES_MAX = 16_384
"""Longest codec header read: real ones are 20-2500 bytes (x265 writes its options into one)."""

GOLOMB_ZEROS_MAX = 32
"""H.264 and H.265 allow values below 2**32, thus at most 32 leading zeros."""


class BitReader:
    """A cursor over big-endian bits; every read past the end is a MalformedError."""

    __slots__ = ("_data", "_end", "_position")

    def __init__(self, data: bytes) -> None:
        if len(data) > RECORD_BYTES_MAX:
            raise MalformedError(
                f"a codec header of {len(data)} bytes (at most {RECORD_BYTES_MAX})"
            )
        self._data = data
        self._position = 0
        self._end = 8 * len(data)

    @property
    def left(self) -> int:
        return self._end - self._position

    def read(self, bits: int) -> int:
        start = self._position
        self.skip(bits)
        end = self._position
        word = int.from_bytes(self._data[start >> 3 : (end + 7) >> 3], "big")
        return word >> (-end & 7) & ((1 << bits) - 1)

    def skip(self, bits: int) -> None:
        if bits > self._end - self._position:
            raise MalformedError(f"a codec header of {len(self._data)} bytes ends too early")
        self._position += bits

    def flag(self) -> bool:
        return self.read(1) == 1

    def take(self, size: int) -> bytes:
        return self.read(8 * size).to_bytes(size, "big")

    def golomb(self) -> int:
        """ue(v) of H.264 9.1 and H.265 9.2; uvlc() of AV1 4.10.3."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > GOLOMB_ZEROS_MAX:
                raise MalformedError("an Exp-Golomb number of more than 32 bits in a codec header")
        return (1 << zeros) - 1 + self.read(zeros)

    def signed_golomb(self) -> int:
        code = self.golomb()
        return (code + 1) // 2 if code & 1 else -(code // 2)

    def skip_golombs(self, count: int) -> None:
        for _ in range(count):
            self.golomb()


def without_emulation_prevention(nal: bytes) -> bytes:
    """A NAL unit's payload: 00 00 03 stands for 00 00 (H.264 7.4.1)."""
    pieces = []
    start = 0
    while (found := nal.find(b"\0\0\3", start)) >= 0:
        pieces.append(nal[start : found + 2])
        start = found + 3
    return b"".join((*pieces, nal[start:]))
