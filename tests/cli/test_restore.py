from pathlib import Path

import pytest

from manycast.cli.__main__ import main
from manycast.runtime.store.audit import Actor
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.audit import Audit
from manycast.settings.state import StateSettings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A backup of a network with one change, in ``one``."""
    store = Store(StateSettings(), tmp_path / "one")
    with store.change(Actor(name="Ada"), "channel.create", "chn_1"):
        pass
    store.close()
    assert main(["backup", str(tmp_path / "file"), "--dir", str(tmp_path / "one")]) == 0
    return tmp_path / "file"


def test_a_network_moves_from_sqlite_to_postgresql_with_its_key(
    file: Path, tmp_path: Path, postgresql: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = StateSettings(url=postgresql, key_file=str(tmp_path / "one" / "secret.key"))
    config = tmp_path / "manycast.toml"
    config.write_text(f'[state]\nurl = "{settings.url}"\nkey_file = "{settings.key_file}"\n')
    capsys.readouterr()
    words = ["restore", str(file), "--dir", str(tmp_path / "two"), "--config", str(config)]
    assert main(words) == 0
    assert capsys.readouterr().out.endswith("restored\n")
    store = Store(settings, tmp_path / "two")
    with store.read() as db:
        assert [row.target for row in db.query(Audit)] == ["chn_1"]
    store.close()
    assert main(words) == 1
    assert "--force" in capsys.readouterr().err
    assert main([*words, "--force"]) == 0


def test_a_key_that_does_not_belong_to_the_backup_is_named(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert main(["restore", str(file), "--dir", str(tmp_path / "two")]) == 0
    key = tmp_path / "two" / "secret.key"
    assert str(key) in capsys.readouterr().out
    assert not key.exists()
    Store(StateSettings(), tmp_path / "two").close()
    assert str(key) in caplog.text


@pytest.mark.parametrize("content", [b"", b"no backup", None])
def test_what_is_no_backup_is_named(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    assert main(["restore", str(tmp_path / "file"), "--dir", str(tmp_path / "two")]) == 1
    assert capsys.readouterr().err.startswith("manycast restore: ")
    assert not (tmp_path / "two").exists()
