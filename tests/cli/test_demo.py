from pathlib import Path

import pytest

from manycast.cli.__main__ import main


def test_a_broadcast_ends_after_its_seconds(tmp_path: Path) -> None:
    video = tmp_path / "demo.flv"
    assert main(["demo", "--url", str(video), "--size", "320x180", "--seconds", "0.3"]) == 0
    assert video.read_bytes().startswith(b"FLV")


@pytest.mark.parametrize("size", ["720p", "641x360", "x"])
def test_a_size_that_cannot_be_encoded_is_bad_usage(size: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["demo", "--url", "x", "--size", size])


def test_a_missing_ffmpeg_is_a_failure_that_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--url", "x", "--ffmpeg", "/nowhere/ffmpeg"]) == 1
    assert "/nowhere/ffmpeg is not an executable" in capsys.readouterr().err
