from contextlib import suppress

import pytest
from hypothesis import given, settings, strategies as st
from tests.hls.runs import Cut, Run

from manycast.hls.parse import (
    MediaPlaylist,
    Part,
    PlaylistError,
    Segment,
    parse_media,
    parse_multivariant,
)
from manycast.hls.render import Report


LIVE = """\
#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.0,CAN-SKIP-UNTIL=24.0
#EXT-X-PART-INF:PART-TARGET=0.33334
#EXT-X-MEDIA-SEQUENCE:266
#EXT-X-SKIP:SKIPPED-SEGMENTS=3
#EXT-X-SOMETHING-ELSE:1
#EXTINF:4.00008,
fileSequence269.mp4
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T01:00:00.5+01:00
#EXT-X-PART:DURATION=0.33334,URI="filePart270.0.mp4",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.33334,URI="a,b=c.mp4",GAP=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="filePart270.2.mp4"

#EXT-X-RENDITION-REPORT:URI="../1M/waitForMSN.php",LAST-MSN=270,LAST-PART=1
"""


def test_every_field_of_a_live_playlist_is_read() -> None:
    assert parse_media(LIVE) == MediaPlaylist(
        version=9,
        target_duration_s=4,
        media_sequence=266,
        discontinuity_sequence=0,
        segments=(Segment(269, "fileSequence269.mp4", 4000),),
        open=Segment(
            msn=270,
            uri="",
            duration_ms=0,
            parts=(
                Part("filePart270.0.mp4", 333, independent=True),
                Part("a,b=c.mp4", 333, gap=True),
            ),
            init_uri="init.mp4",
            map_stated=True,
            program_date_ms=1_767_225_600_500,
            discontinuity=True,
        ),
        part_target_ms=333,
        part_hold_back_ms=1000,
        skip_until_ms=24_000,
        can_block_reload=True,
        skipped=3,
        hints=("filePart270.2.mp4",),
        reports=(Report("../1M/waitForMSN.php", 270, 1),),
    )


def test_the_next_thing_to_ask_for_is_known() -> None:
    playlist = parse_media(LIVE)
    assert (playlist.next_msn, playlist.next_part) == (270, 2)


@pytest.mark.parametrize("text", ["", "hello", "#EXTM3U\n", "#EXTM3U\n#EXT-X-TARGETDURATION:x\n"])
def test_what_is_no_playlist_is_refused(text: str) -> None:
    with pytest.raises(PlaylistError):
        parse_media(text)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("s1.m4s", "line 3: a segment without EXTINF"),
        ("#EXT-X-PART:DURATION=1", "line 3: attribute 'URI' is missing"),
        ("#EXTINF:abc,", "line 3: could not convert"),
        ("#EXT-X-PROGRAM-DATE-TIME:yesterday", "line 3: Invalid isoformat"),
        ("#EXTINF:1e999,", "line 3: cannot convert float infinity"),
        ("#EXT-X-MEDIA-SEQUENCE:-", "line 3: invalid literal"),
        ("#EXT-X-SKIP:SKIPPED-SEGMENTS=1000000000000", "line 3: cannot skip"),
    ],
)
def test_an_error_names_its_line(line: str, complaint: str) -> None:
    with pytest.raises(PlaylistError, match=complaint):
        parse_media(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n{line}\n")


def test_a_date_without_a_zone_is_utc() -> None:
    text = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:01\n"
    playlist = parse_media(text)
    assert playlist.open
    assert playlist.open.program_date_ms == 1000


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("#EXTM3U\n#EXT-X-STREAM-INF:CODECS=x\na.m3u8\n", "line 3: attribute 'BANDWIDTH'"),
        ("#EXTM3U\na.m3u8\n", "line 2: a URI without"),
        ("#EXTM3U\n", "no multivariant playlist"),
    ],
)
def test_an_error_in_a_multivariant_playlist_names_its_line(text: str, complaint: str) -> None:
    with pytest.raises(PlaylistError, match=complaint):
        parse_multivariant(text)


tag_lines = st.sampled_from([*LIVE.splitlines(), "#EXT-X-ENDLIST", "s1.m4s", "#EXTINF:inf,"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(tag_lines, st.text(max_size=30))))
def test_any_text_is_read_or_refused(lines: list[str]) -> None:
    text = "\n".join(["#EXTM3U", "#EXT-X-TARGETDURATION:2", *lines])
    for parse in (parse_media, parse_multivariant):
        with suppress(PlaylistError):
            parse(text)


def test_our_own_playlists_read_back() -> None:
    playlist = parse_media(Run().play([Cut()] * 3, end=False)[-2].text)
    assert [segment.duration_ms for segment in playlist.segments] == [2000, 2000]
    assert playlist.open
    assert [part.duration_ms for part in playlist.open.parts] == [334, 333, 333, 334, 333]
    assert playlist.hold_back_ms == 6000
    assert playlist.independent_segments
