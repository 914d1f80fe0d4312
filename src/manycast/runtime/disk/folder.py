"""The directory of one worker's objects: numbered files that this process alone makes and removes."""

import errno
import fcntl
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path


_NAME = re.compile(r"[0-9a-f]{16}")
_PART = re.compile(r"[0-9a-f]{16}\.part")
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_IOVECS_MAX = 1_024
"""Linux' IOV_MAX."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors that say nothing of the object: the disk takes no more for now."""


class TakenError(Exception):
    """Another process uses this directory."""


class Folder:
    """Every method blocks and raises OSError. A file has its name only once it is complete."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._fd)
            raise TakenError(f"another process keeps its objects in {path}") from None

    def close(self) -> None:
        os.close(self._fd)

    def create(self, number: int) -> int:
        """A descriptor to write to; ``publish`` or ``discard`` it."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(f"{number:016x}.part", flags, 0o600, dir_fd=self._fd)

    def publish(self, number: int) -> None:
        name = f"{number:016x}"
        os.rename(f"{name}.part", name, src_dir_fd=self._fd, dst_dir_fd=self._fd)

    def discard(self, number: int) -> None:
        os.unlink(f"{number:016x}.part", dir_fd=self._fd)

    def open(self, number: int) -> int:
        """Refuses what is no ordinary file: nobody leads this process elsewhere by a link."""
        fd = os.open(f"{number:016x}", _READ, dir_fd=self._fd)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise OSError(errno.EINVAL, "no ordinary file", str(self.path / f"{number:016x}"))
        return fd

    def remove(self, number: int) -> None:
        """Also when it is gone already."""
        try:
            os.unlink(f"{number:016x}", dir_fd=self._fd)
        except FileNotFoundError:
            return

    def clean(self) -> list[int]:
        """Numbers of what is complete, the oldest first; removes what an earlier process left unfinished.

        Only before the first ``create``.
        """
        with os.scandir(self._fd) as entries:
            names = [entry.name for entry in entries]
        for name in filter(_PART.fullmatch, names):
            self.discard(int(name[:16], 16))
        return sorted(int(name, 16) for name in names if _NAME.fullmatch(name))


def write_all(fd: int, pieces: Sequence[bytes]) -> None:
    """Write at the end of what was written, however little the system takes at a time."""
    views = [memoryview(piece) for piece in pieces if piece]
    at = 0
    while at < len(views):
        taken = os.writev(fd, views[at : at + _IOVECS_MAX])
        while at < len(views) and taken >= len(views[at]):
            taken -= len(views[at])
            at += 1
        if taken:
            views[at] = views[at][taken:]
