from dataclasses import replace
from pathlib import Path

import pytest
from tests.destination.frames import PICTURE, SOUND

from manycast.model.destinations import DestinationGrant
from manycast.runtime.destination.piped import Piped
from manycast.runtime.destination.rtmp import RtmpWay
from manycast.runtime.destination.ways import way_to
from manycast.runtime.destination.whip import WhipWay
from manycast.settings.destinations import DestinationsSettings
from manycast.settings.tree import Settings


def grant(url: str) -> DestinationGrant:
    return DestinationGrant(id="d", name="n", url=url, key="k")


async def test_the_scheme_says_what_is_spoken() -> None:
    for url in ("rtmp://127.0.0.1/app", "rtmps://127.0.0.1/app"):
        assert isinstance(way_to(grant(url), PICTURE, SOUND, Settings()), RtmpWay)


async def test_srt_goes_through_an_ffmpeg() -> None:
    far = replace(grant("srt://127.0.0.1:9000"), key="0123456789")
    assert isinstance(way_to(far, PICTURE, SOUND, Settings()), Piped)


async def test_a_web_address_means_whip() -> None:
    for url in ("http://127.0.0.1/whip", "https://127.0.0.1/whip"):
        assert isinstance(way_to(grant(url), PICTURE, SOUND, Settings()), WhipWay)


@pytest.mark.parametrize("url", ["gopher://x/y", "", "live.example/app"])
async def test_another_scheme_is_explained(url: str) -> None:
    with pytest.raises(ValueError, match="rtmp"):
        way_to(grant(url), PICTURE, SOUND, Settings())


async def test_a_file_of_authorities_that_is_no_use_is_named(tmp_path: Path) -> None:
    settings = Settings(destinations=DestinationsSettings(ca_file=str(tmp_path / "none.pem")))
    with pytest.raises(OSError, match=r"ca_file.*none\.pem"):
        way_to(grant("rtmps://127.0.0.1/app"), PICTURE, SOUND, settings)
