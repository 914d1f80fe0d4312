from pathlib import Path

import pytest
from tests.cli.remote.commands import commands


async def test_people_are_invited_and_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with commands(tmp_path, capsys, monkeypatch) as on:
        await on.json("stream", "add", "talks")
        made = await on.json("user", "invite", "broadcaster", "--channel", "talks", "--note", "Bo")
        assert made["token"] in made["link"]
        _, out, _ = await on.run("user", "list")
        assert [line.split()[0] for line in out.splitlines()] == ["NAME", "anna", "Bo"]
        assert made["token"] not in out
        link = await on.json("user", "reset", "Anna")
        assert link["invitation"]["kind"] == "reset"
        status, _, err = await on.run("user", "role", "anna", "viewer")
        assert status == 1  # the last administrator stays one
        assert err.startswith("manycast user: ")
        status, _, err = await on.run("user", "disable", "nobody")
    assert (status, err) == (
        2,
        "manycast user: nobody is called 'nobody': see `manycast user list`\n",
    )


async def test_somebody_is_disabled_enabled_promoted_and_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with commands(tmp_path, capsys, monkeypatch, "bert") as on:
        assert (await on.json("user", "disable", "bert"))["disabled"]
        assert not (await on.json("user", "enable", "bert"))["disabled"]
        assert (await on.json("user", "role", "bert", "operator"))["role"] == "operator"
        assert await on.json("user", "remove", "bert") == {}
