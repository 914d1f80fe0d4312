import pytest

from manycast.settings.network import NetworkSettings, address, check, joined


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", 8000)),
        (":0", ("", 0)),
        ("[::1]:80", ("::1", 80)),
    ],
)
def test_addresses_split_into_host_and_port(text: str, parsed: tuple[str, int]) -> None:
    assert address(text) == parsed


@pytest.mark.parametrize(
    "text", ["", "8000", "host", "host:", "host:x", "host:70000", "host:-1", "a:¹"]
)
def test_a_wrong_address_is_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="use HOST:PORT"):
        address(text)


def test_the_defaults_are_addresses() -> None:
    check(NetworkSettings())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (NetworkSettings(rtmp="1935"), "network.rtmp: address '1935'"),
        (NetworkSettings(rtmps="x", certificate="a.pem"), "network.rtmps: address 'x'"),
        (NetworkSettings(edge=""), "network.edge: address ''"),
        (NetworkSettings(rtmps=":443"), "network.rtmps needs network.certificate"),
    ],
)
def test_a_setting_that_cannot_work_is_named(settings: NetworkSettings, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check(settings)


@pytest.mark.parametrize("text", ["127.0.0.1:8000", ":0", "[::1]:80"])
def test_what_was_split_is_joined_again(text: str) -> None:
    assert joined(*address(text)) == text
