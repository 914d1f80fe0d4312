import io
import stat
from pathlib import Path

import pytest
from tests.cli.remote.commands import commands

from manycast.cli.asking import login_file


async def test_a_person_logs_in_once_and_then_commands_know_who_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with commands(tmp_path, capsys, monkeypatch) as on:
        monkeypatch.delenv("MANYCAST_TOKEN")
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{on.password}\n"))
        status, out, err = await on.run("login", "--name", "anna")
        assert status == 0, err
        assert on.password not in out + err
        assert stat.S_IMODE(login_file().stat().st_mode) == 0o600
        assert await on.json("stream", "list") == {"items": []}
        status, _, _ = await on.run("user", "list")
        assert status == 0


async def test_a_wrong_password_is_refused_and_keeps_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with commands(tmp_path, capsys, monkeypatch) as on:
        monkeypatch.setattr("sys.stdin", io.StringIO("anna\nwrong\n"))
        status, _, err = await on.run("login")
    assert (status, err) == (1, "manycast login: Name or password is wrong.\n")
    assert not login_file().exists()
