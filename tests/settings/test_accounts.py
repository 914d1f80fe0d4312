import pytest

from manycast.settings.accounts import AccountsSettings, check


def test_an_idle_browser_is_logged_out_before_a_busy_one() -> None:
    settings = AccountsSettings()
    assert settings.confirm_s < settings.session_idle_s < settings.session_max_s <= 30 * 86_400


def test_a_role_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="one of viewer, broadcaster, operator, admin"):
        check(AccountsSettings(second_factor_from="operators"))


def test_idle_is_not_longer_than_ever() -> None:
    check(AccountsSettings())
    with pytest.raises(ValueError, match="at most"):
        check(AccountsSettings(session_idle_s=100, session_max_s=99))
