import os
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from manycast.runtime.disk.folder import Folder, TakenError, write_all


def test_a_file_has_its_name_once_it_is_complete(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "a" / "b")
    fd = folder.create(7)
    write_all(fd, [b"body"])
    os.close(fd)
    with pytest.raises(FileNotFoundError):
        folder.open(7)
    folder.publish(7)
    fd = folder.open(7)
    assert os.read(fd, 9) == b"body"
    os.close(fd)
    folder.close()


def test_one_process_has_a_folder(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with pytest.raises(TakenError, match=str(tmp_path)):
        Folder(tmp_path)
    folder.close()
    Folder(tmp_path).close()


def test_links_and_what_is_no_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / f"{1:016x}").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "objects" / f"{2:016x}")
    (tmp_path / "objects" / f"{3:016x}").mkdir()
    folder = Folder(tmp_path / "objects")
    for number in (1, 2, 3):
        with pytest.raises(OSError, match=r"symbolic links|no ordinary file"):
            folder.open(number)
    folder.close()
    (tmp_path / "link").symlink_to(tmp_path / "objects")
    with pytest.raises(NotADirectoryError):
        Folder(tmp_path / "link")


def test_cleaning_removes_unfinished_files_and_no_one_elses(tmp_path: Path) -> None:
    kept = [f"{9:016x}", f"{10:016x}", "notes.txt", "1.part"]
    for name in [*kept, f"{11:016x}.part"]:
        (tmp_path / name).write_bytes(b"x")
    folder = Folder(tmp_path)
    assert folder.clean() == [9, 10]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)
    folder.close()


def test_removing_twice_is_no_error(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    os.close(folder.create(1))
    folder.publish(1)
    folder.remove(1)
    folder.remove(1)
    os.close(folder.create(2))
    folder.discard(2)
    assert not list(tmp_path.iterdir())
    folder.close()


@given(st.lists(st.binary(max_size=9), max_size=2_000))
def test_all_pieces_are_written_in_order(pieces: list[bytes]) -> None:
    fd = os.memfd_create("test")
    write_all(fd, pieces)
    wanted = b"".join(pieces)
    assert os.pread(fd, len(wanted) + 1, 0) == wanted
    os.close(fd)
