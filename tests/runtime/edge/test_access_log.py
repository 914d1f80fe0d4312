import json
from pathlib import Path

import pytest
from tests.runtime.edge.nodes import until

from manycast.runtime.edge.access_log import AccessLog
from manycast.settings.log import LogSettings


def lines(path: Path) -> list[int]:
    return [json.loads(line)["n"] for line in path.read_text().splitlines()]


async def test_lines_are_written_soon_and_the_rest_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = AccessLog(LogSettings(file=str(path), flush_s=0.01))
    log.note({"n": 1, "text": "a\r\nb\x00é"})
    await until(lambda: bool(path.read_text()))
    path.rename(tmp_path / "old")
    log.note({"n": 2})
    await log.close()
    assert lines(tmp_path / "old") == [1]
    assert lines(path) == [2]


async def test_more_than_the_disk_takes_is_dropped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = AccessLog(LogSettings(file=str(path), lines_max=10))
    for number in range(25):
        log.note({"n": number})
    await log.close()
    assert (lines(path), log.dropped) == (list(range(10)), 15)


async def test_a_file_that_cannot_be_written_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(OSError, match="log"):
        AccessLog(LogSettings(file=str(tmp_path / "no" / "log")))
    folder = tmp_path / "folder"
    folder.mkdir()
    log = AccessLog(LogSettings(file=str(folder / "log")))
    (folder / "log").unlink()
    folder.rmdir()
    for _ in range(3):
        log._write([{"n": 1}])
    await log.close()
    assert log.dropped == 3
    assert caplog.text.count("access lines are lost") == 1
