"""Large bodies in memory that the system sends by itself, without copying them to each socket.

One anonymous file holds them all. Each body has a slot of the file's address space, of which only the pages
with bytes in them exist; freed pages that a socket still refers to live until they have left.
"""

import mmap
import os
import resource
from collections import deque
from collections.abc import Callable, Sequence
from typing import Self


LEAST_BYTES = 32768
"""Below this, copying costs less than the calls that avoid it: measured with `python -m bench.edge.hits`."""
SLOT_BYTES = 33_554_432
"""The largest cached object."""
SLOTS = 1_024
"""Each costs an open file and a mapping; the default memory has room for as many of 100 KB."""


class Pages(mmap.mmap):
    """One body: usable as bytes, and as what ``send_file`` sends."""

    fd: int
    offset: int
    _free: Callable[[int], None]

    @classmethod
    def hold(cls, fd: int, offset: int, body: Sequence[bytes], free: Callable[[int], None]) -> Self:
        """Raises OSError when there is no room."""
        size = sum(map(len, body))
        if os.pwritev(fd, body, offset) != size:
            raise OSError("the memory file took a part of a body only")
        self = cls(fd, size, mmap.MAP_SHARED | mmap.MAP_POPULATE, offset=offset)
        self.fd, self.offset, self._free = fd, offset, free
        return self

    def __del__(self) -> None:
        free = getattr(self, "_free", None)
        if free is not None:
            self.madvise(mmap.MADV_REMOVE)  # the slot's pages go back to the system
            free(self.offset)

    def ready(self, at: int, size: int) -> bool:  # noqa: ARG002  memory always is
        return True

    def prepare(self, at: int, size: int, done: Callable[[bool], None]) -> None:  # noqa: ARG002  as above
        done(True)

    def read(self, at: int, size: int, done: Callable[[bytes | None], None]) -> None:  # type: ignore[override]  # as Body has it
        done(self[at : at + size])


def slots_within(files: int) -> int:
    """How many of so many open files bodies may have; the rest is for connections."""
    return min(SLOTS, files // 8)


class PageFile:
    """Takes large bodies as long as it has slots; what it does not take stays as it is."""

    def __init__(self, slots: int | None = None) -> None:
        if slots is None:
            slots = slots_within(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        if not hasattr(os, "memfd_create"):
            slots = 0  # not a Linux: bodies stay bytes
        self._fd = os.memfd_create("manycast") if slots else -1
        if slots:
            os.ftruncate(self._fd, slots * SLOT_BYTES)
        self._slots = deque(range(0, slots * SLOT_BYTES, SLOT_BYTES))

    def __del__(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)  # mappings keep what they need

    @property
    def free_slots(self) -> int:
        return len(self._slots)

    def keep(self, body: tuple[bytes, ...]) -> tuple[bytes, ...]:
        size = sum(map(len, body))
        if not (LEAST_BYTES <= size <= SLOT_BYTES and self._slots) or type(body[0]) is not bytes:
            return body
        offset = self._slots.popleft()
        try:
            pages = Pages.hold(self._fd, offset, body, self._slots.append)
        except OSError:
            self._slots.append(offset)
            return body
        found: tuple[object, ...] = (pages,)
        return found  # type: ignore[return-value]  # Pages has every operation of bytes that is used
