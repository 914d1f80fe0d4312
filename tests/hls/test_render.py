from manycast.hls import render
from manycast.hls.render import Report
from manycast.hls.rules import Rules


def test_durations_are_exact_to_the_millisecond() -> None:
    assert render.seconds(334) == "0.334"
    assert render.seconds(2000) == "2.000"
    assert render.seconds(10_005) == "10.005"


def test_dates_are_utc_with_milliseconds() -> None:
    assert render.date(1_767_225_600_007) == "2026-01-01T00:00:00.007Z"


def test_the_head_states_every_immutable_number() -> None:
    head = render.head(Rules())
    assert "PART-HOLD-BACK=1.002,HOLD-BACK=6.000,CAN-SKIP-UNTIL=12.000\n" in head
    assert "#EXT-X-PART-INF:PART-TARGET=0.334\n" in head


def test_a_part_says_whether_it_can_be_decoded_alone_or_is_missing() -> None:
    assert render.part(7, 333, independent=True, gap=False) == (
        '#EXT-X-PART:DURATION=0.333,URI="p7.m4s",INDEPENDENT=YES\n'
    )
    assert render.part(8, 333, independent=False, gap=True).endswith(",GAP=YES\n")


def test_a_gap_is_marked_before_its_segment() -> None:
    assert render.segment_end(5, 2000, gap=True) == "#EXT-X-GAP\n#EXTINF:2.000,\ns5.m4s\n"


def test_a_report_says_where_another_rendition_is() -> None:
    assert render.report(Report("../720p/index.m3u8", 5, 2)) == (
        '#EXT-X-RENDITION-REPORT:URI="../720p/index.m3u8",LAST-MSN=5,LAST-PART=2\n'
    )
