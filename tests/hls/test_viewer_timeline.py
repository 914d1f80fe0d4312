import pytest
from hypothesis import given, strategies as st

from manycast.hls.parse import PlaylistError
from manycast.hls.rules import Rules
from manycast.hls.viewer_timeline import WHOLE, Moment, Timeline
from manycast.hls.window import MediaWindow


URL = "http://edge/live/demo/source/index.m3u8"
RULES = Rules(part_target_ms=500, target_duration_s=2)
T0_MS = 1_800_000_000_000
PER_SEGMENT = 4


def window(parts: int) -> MediaWindow:
    """As after ``parts`` parts of half a second, four to a segment, from segment 100 on."""
    made = MediaWindow(RULES, first_part_number=0)
    for number in range(parts):
        if number % PER_SEGMENT == 0:
            made.open_segment(100 + number // PER_SEGMENT, T0_MS + 500 * number, 1)
        made.add_part(500, independent=number % PER_SEGMENT == 0)
        if number % PER_SEGMENT == PER_SEGMENT - 1:
            made.close_segment()
    return made


def read(timeline: Timeline, parts: int, *, skip: bool = False, now: float = 0.0) -> Moment:
    text = window(parts).text(skip=skip)
    return timeline.read(f"{URL}?{parts}&{skip}", text.encode(), now)


def test_equal_replies_to_equal_requests_are_parsed_once() -> None:
    timeline = Timeline(URL, 8)
    assert read(timeline, 10) is read(timeline, 10)
    assert read(timeline, 11) is not read(timeline, 10)


def test_what_is_remembered_is_bounded() -> None:
    timeline = Timeline(URL, 3)
    moments = [read(timeline, parts) for parts in range(8, 40)]
    assert read(timeline, 39) is moments[-1]
    assert read(timeline, 8) is not moments[0]


@given(st.integers(min_value=1, max_value=200))
def test_the_next_reload_asks_for_the_first_part_that_is_not_listed(parts: int) -> None:
    moment = read(Timeline(URL, 8), parts)
    msn, part = divmod(parts, PER_SEGMENT)
    assert moment.last == (100 + msn, part)
    assert moment.blocking_url(0) == f"{URL}?_HLS_msn={100 + msn}&_HLS_part={part}&_HLS_skip=YES"


def test_a_reply_that_lay_in_a_cache_makes_the_next_one_ask_for_more() -> None:
    moment = read(Timeline(URL, 8), 10)
    assert moment.blocking_url(1).endswith("?_HLS_msn=102&_HLS_part=3&_HLS_skip=YES")
    assert moment.blocking_url(2).endswith("?_HLS_msn=102&_HLS_part=5&_HLS_skip=YES")
    assert moment.blocking_url(9) == f"{URL}?_HLS_skip=YES"


@given(st.integers(min_value=40, max_value=120), st.integers(min_value=0, max_value=3))
def test_a_delta_update_says_the_same_as_the_whole_playlist(parts: int, more: int) -> None:
    timeline = Timeline(URL, 8)
    read(timeline, parts)
    delta, whole = read(timeline, parts + more, skip=True), read(Timeline(URL, 8), parts + more)
    assert delta.last == whole.last
    assert delta.first_msn == whole.first_msn
    for msn in range(delta.first_msn, delta.next_msn + 1):
        for part in range(PER_SEGMENT):
            left, right = delta.find((msn, part), None), whole.find((msn, part), None)
            assert (left and (left.url, left.start_s)) == (right and (right.url, right.start_s))


def test_a_delta_update_of_nothing_known_is_an_error() -> None:
    with pytest.raises(PlaylistError, match="skips segment"):
        read(Timeline(URL, 8), 100, skip=True)


def test_a_part_is_found_while_it_is_listed_and_then_its_segment() -> None:
    moment = read(Timeline(URL, 8), 42)
    newest = moment.find((110, 1), None)
    assert newest
    assert newest.url.endswith("/p41.m4s")
    assert moment.find((110, 2), None) is None
    old = moment.find((101, 0), None)
    assert old
    assert (old.part, old.url.rsplit("/", 1)[1], old.duration_s) == (WHOLE, "s101.m4s", 2.0)


def test_past_the_last_part_of_a_segment_comes_the_next_segment() -> None:
    moment = read(Timeline(URL, 8), 42)
    following = moment.find((109, 4), None)
    assert following
    assert (following.msn, following.part) == (110, 0)


def test_a_segment_is_not_fetched_when_all_its_parts_are_there() -> None:
    moment = read(Timeline(URL, 8), 42)
    end_s = T0_MS / 1000 + 4.0
    there, missing = moment.find((101, 4), end_s), moment.find((101, 3), end_s - 0.5)
    assert there
    assert missing
    assert (there.msn, missing.msn) == (102, 101)


@given(st.integers(min_value=4, max_value=200))
def test_a_start_is_an_independent_piece_with_the_hold_back_after_the_playhead(parts: int) -> None:
    moment = read(Timeline(URL, 8), parts)
    assert moment.start
    piece, skip_s = moment.start
    assert piece.independent
    edge_s = T0_MS / 1000 + 0.5 * parts
    assert edge_s - (piece.start_s + skip_s) == pytest.approx(min(1.5, 0.5 * parts))
    assert skip_s < 2.0


def test_there_is_no_start_before_one_segment_is_complete() -> None:
    assert read(Timeline(URL, 8), 3).start is None


def test_a_piece_remembers_when_it_was_first_seen() -> None:
    timeline = Timeline(URL, 8)
    read(timeline, 10, now=5.0)
    piece = read(timeline, 11, now=6.0).find((102, 1), None)
    newer = read(timeline, 11).find((102, 2), None)
    assert piece
    assert newer
    assert (piece.first_seen_s, newer.first_seen_s) == (5.0, 6.0)


def test_pieces_that_left_the_playlist_are_forgotten() -> None:
    timeline = Timeline(URL, 8)
    for parts in range(40, 2000, 4):
        read(timeline, parts)
    assert len(timeline.segments) < 45
    assert len(timeline.parts) < 4 * 45


def test_a_playlist_without_dates_cannot_be_measured() -> None:
    text = window(8).text().replace("#EXT-X-PROGRAM-DATE-TIME", "#EXT-X-OTHER")
    with pytest.raises(PlaylistError, match="PROGRAM-DATE-TIME"):
        Timeline(URL, 8).read(URL, text.encode(), 0.0)
