import stat
from pathlib import Path

import pytest

from manycast.runtime.channels import Channels


def test_a_channel_keeps_its_random_key(tmp_path: Path) -> None:
    path = tmp_path / "dir" / "channels.json"
    key = Channels(path).ensure("live")
    assert len(key) == 24
    assert Channels(path).ensure("live") == key
    assert Channels(path).by_key(key) == "live"
    assert Channels(path).ensure("demo") != key


def test_only_its_owner_can_read_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "channels.json"
    Channels(path).ensure("live")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("key", ["", "x", "é" * 30])
def test_an_unknown_key_opens_nothing(tmp_path: Path, key: str) -> None:
    channels = Channels(tmp_path / "channels.json")
    channels.ensure("live")
    assert channels.by_key(key) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"channels": {"A B": {"key": "long enough"}}}',
        '{"channels": {"a": 1}}',
        '{"channels": {"a": {"key": ""}}}',
        '{"channels": {"a": {"key": null}}}',
        '{"channels": {"a": {"key": "0123456789"}, "b": {"key": "0123456789"}}}',
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "channels.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"channels.json: not a channels file"):
        Channels(path)
