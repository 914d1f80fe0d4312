from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from manycast.runtime.store.sealing import SealError, Secrets


def test_what_is_sealed_can_be_opened_again_after_a_restart(tmp_path: Path) -> None:
    sealed = Secrets(tmp_path / "secret.key").seal("hunter2")
    assert b"hunter2" not in sealed
    assert Secrets(tmp_path / "secret.key").open(sealed) == "hunter2"


def test_only_its_owner_reads_the_key_file(tmp_path: Path) -> None:
    Secrets(tmp_path / "deeper" / "secret.key")
    assert (tmp_path / "deeper" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_new_key_on_top_seals_and_the_old_one_still_opens(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    old = Secrets(path).seal("hunter2")
    path.write_text(Fernet.generate_key().decode() + "\n\n" + path.read_text())
    both = Secrets(path)
    assert both.open(old) == "hunter2"
    path.write_text(path.read_text().split("\n", maxsplit=1)[0])
    assert Secrets(path).open(both.seal("new")) == "new"


def test_a_key_that_is_missing_is_named(tmp_path: Path) -> None:
    sealed = Secrets(tmp_path / "one.key").seal("hunter2")
    with pytest.raises(SealError, match=r"two\.key"):
        Secrets(tmp_path / "two.key").open(sealed)


@pytest.mark.parametrize("text", ["", "short\n", "no base64 at all, but rather long\n"])
def test_a_damaged_key_file_is_named_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secret.key"
    path.write_text(text)
    with pytest.raises(SealError, match=r"secret\.key"):
        Secrets(path)
    assert path.read_text() == text
