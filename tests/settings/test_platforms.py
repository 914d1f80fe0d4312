from dataclasses import fields
from urllib.parse import urlsplit

from manycast.settings.platforms import PlatformsSettings


def test_every_platform_is_asked_over_an_encrypted_connection_unless_told_otherwise() -> None:
    places = [one.default for one in fields(PlatformsSettings) if isinstance(one.default, str)]
    assert {urlsplit(place).scheme for place in places} == {"https", "wss"}
