"""One cached object as a file: prefix, body, tail; nothing in it is believed unverified.

The prefix is written last, so a file that was cut at any point has none that fits it. The tail holds
key, head and one CRC-32 per block of the body; it stands behind the body because an object that is
written while it passes has its checksums only at the end.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

from manycast.edge.layers import Record


VERSION = 1
_MAGIC = b"manycast"
_PREFIX = struct.Struct("<8sIIQIIdddI")
_CRC = struct.Struct("<I")
PREFIX_BYTES = _PREFIX.size + _CRC.size
HEAD_BYTES_MAX = 131_072
"""Bytes of key and head together; more is no object of ours."""


class DamagedError(Exception):
    """The file is not, or no longer, what was written."""


@dataclass(frozen=True, slots=True)
class Prefix:
    block_bytes: int
    body_bytes: int
    key_bytes: int
    head_bytes: int
    born_s: float
    expires_s: float
    saved_s: float
    tail_crc: int

    @property
    def tail_bytes(self) -> int:
        return self.key_bytes + self.head_bytes + _CRC.size * self.blocks

    @property
    def blocks(self) -> int:
        return -(-self.body_bytes // self.block_bytes)

    @property
    def file_bytes(self) -> int:
        return PREFIX_BYTES + self.body_bytes + self.tail_bytes


@dataclass(frozen=True, slots=True)
class Tail:
    key: bytes
    head: bytes
    crcs: tuple[int, ...]


class Checksums:
    """CRC-32 of each block of a body that comes in pieces of any size."""

    def __init__(self, block_bytes: int) -> None:
        self.body_bytes = 0
        self._block_bytes = block_bytes
        self._done: list[int] = []
        self._running = 0

    def feed(self, piece: bytes) -> None:
        view = memoryview(piece)
        while view:
            room = self._block_bytes - self.body_bytes % self._block_bytes
            self._running = crc32(view[:room], self._running)
            self.body_bytes += min(room, len(view))
            if self.body_bytes % self._block_bytes == 0:
                self._done.append(self._running)
                self._running = 0
            view = view[room:]

    def all(self) -> list[int]:
        open_block = self.body_bytes % self._block_bytes != 0
        return [*self._done, self._running] if open_block else self._done


def finish(record: Record, checksums: Checksums, block_bytes: int) -> tuple[bytes, bytes]:
    """Prefix and tail of a body that is complete."""
    crcs = b"".join(map(_CRC.pack, checksums.all()))
    tail = b"".join((record.key, record.head, crcs))
    prefix = _PREFIX.pack(
        _MAGIC, VERSION, block_bytes, checksums.body_bytes, len(record.key), len(record.head),
        record.born_s, record.expires_s, record.saved_s, crc32(tail),
    )  # fmt: skip
    return prefix + _CRC.pack(crc32(prefix)), tail


def read_prefix(data: bytes, file_bytes: int) -> Prefix:
    """Raises DamagedError unless it is whole, of this version, and the file as long as it says."""
    if len(data) != PREFIX_BYTES:
        raise DamagedError("the file is too short")
    if crc32(data[: _PREFIX.size]) != _CRC.unpack_from(data, _PREFIX.size)[0]:
        raise DamagedError("the prefix is damaged, or was never written")
    magic, version, *numbers = _PREFIX.unpack_from(data)
    if magic != _MAGIC or version != VERSION:
        raise DamagedError(f"a file of another program or version ({version})")
    prefix = Prefix(*numbers)
    if not prefix.block_bytes or prefix.key_bytes + prefix.head_bytes > HEAD_BYTES_MAX:
        raise DamagedError("the prefix makes no sense")
    if prefix.file_bytes != file_bytes:
        raise DamagedError(f"{file_bytes} bytes instead of {prefix.file_bytes}")
    return prefix


def read_tail(prefix: Prefix, data: bytes) -> Tail:
    """Raises DamagedError."""
    if len(data) != prefix.tail_bytes or crc32(data) != prefix.tail_crc:
        raise DamagedError("key, head or checksums are damaged")
    head_at = prefix.key_bytes
    crcs_at = head_at + prefix.head_bytes
    crcs = tuple(crc for (crc,) in _CRC.iter_unpack(data[crcs_at:]))
    return Tail(data[:head_at], data[head_at:crcs_at], crcs)


def record(prefix: Prefix, tail: Tail) -> Record:
    return Record(tail.key, tail.head, prefix.born_s, prefix.expires_s, prefix.saved_s)


def pack(record: Record, body: Iterable[bytes], block_bytes: int) -> bytes:
    """A whole object in one piece, as a store of values keeps it."""
    checksums = Checksums(block_bytes)
    pieces = list(body)
    for piece in pieces:
        checksums.feed(piece)
    prefix, tail = finish(record, checksums, block_bytes)
    return b"".join((prefix, *pieces, tail))


def unpack(data: bytes) -> tuple[Record, bytes]:
    """Raises DamagedError."""
    prefix = read_prefix(data[:PREFIX_BYTES], len(data))
    end = PREFIX_BYTES + prefix.body_bytes
    tail = read_tail(prefix, data[end:])
    body = data[PREFIX_BYTES:end]
    for at, crc in enumerate(tail.crcs):
        verify(body[at * prefix.block_bytes : (at + 1) * prefix.block_bytes], crc)
    return record(prefix, tail), body


def verify(block: bytes | memoryview, crc: int) -> None:
    """Raises DamagedError."""
    if crc32(block) != crc:
        raise DamagedError("a block of the body is damaged")
