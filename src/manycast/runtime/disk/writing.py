"""One file that is being written; every method blocks, raises OSError, and belongs to the writing thread."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from manycast.edge.layers import Record
from manycast.runtime.disk.folder import Folder, write_all
from manycast.runtime.disk.format import PREFIX_BYTES, Checksums, finish


class CutShortError(OSError):
    """What came is not as long as was announced."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be written."""

    number: int
    record: Record
    length: int
    block_bytes: int


class Writing:
    """After an error nothing of the file is left."""

    def __init__(self, folder: Folder, draft: Draft) -> None:
        self._folder = folder
        self._draft = draft
        self._checksums = Checksums(draft.block_bytes)
        self._fd = folder.create(draft.number)
        self.add((bytes(PREFIX_BYTES),), body=False)

    def add(self, pieces: Sequence[bytes], *, body: bool = True) -> None:
        try:
            write_all(self._fd, pieces)
        except OSError:
            self.discard()
            raise
        if body:
            for piece in pieces:
                self._checksums.feed(piece)

    def finish(self) -> None:
        draft = self._draft
        try:
            if self._checksums.body_bytes != draft.length:
                raise CutShortError("the object is not as long as was announced")
            prefix, tail = finish(draft.record, self._checksums, draft.block_bytes)
            write_all(self._fd, (tail,))
            os.pwrite(self._fd, prefix, 0)
            self._folder.publish(draft.number)
        except OSError:
            self.discard()
            raise
        os.close(self._fd)

    def discard(self) -> None:
        os.close(self._fd)
        with suppress(FileNotFoundError):
            self._folder.discard(self._draft.number)


def write(folder: Folder, draft: Draft, body: Sequence[bytes]) -> None:
    """All of it at once."""
    writing = Writing(folder, draft)
    writing.add(body)
    writing.finish()
