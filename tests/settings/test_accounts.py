from manycast.settings.accounts import AccountsSettings


def test_an_idle_browser_is_logged_out_before_a_busy_one() -> None:
    settings = AccountsSettings()
    assert settings.confirm_s < settings.session_idle_s < settings.session_max_s <= 30 * 86_400
