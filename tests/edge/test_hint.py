import pytest

from manycast.edge.hint import hinted_part


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p7.m4s"\n', "p7.m4s"),
        (b'#EXTM3U\r\n#EXT-X-PRELOAD-HINT:URI="p7.m4s",TYPE=PART\r\n', "p7.m4s"),
        (b'#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="i7.mp4"\n', None),
        (b'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="../p7.m4s"\n', None),
        (b'#EXT-X-PRELOAD-HINT:TYPE=PART,URI=".."\n', None),
        (b'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="http://elsewhere/p7.m4s"\n', None),
        (b'#EXT-X-PART:TYPE=PART,URI="p7.m4s"\n', None),
        (b"", None),
    ],
)
def test_only_a_part_beside_the_playlist_is_fetched_ahead(text: bytes, name: str | None) -> None:
    assert hinted_part(text) == name
