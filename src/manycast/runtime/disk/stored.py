"""One complete file of the disk layer, open: no byte of it leaves before its block was verified.

A block is verified when it is read from the medium. What the system has kept in memory since then is
the same bytes, so a block that is verified, still in memory, and in a file that nobody has written to
needs no second look.
"""

import errno
import os

from manycast.edge.layers import Record
from manycast.runtime.disk.folder import Folder
from manycast.runtime.disk.format import (
    PREFIX_BYTES,
    DamagedError,
    Prefix,
    read_prefix,
    read_tail,
    record,
    verify,
)


_UNSUPPORTED = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})
_PAGE = 4_096
_REMEMBERED_S = 0.05
"""Seconds that a block just seen in memory is not looked for again: many viewers ask for the same one."""


class Stored:
    """Made by ``opened``; the descriptor is closed with the last reference to it."""

    __slots__ = (
        "_checked", "_crcs", "_one", "_prefix", "_probes", "_stamp", "_until", "block_bytes", "fd", "length",
        "number", "offset", "record",
    )  # fmt: skip

    def __init__(self, fd: int, number: int) -> None:
        """Takes the descriptor; raises DamagedError and OSError. Blocks."""
        self.fd = fd
        self.number = number
        self._stamp = self._written()
        self._prefix = _prefix(fd, self._stamp[1])
        tail = read_tail(
            self._prefix, _read(fd, PREFIX_BYTES + self._prefix.body_bytes, self._prefix.tail_bytes)
        )
        self.record: Record = record(self._prefix, tail)
        self.length = self._prefix.body_bytes
        self.offset = PREFIX_BYTES
        self.block_bytes = self._prefix.block_bytes
        self._crcs = tail.crcs
        self._checked = bytearray(self._prefix.blocks)
        self._probes = True
        self._until = [0.0] * self._prefix.blocks
        """Until when each block is taken to be in memory still."""
        self._one = bytearray(1)

    def __del__(self) -> None:
        os.close(self.fd)

    @property
    def file_bytes(self) -> int:
        return self._prefix.file_bytes

    def ready(self, at: int, size: int, now: float) -> bool:
        """Whether these bytes of the body may be sent as they are, without waiting for the medium."""
        if self._written() != self._stamp:
            self._checked = bytearray(len(self._crcs))
            return False
        first, end = self._blocks(at, size)
        whole = self._checked.find(0, first, end) < 0
        return whole and all(self._resident(block, now) for block in range(first, end))

    def check(self, at: int, size: int) -> None:
        """Read and verify the blocks around these bytes; raises DamagedError and OSError. Blocks."""
        stamp = self._written()
        if stamp[1] != self._prefix.file_bytes:
            raise DamagedError("the file changed its length")
        checked = bytearray(len(self._crcs)) if stamp != self._stamp else self._checked
        buffer = bytearray(min(self.block_bytes, self.length))
        for block in range(*self._blocks(at, size)):
            self._verified(block, buffer)
            checked[block] = 1
        self._stamp, self._checked = stamp, checked

    def read(self, at: int, size: int) -> bytes:
        """These bytes, verified as they are; raises DamagedError and OSError. Blocks."""
        first, end = self._blocks(at, size)
        buffers = [bytearray(self.block_bytes) for _ in range(first, end)]
        found = [self._verified(first + index, buffer) for index, buffer in enumerate(buffers)]
        start = at - first * self.block_bytes
        return b"".join(found)[start : start + size]

    def _verified(self, block: int, buffer: bytearray) -> memoryview:
        at = block * self.block_bytes
        size = min(self.block_bytes, self.length - at)
        view = memoryview(buffer)[:size]
        done = 0
        while done < size:
            taken = os.preadv(self.fd, [view[done:]], self.offset + at + done)
            if not taken:
                raise DamagedError("the file became shorter")
            done += taken
        verify(view, self._crcs[block])
        return view

    def _blocks(self, at: int, size: int) -> tuple[int, int]:
        return at // self.block_bytes, -(-(at + size) // self.block_bytes)

    def _written(self) -> tuple[int, int]:
        now = os.fstat(self.fd)
        return now.st_mtime_ns, now.st_size

    def _resident(self, block: int, now: float) -> bool:
        """Whether the first and the last page of a block are in memory; its pages come and go together."""
        if now < self._until[block]:
            return True
        here = self._probed(block)
        self._until[block] = now + _REMEMBERED_S if here else 0.0
        return here

    def _probed(self, block: int) -> bool:
        first = self.offset + block * self.block_bytes
        last = self.offset + min((block + 1) * self.block_bytes, self.length) - 1
        return self._in_memory(first) and (last - first < _PAGE or self._in_memory(last))

    def _in_memory(self, at: int) -> bool:
        if not self._probes:
            return True
        try:
            os.preadv(self.fd, [self._one], at, os.RWF_NOWAIT)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
            self._probes = False
        return True


def glimpse(folder: Folder, number: int) -> tuple[Record, int]:
    """What a file says it is, and its body's length; raises DamagedError and OSError. Blocks."""
    stored = Stored(folder.open(number), number)
    return stored.record, stored.length


def _prefix(fd: int, size: int) -> Prefix:
    return read_prefix(_read(fd, 0, PREFIX_BYTES), size)


def _read(fd: int, at: int, size: int) -> bytes:
    pieces: list[bytes] = []
    while size:
        piece = os.pread(fd, size, at)
        if not piece:
            break
        pieces.append(piece)
        at += len(piece)
        size -= len(piece)
    return b"".join(pieces)
