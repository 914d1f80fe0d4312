import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from manycast.edge.layers import Record
from manycast.runtime.disk.folder import Folder
from manycast.runtime.disk.format import PREFIX_BYTES, DamagedError
from manycast.runtime.disk.stored import Stored, glimpse
from manycast.runtime.disk.writing import Draft, write


RECORD = Record(b"/key", b"head", 1.0, 2.0, 3.0)
BODY = bytes(range(256)) * 40
BLOCK = 1_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = Folder(tmp_path)
    write(folder, Draft(1, RECORD, len(BODY), BLOCK), [BODY[:77], BODY[77:]])
    folder.close()
    return tmp_path / f"{1:016x}"


def opened(path: Path) -> Stored:
    return Stored(os.open(path, os.O_RDONLY), 1)


def overwrite(path: Path, at: int, value: bytes) -> None:
    """As a failing disk does it, but for the time of the last write, which it leaves."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(value)
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))


def test_nothing_is_ready_before_it_was_checked(path: Path) -> None:
    stored = opened(path)
    assert (stored.record, stored.length) == (RECORD, len(BODY))
    assert not stored.ready(0, 1, 0.0)
    stored.check(0, 1)
    assert stored.ready(0, BLOCK, 0.0)
    assert not stored.ready(0, BLOCK + 1, 0.0)
    assert not stored.ready(BLOCK, 1, 0.0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_range_reads_as_it_was_written(path: Path, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(BODY) - 1))
    size = data.draw(st.integers(1, len(BODY) - at))
    assert opened(path).read(at, size) == BODY[at : at + size]


@pytest.mark.parametrize("at", [0, BLOCK - 1, BLOCK, len(BODY) - 1])
def test_what_changed_after_it_was_checked_is_seen(path: Path, at: int) -> None:
    stored = opened(path)
    stored.check(0, len(BODY))
    assert stored.ready(0, len(BODY), 0.0)
    overwrite(path, PREFIX_BYTES + at, bytes([BODY[at] ^ 1]))
    assert not stored.ready(0, len(BODY), 0.0)
    with pytest.raises(DamagedError):
        stored.check(0, len(BODY))
    with pytest.raises(DamagedError):
        stored.read(at, 1)
    assert not stored.ready(at, 1, 0.0)


def test_a_file_that_became_shorter_is_damaged(path: Path) -> None:
    stored = opened(path)
    stored.check(0, len(BODY))
    os.truncate(path, PREFIX_BYTES + 5_000)
    assert not stored.ready(0, 1, 0.0)
    with pytest.raises(DamagedError):
        stored.check(0, 1)
    with pytest.raises(DamagedError):
        stored.read(4_990, 20)
    with pytest.raises(DamagedError):
        opened(path)


def test_what_is_verified_is_good_again_after_a_touch(path: Path) -> None:
    stored = opened(path)
    stored.check(0, len(BODY))
    os.utime(path)
    assert not stored.ready(0, len(BODY), 0.0)
    stored.check(0, len(BODY))
    assert stored.ready(0, len(BODY), 0.0)


def test_the_descriptor_goes_with_its_last_user(path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  a folder that no Path lists while open
    folder = Folder(path.parent)
    assert glimpse(folder, 1) == (RECORD, len(BODY))
    path.write_bytes(b"nothing")
    with pytest.raises(DamagedError):
        glimpse(folder, 1)
    folder.close()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
