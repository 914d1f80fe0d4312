from pathlib import Path

import pytest

from manycast.cli.__main__ import main
from manycast.runtime.store.audit import Actor
from manycast.runtime.store.store import Store
from manycast.settings.state import StateSettings


def test_a_backup_says_what_it_holds_and_what_it_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(StateSettings(), tmp_path / "data")
    with store.change(Actor(name="Ada"), "channel.create", "chn_1"):
        pass
    store.close()
    words = ["backup", str(tmp_path / "file"), "--dir", str(tmp_path / "data")]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "2 rows" in said
    assert str(tmp_path / "data" / "secret.key") in said
    assert main(words) == 1
    assert "--force" in capsys.readouterr().err
    assert main([*words, "--force"]) == 0


def test_a_folder_without_state_is_named_and_left_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    assert main(["backup", str(tmp_path / "file"), "--dir", str(tmp_path / "data")]) == 1
    assert "right --dir" in capsys.readouterr().err
    assert not list((tmp_path / "data").iterdir())


def test_a_server_that_does_not_answer_is_an_error_in_one_line_without_the_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "manycast.toml"
    config.write_text(f'[state]\nurl = "postgresql://ada:hunter2@/state?host={tmp_path}"\n')
    assert main(["backup", str(tmp_path / "file"), "--config", str(config)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("manycast backup: the database does not answer")
    assert "hunter2" not in said
