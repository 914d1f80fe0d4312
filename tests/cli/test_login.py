import io

import pytest

from manycast.cli.__main__ import main


def test_nothing_entered_is_no_login(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["login", "--url", "http://127.0.0.1:1", "--name", "anna"]) == 1
    assert capsys.readouterr().err == "manycast login: nothing was entered\n"
