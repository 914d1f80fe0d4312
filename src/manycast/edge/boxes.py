"""Top-level ISO BMFF boxes out of a byte stream."""

from dataclasses import dataclass


class BoxError(Exception):
    """The parent's stream is not made of boxes of a reasonable size."""


@dataclass(frozen=True, slots=True)
class Box:
    kind: bytes
    pieces: tuple[bytes, ...]
    """Its bytes, header included, as they arrived."""


class BoxReader:
    """Cuts a stream into whole boxes without joining their payload (ISO/IEC 14496-12 section 4.2)."""

    def __init__(self, box_bytes_max: int) -> None:
        self._box_bytes_max = box_bytes_max
        self._head = b""
        self._kind = b""
        self._pieces: list[bytes] = []
        self._missing = 0

    def feed(self, data: bytes) -> list[Box]:
        """The boxes that ``data`` completes; raises BoxError."""
        boxes: list[Box] = []
        at = 0
        while at < len(data):
            at = self._take_body(data, at) if self._missing else self._take_head(data, at)
            if self._pieces and not self._missing:
                boxes.append(Box(self._kind, tuple(self._pieces)))
                self._pieces = []
        return boxes

    def _take_head(self, data: bytes, at: int) -> int:
        wanted = 16 if self._head[:4] == b"\0\0\0\1" else 8
        taken = data[at : at + wanted - len(self._head)]
        self._head += taken
        large = self._head[:4] == b"\0\0\0\1"
        if len(self._head) >= (16 if large else 8):
            size = int.from_bytes(self._head[8:16] if large else self._head[:4], "big")
            self._open(size)
        return at + len(taken)

    def _open(self, size: int) -> None:
        head, self._head = self._head, b""
        if not len(head) <= size <= self._box_bytes_max:
            raise BoxError(f"a {head[4:8]!r} box of {size} bytes")
        self._kind = head[4:8]
        self._pieces = [head]
        self._missing = size - len(head)

    def _take_body(self, data: bytes, at: int) -> int:
        taken = data[at : at + self._missing]
        self._pieces.append(taken)
        self._missing -= len(taken)
        return at + len(taken)
