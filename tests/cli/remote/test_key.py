from pathlib import Path

import pytest
from tests.cli.remote.commands import commands


async def test_a_key_is_added_rotated_and_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with commands(tmp_path, capsys, monkeypatch) as on:
        await on.json("stream", "add", "talks")
        first = await on.json("key", "add", "talks", "phone")
        second = await on.json("key", "rotate", "talks", "phone", "--disconnect")
        assert (first["key"]["id"], len(second["secret"])) == (second["key"]["id"], 24)
        assert first["secret"] != second["secret"]
        _, out, _ = await on.run("key", "list", "talks")
        assert "phone" in out
        assert second["secret"] not in out
        await on.json("key", "remove", "talks", first["key"]["id"])
        status, _, err = await on.run("key", "rotate", "talks", "phone")
    assert status == 2
    assert err == "manycast key: talks has no key 'phone': see `manycast key list talks`\n"
