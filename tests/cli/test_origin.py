from pathlib import Path

import pytest

from manycast.cli.__main__ import main


def test_a_wrong_settings_file_is_bad_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "manycast.toml"
    path.write_text("[origin]\nsegments = 3\n")
    assert main(["origin", "--config", str(path), "--dir", str(tmp_path)]) == 2
    assert "unknown setting origin.segments" in capsys.readouterr().err
