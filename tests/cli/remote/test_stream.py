from pathlib import Path

import pytest
from tests.cli.remote.commands import commands


async def test_a_stream_is_added_shown_recorded_and_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with commands(tmp_path, capsys, monkeypatch) as on:
        made = await on.json("stream", "add", "talks", "--title", "Talks")
        assert made["server"].startswith("rtmp://")
        assert len(made["key"]["secret"]) == 24
        _, out, _ = await on.run("stream", "record", "talks", "on")
        assert out == "talks is recorded while it is on the air\n"
        _, out, _ = await on.run("stream", "list")
        assert out.splitlines()[1].split() == ["talks", "offline", "-", "-", "-", "on"]
        shown = await on.json("stream", "show", "talks")
        assert (shown["channel"]["title"], shown["stream"]) == ("Talks", None)
        assert made["key"]["secret"] not in str(shown)
        _, out, _ = await on.run("stream", "destinations", "talks")
        assert out.split()[0] == "DESTINATION"
        _, out, _ = await on.run("stream", "disconnect", "talks")
        assert "disconnected" in out
        assert await on.json("stream", "remove", "talks") == {}
        assert await on.json("stream", "list") == {"items": []}
        status, out, err = await on.run("stream", "show", "talks")
    assert (status, out, err) == (1, "", "manycast stream: There is no such channel.\n")
