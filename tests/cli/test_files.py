from pathlib import Path

import pytest

from manycast.cli.files import settings_from
from manycast.settings.read import SettingError
from manycast.settings.tree import Settings


def test_without_a_file_everything_has_its_default() -> None:
    assert settings_from(None) == Settings()


def test_a_file_changes_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "manycast.toml"
    path.write_text('[network]\nedge = "127.0.0.1:9000"\n[origin]\npart_target_ms = 200\n')
    settings = settings_from(path)
    assert (settings.network.edge, settings.origin.part_target_ms) == ("127.0.0.1:9000", 200)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[origin", "manycast.toml: "),
        ('[network]\nedge = "8000"', "manycast.toml: network.edge: address '8000'"),
        (
            "[[ladder.targets]]\nname = 'x'",
            r"manycast.toml: setting ladder.targets\[0\].short_side",
        ),
        ("[origin]\nparts = 1", "manycast.toml: unknown setting origin.parts"),
        (
            "[edge]\nmemory_policy = 'mru'",
            "manycast.toml: 'mru' is no cache policy; use one of lru",
        ),
        ("[disk]\npolicy = 'lru+luck'", "such as lru\\+size:1MB"),
        ("[origin]\npart_target_ms = 5", "manycast.toml: origin.part_target_ms = 5"),
    ],
)
def test_errors_name_the_file_and_the_setting(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "manycast.toml"
    path.write_text(text)
    with pytest.raises(SettingError, match=message):
        settings_from(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"nowhere.toml cannot be read: No such file"):
        settings_from(tmp_path / "nowhere.toml")
