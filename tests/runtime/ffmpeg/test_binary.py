from pathlib import Path

import pytest

from manycast.runtime.ffmpeg.binary import FfmpegError, capture, locate


async def test_the_wheels_ffmpeg_is_found() -> None:
    binary = await locate(None)
    assert binary.version


async def test_a_configured_path_that_is_no_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(FfmpegError, match=r"correct the setting ladder\.ffmpeg"):
        await locate(str(tmp_path / "ffmpeg"))


async def test_another_program_is_not_taken_for_ffmpeg() -> None:
    with pytest.raises(FfmpegError, match="is not ffmpeg"):
        await locate("/bin/echo")


async def test_a_failure_is_told_in_ffmpegs_words() -> None:
    binary = await locate(None)
    with pytest.raises(FfmpegError, match="No such file"):
        await capture([binary.path, "-i", "/nowhere.mp4", "-f", "null", "-"], 10)


async def test_a_child_that_hangs_is_killed_in_time() -> None:
    with pytest.raises(FfmpegError, match="did not finish within"):
        await capture(["/bin/sleep", "1000"], 0.05)
