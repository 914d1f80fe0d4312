import argparse
import json
from pathlib import Path

import pytest

from manycast.cli import asking
from manycast.cli.__main__ import main


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("MANYCAST_URL", raising=False)
    monkeypatch.delenv("MANYCAST_TOKEN", raising=False)


def asked(**options: object) -> argparse.Namespace:
    return argparse.Namespace(**{"url": None, "token_file": None, **options})


def keep(**kept: str) -> None:
    asking.login_file().parent.mkdir(parents=True)
    asking.login_file().write_text(json.dumps(kept))


def test_the_login_is_good_for_its_own_network_only() -> None:
    keep(url="http://a", token="mck_a")
    assert asking.credentials(asked()) == ("http://a", "mck_a")
    with pytest.raises(LookupError, match="manycast login --url http://b"):
        asking.credentials(asked(url="http://b"))


def test_options_go_before_the_environment_and_that_before_the_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(url="http://a", token="mck_a")
    monkeypatch.setenv("MANYCAST_TOKEN", "mck_env")
    assert asking.credentials(asked()) == ("http://a", "mck_env")
    (tmp_path / "key").write_text("mck_file\n")
    assert asking.credentials(asked(token_file=tmp_path / "key")) == ("http://a", "mck_file")


def test_without_a_login_the_command_says_how_to_log_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stream", "list"]) == 2
    assert "run `manycast login" in capsys.readouterr().err


def test_a_damaged_login_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    asking.login_file().parent.mkdir(parents=True)
    asking.login_file().write_text("{")
    assert main(["stream", "list"]) == 1
    assert "run `manycast login` again" in capsys.readouterr().err


def test_a_name_that_no_stream_can_have_is_told_before_anybody_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    keep(url="http://a", token="mck_a")
    assert main(["stream", "add", "Friday Talks", "--url", "http://a"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("manycast stream: name: Use small letters")


def test_a_table_is_as_wide_as_its_words_and_no_wider_than_a_terminal() -> None:
    assert asking.table("A BB", [("x", 1), ("long", 2)]) == "A     BB\nx     1\nlong  2"
    assert len(asking.table("A", [("x" * 500,)]).splitlines()[1]) == 60
