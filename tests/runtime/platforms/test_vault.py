import pytest
from tests.runtime.platforms.vaults import MemoryVault, leave

from manycast.runtime.platforms.vault import GoneError


def test_a_leave_never_shows_its_tokens() -> None:
    assert "first-access" not in repr(leave())


def test_an_account_that_was_disconnected_is_gone() -> None:
    with pytest.raises(GoneError):
        MemoryVault().leave("acc_unknown")
