import pytest

from manycast.hls import vod
from manycast.hls.vod import RecordedSegment


def playlist() -> str:
    first = RecordedSegment(
        "video-0.mp4", 700, 700, 1000, 2000, 1_700_000_000_000, discontinuity=True
    )
    second = RecordedSegment(
        "video-0.mp4", 700, 1700, 500, 1000, 1_700_000_002_000, discontinuity=False
    )
    third = RecordedSegment(
        "video-1.mp4", 800, 800, 900, 2000, 1_700_000_009_000, discontinuity=True
    )
    return (
        vod.head(2, ended=False)
        + vod.entry(first, first_in_file=True, first=True)
        + vod.entry(second, first_in_file=False, first=False)
        + vod.entry(third, first_in_file=True, first=False)
    )


def test_a_recording_lists_bytes_dates_and_changes_of_init() -> None:
    assert playlist().splitlines()[5:] == [
        '#EXT-X-MAP:URI="video-0.mp4",BYTERANGE="700@0"',
        "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z",
        "#EXTINF:2.000,",
        "#EXT-X-BYTERANGE:1000@700",
        "video-0.mp4",
        "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:22.000Z",
        "#EXTINF:1.000,",
        "#EXT-X-BYTERANGE:500@1700",
        "video-0.mp4",
        "#EXT-X-DISCONTINUITY",
        '#EXT-X-MAP:URI="video-1.mp4",BYTERANGE="800@0"',
        "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:29.000Z",
        "#EXTINF:2.000,",
        "#EXT-X-BYTERANGE:900@800",
        "video-1.mp4",
    ]


@pytest.mark.parametrize("cut", range(len(playlist()) + 1))
def test_wherever_a_crash_cuts_the_file_whole_segments_remain(cut: int) -> None:
    text = playlist()
    done = vod.completed(text[:cut])
    whole = text[:cut].count(".mp4\n")
    if whole == 0:
        assert done is None
    else:
        assert done is not None
        assert done.count(".mp4\n") == whole
        assert done.endswith(".mp4\n#EXT-X-ENDLIST\n")
        assert "PLAYLIST-TYPE:VOD" in done


def test_completing_twice_changes_nothing() -> None:
    once = vod.completed(playlist())
    assert once is not None
    assert vod.completed(once) == once


def test_listed_bytes_end_with_the_last_segment_of_each_file() -> None:
    assert vod.listed_bytes(playlist()) == {"video-0.mp4": 2200, "video-1.mp4": 1700}
