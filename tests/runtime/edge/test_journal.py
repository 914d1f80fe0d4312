from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from manycast.edge.purge import EVERYTHING, Kind, Purge, Verdict
from manycast.runtime.edge.journal import JournalFile


Opens = Callable[..., JournalFile]
RED = Purge(Kind.TAG, b"r\xe9d\n", soft=False)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., JournalFile]]:
    files: list[JournalFile] = []

    def opens(sequence: int = 1_000, purges_max: int = 10) -> JournalFile:
        files.append(JournalFile(tmp_path / "purges", sequence, purges_max))
        return files[-1]

    yield opens
    for file in files:
        file.close()


def add(file: JournalFile, *purges: Purge) -> None:
    file.add([(file.journal.add(purge), purge) for purge in purges])


def test_what_was_purged_and_followed_is_known_after_a_restart(opened: Opens) -> None:
    first = opened()
    add(first, RED, EVERYTHING, RED)
    first.follow("parent:80", 77)
    again = opened(9_999)
    assert again.journal.after(1_000, 10) == [(1_002, EVERYTHING), (1_003, RED)]
    assert again.journal.floor == 1_000
    assert again.parents == {"parent:80": 77}
    assert again.journal.judge(b"/a", 1_002, lambda: {RED.value}) is Verdict.GONE


@pytest.mark.parametrize("damage", [b'[1004, "tag"', b"x\n", b'[7, "tag", "x", false]\n', b"{}\n"])
def test_a_damaged_file_is_not_believed_and_all_that_was_stored_is_stale(
    opened: Opens, tmp_path: Path, damage: bytes
) -> None:
    add(opened(), RED)
    with (tmp_path / "purges").open("ab") as file:
        file.write(damage)
    again = opened(9_999)
    assert again.journal.after(1_001, 10) is None
    assert again.journal.judge(b"/a", 1_001, tuple) is Verdict.STALE
    assert opened(10_000).journal.floor == 9_999


def test_a_storm_of_purges_does_not_grow_the_file_without_end(
    opened: Opens, tmp_path: Path
) -> None:
    file = opened()
    for _ in range(3_000):
        add(file, RED)
    assert len((tmp_path / "purges").read_bytes().splitlines()) < 1_100
    assert opened().journal.sequence == 4_000


def test_a_file_that_cannot_be_written_is_not_left_with_a_hole(
    opened: Opens, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = opened()
    file.close()
    add(file, RED)
    assert "purges are not kept" in caplog.text
    assert not (tmp_path / "purges").exists()
