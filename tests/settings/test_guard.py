import pytest

from manycast.settings.guard import GuardSettings, check


def test_nothing_is_open_by_default() -> None:
    check(GuardSettings())
    assert not GuardSettings().admin_token


def test_a_long_token_will_do() -> None:
    check(GuardSettings(admin_token="0123456789abcdef"))


@pytest.mark.parametrize(
    "settings",
    [
        GuardSettings(admin_token="short"),
        GuardSettings(admin_token="0123456789abcde\n"),
        GuardSettings(admin_token="0123456789abcdef", admin_token_file="x"),
    ],
)
def test_a_setting_that_cannot_work_is_named(settings: GuardSettings) -> None:
    with pytest.raises(ValueError, match=r"guard\.admin_token"):
        check(settings)


def test_a_proxy_is_an_address_or_a_network() -> None:
    check(GuardSettings(proxies=("127.0.0.1", "10.0.0.0/8", "::1")))
    with pytest.raises(ValueError, match=r"guard\.proxies: 'example\.com'"):
        check(GuardSettings(proxies=("example.com",)))
