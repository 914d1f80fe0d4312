from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from manycast.runtime.fleet_token import FILE, fleet_token


def test_roles_that_start_at_once_agree_on_one_token(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as roles:
        tokens = set(roles.map(lambda _: fleet_token("", tmp_path), range(32)))
    assert len(tokens) == 1
    assert len(tokens.pop()) == 43
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_named_file_is_read_and_never_made(tmp_path: Path) -> None:
    named = tmp_path / "named"
    with pytest.raises(FileNotFoundError):
        fleet_token(str(named), tmp_path)
    named.write_text("the token\n")
    assert fleet_token(str(named), tmp_path) == "the token"


def test_an_empty_file_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("\n")
    with pytest.raises(OSError, match="is empty"):
        fleet_token("", tmp_path)
