import pytest

from manycast.api.addresses import addresses_of, edge_url, host_name, whip_url
from manycast.settings.control import ControlSettings
from manycast.settings.network import NetworkSettings
from manycast.settings.tree import Settings


HERE = Settings()
SECURE = Settings(
    network=NetworkSettings(rtmps=":443", certificate="x.pem"),
    control=ControlSettings(
        public_url="https://control.example.org", public_edge_url="https://live.example.org/"
    ),
)


def test_a_broadcaster_publishes_to_the_host_that_the_browser_reached() -> None:
    found = addresses_of(HERE, "studio.local:8080", "live", 2, whip=False)
    assert found.rtmp == "rtmp://studio.local:1935/live"
    assert found.rtmps is None
    assert found.whip is None
    assert found.srt == "srt://studio.local:8892"
    assert found.watch == "http://studio.local:8000/watch/live"
    assert found.playlist == "http://studio.local:8000/live/live/index.m3u8"


def test_what_the_settings_say_comes_first() -> None:
    found = addresses_of(SECURE, "10.0.0.1:8080", "live", None, whip=True)
    assert found.rtmps == "rtmps://control.example.org:443/live"
    assert found.srt is None
    assert found.whip == "https://control.example.org/whip"
    assert found.watch == "https://live.example.org/watch/live"


def test_an_address_of_ipv6_keeps_its_brackets() -> None:
    assert edge_url(HERE, "[2001:db8::1]:8080") == "http://[2001:db8::1]:8000"


@pytest.mark.parametrize("lie", ["", "[", "a b", "evil/x", "a@b", "x" * 300, "a;script-src *"])
def test_a_host_that_is_none_is_not_repeated(lie: str) -> None:
    assert host_name(HERE, lie) == "localhost"


def test_browsers_publish_at_the_control_roles_own_address() -> None:
    assert whip_url(HERE, "studio.local:8080") == "http://studio.local:8080/whip"
    assert whip_url(HERE, "evil/x") == "http://localhost/whip"
