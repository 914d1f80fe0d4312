import pytest

from manycast.hls import multivariant
from manycast.hls.multivariant import Variant
from manycast.hls.parse import PlaylistError
from manycast.hls.viewer_swarm import FRAGMENTS_MAX, Swarm
from manycast.settings.load import LoadSettings


URL = "http://edge/live/demo/index.m3u8"
TEXT = multivariant.text(
    [
        Variant(f"{name}/index.m3u8", bandwidth, bandwidth, ("avc1.64001f",), 1, 1)
        for name, bandwidth in (("480p", 1), ("720p", 3), ("360p", 2))
    ]
).encode()


def swarm(rendition: str | None) -> Swarm:
    return Swarm(URL, LoadSettings(), rendition=rendition, hint=False)


def test_the_highest_bandwidth_is_the_highest_rendition() -> None:
    assert swarm(None).media_url(TEXT) == "http://edge/live/demo/720p/index.m3u8"


def test_a_rendition_is_found_by_its_name() -> None:
    assert swarm("360p").media_url(TEXT) == "http://edge/live/demo/360p/index.m3u8"


def test_a_missing_rendition_is_told_with_what_there_is() -> None:
    with pytest.raises(PlaylistError, match=r"'1080p'.*720p/index\.m3u8"):
        swarm("1080p").media_url(TEXT)


def test_a_media_playlist_is_watched_as_it_is() -> None:
    assert swarm(None).media_url(b"#EXTM3U\n#EXTINF:2,\na.m4s\n") == URL


def test_the_rendition_is_known_once_it_was_chosen() -> None:
    watched = swarm(None)
    assert watched.rendition is None
    watched.media_url(TEXT)
    assert watched.rendition == "720p"


def test_the_first_arrival_of_a_fragment_is_remembered_within_bounds() -> None:
    watched = swarm(None)
    assert watched.first_seen(7, 1.0) == watched.first_seen(7, 2.0) == 1.0
    for fragment in range(100, 100 + FRAGMENTS_MAX):
        watched.first_seen(fragment, 3.0)
    assert watched.first_seen(7, 4.0) == 4.0
