import errno
import os
import resource
from pathlib import Path

import pytest

from manycast.edge.layers import Record
from manycast.runtime.disk.folder import FULL, Folder
from manycast.runtime.disk.stored import Stored
from manycast.runtime.disk.writing import CutShortError, Draft, Writing, write


RECORD = Record(b"/key", b"head", 1.0, 2.0, 3.0)


def test_a_file_in_pieces_is_the_file_at_once(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    write(folder, Draft(1, RECORD, 9, 4), [b"some body"])
    writing = Writing(folder, Draft(2, RECORD, 9, 4))
    for piece in (b"so", b"", b"me bod", b"y"):
        writing.add([piece])
    writing.finish()
    first, second = (tmp_path / f"{number:016x}" for number in (1, 2))
    assert first.read_bytes() == second.read_bytes()
    assert Stored(folder.open(2), 2).read(0, 9) == b"some body"
    folder.close()


@pytest.mark.parametrize("length", [8, 10])
def test_a_body_of_another_length_leaves_nothing(tmp_path: Path, length: int) -> None:
    folder = Folder(tmp_path)
    with pytest.raises(CutShortError):
        write(folder, Draft(1, RECORD, length, 4), [b"some body"])
    assert not list(tmp_path.iterdir())
    folder.close()


def test_a_full_disk_leaves_nothing_at_whatever_byte_it_fills(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    write(folder, Draft(99, RECORD, 9, 4), [b"some body"])
    size = (tmp_path / f"{99:016x}").stat().st_size
    folder.remove(99)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  a folder that no Path lists while open
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for room in range(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            with pytest.raises(OSError, match="too large") as caught:
                write(folder, Draft(room, RECORD, 9, 4), [b"some", b" body"])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert caught.value.errno in FULL
        assert not list(tmp_path.iterdir())
    assert errno.ENOSPC in FULL
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    folder.close()
