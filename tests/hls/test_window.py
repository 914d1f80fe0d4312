from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given, settings, strategies as st
from tests.hls.runs import FIRST_MSN, RULES, START_MS, Cut, Run, scripts

from manycast.hls.parse import MediaPlaylist, Segment, parse_media
from manycast.hls.reload import Position
from manycast.hls.render import Report
from manycast.hls.rules import Rules
from manycast.hls.window import MediaWindow


def window_of(*cuts: Cut) -> MediaWindow:
    run = Run(names=("source",), observed=False)
    run.play(list(cuts), end=False)
    return run.windows["source"]


def test_the_edge_is_told_with_every_part() -> None:
    window = MediaWindow(Rules(), 100)
    assert window.position is None
    window.open_segment(7, START_MS, 1)
    assert window.add_part(334, independent=True) == 100
    assert window.position == Position(7, 1, 0, 101)
    window.close_segment()
    assert window.position == Position(8, 0, 1, 101)
    assert window.report("../a/index.m3u8") == Report("../a/index.m3u8", 7, 0)


def test_a_live_playlist_reads_as_apple_writes_it() -> None:
    window = MediaWindow(Rules(), 100)
    window.open_segment(7, START_MS, 1)
    window.add_part(334, independent=True)
    window.add_part(333, independent=False)
    window.close_segment()
    window.open_segment(8, START_MS + 667, 2, discontinuity=True)
    window.add_part(334, independent=True)
    assert window.text(reports=[Report("../720p/index.m3u8", 8, 0)]) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:10\n"
        "#EXT-X-TARGETDURATION:2\n"
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.002"
        ",HOLD-BACK=6.000,CAN-SKIP-UNTIL=12.000\n"
        "#EXT-X-PART-INF:PART-TARGET=0.334\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-MEDIA-SEQUENCE:7\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
        '#EXT-X-MAP:URI="i1.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n"
        '#EXT-X-PART:DURATION=0.334,URI="p100.m4s",INDEPENDENT=YES\n'
        '#EXT-X-PART:DURATION=0.333,URI="p101.m4s"\n'
        "#EXTINF:0.667,\n"
        "s7.m4s\n"
        "#EXT-X-DISCONTINUITY\n"
        '#EXT-X-MAP:URI="i2.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.667Z\n"
        '#EXT-X-PART:DURATION=0.334,URI="p102.m4s",INDEPENDENT=YES\n'
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p103.m4s"\n'
        '#EXT-X-RENDITION-REPORT:URI="../720p/index.m3u8",LAST-MSN=8,LAST-PART=0\n'
    )


def test_the_end_takes_the_hint_away_and_completes_what_is_open() -> None:
    window = window_of(Cut())
    window.open_segment(window.position.msn, START_MS + 2000, 1)  # type: ignore[union-attr]
    window.add_part(300, independent=True)
    window.end()
    text = window.text(skip=True)
    assert text.endswith("#EXTINF:0.300,\ns1767225601.m4s\n#EXT-X-ENDLIST\n")
    assert "PRELOAD-HINT" not in text


def test_the_end_forgets_a_segment_that_never_got_a_part() -> None:
    window = window_of(Cut())
    window.open_segment(window.position.msn, START_MS + 2000, 2, discontinuity=True)  # type: ignore[union-attr]
    window.end()
    assert window.text().endswith("s1767225600.m4s\n#EXT-X-ENDLIST\n")


def test_a_delta_update_states_the_map_that_the_rest_needs() -> None:
    window = window_of(*[Cut()] * 9)
    skipped, rest = window.text(skip=True).split("#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n")
    assert "#EXTINF" not in skipped
    assert rest.startswith('#EXT-X-MAP:URI="i1.mp4"\n#EXT-X-PROGRAM-DATE-TIME')


def test_a_rendition_that_joins_late_counts_discontinuities_like_the_others() -> None:
    window = window_of(Cut(), Cut(source_changed=True))
    late = MediaWindow(RULES, 1, discontinuity_sequence=window.discontinuity_sequence)
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:1\n" in late.text()


def segments_with_parts(text: str) -> list[int]:
    return [segment.msn - FIRST_MSN for segment in parse_media(text).segments if segment.parts]


def test_the_last_two_complete_segments_list_their_parts() -> None:
    short = Cut(parts=(334, 100))
    assert segments_with_parts(window_of(*[short] * 6).text()) == [4, 5]


def test_parts_leave_when_the_open_segment_puts_them_beyond_three_target_durations() -> None:
    window = window_of(*[Cut(parts=(334,) * 7)] * 3)
    window.open_segment(FIRST_MSN + 3, START_MS + 3 * 7 * 334, 1)
    listed = []
    for _ in range(7):
        window.add_part(334, independent=True)
        listed.append(segments_with_parts(window.text()))
    # 4676 ms of complete segments, so the fourth part makes it more than 6000.
    assert listed == [[1, 2]] * 3 + [[2]] * 4


def test_a_missing_segment_is_a_gap_of_its_full_length() -> None:
    window = window_of(Cut(), Cut())
    window.add_gap(START_MS // 1000 + 2, START_MS + 4000, 1, 2000, discontinuity=True)
    window.open_segment(START_MS // 1000 + 3, START_MS + 6000, 1, discontinuity=True)
    gap = parse_media(window.text()).segments[-1]
    assert (gap.gap, gap.duration_ms) == (True, 2000)
    assert [part.duration_ms for part in gap.parts] == [334, 334, 334, 334, 334, 330]
    assert all(part.gap for part in gap.parts)


@pytest.mark.parametrize("duration_ms", [0, 335])
def test_a_part_that_breaks_the_target_is_refused(duration_ms: int) -> None:
    window = window_of(Cut())
    window.open_segment(window.position.msn, START_MS + 2000, 1)  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="part target"):
        window.add_part(duration_ms, independent=True)


def test_a_segment_never_grows_beyond_the_target_duration() -> None:
    window = MediaWindow(Rules(), 0)
    window.open_segment(1, START_MS, 1)
    for _ in range(7):
        window.add_part(334, independent=True)
    with pytest.raises(ValueError, match="target duration"):
        window.add_part(162, independent=False)
    window.add_part(161, independent=False)


def stripped(segment: Segment, *, parts: bool) -> Segment:
    return replace(segment, map_stated=False, parts=segment.parts if parts else ())


def merged(known: dict[int, Segment], update: MediaPlaylist) -> list[Segment]:
    first = update.media_sequence
    skipped = [stripped(known[msn], parts=False) for msn in range(first, first + update.skipped)]
    return skipped + [stripped(segment, parts=True) for segment in update.segments]


@settings(max_examples=60, deadline=None)
@given(scripts, st.integers(1, 8))
def test_a_delta_update_and_an_earlier_playlist_make_the_whole_one(
    script: list[Cut], every: int
) -> None:
    seen = Run(names=("source",)).play(script)
    known: dict[int, Segment] = {}
    # A viewer that reloads rarely, but often enough for delta updates.
    for whole, delta in list(zip(seen[::2], seen[1::2], strict=True))[::every]:
        full, update = parse_media(whole.text), parse_media(delta.text)
        if not known:
            update = full
        assert merged(known, update) == [stripped(s, parts=True) for s in full.segments]
        assert replace(update, segments=(), skipped=0) == replace(full, segments=(), skipped=0)
        known = {segment.msn: segment for segment in full.segments}


@settings(max_examples=60, deadline=None)
@given(scripts.map(lambda script: 3 * script))
def test_bytes_are_kept_while_any_viewer_may_ask_for_them(script: list[Cut]) -> None:
    window = MediaWindow(RULES, 100)
    clock_ms, init = 0, 1
    ends: dict[int, int] = {}
    inits: dict[int, int] = {}
    freed: list[int] = []
    freed_parts = 100
    for msn, cut in zip(count(1), script, strict=False):
        init = (
            init % 3 + 1 if cut.source_changed else init
        )  # an earlier source comes back now and then
        window.open_segment(msn, START_MS + clock_ms, init, discontinuity=cut.source_changed)
        for duration in cut.parts:
            window.add_part(duration, independent=True)
        clock_ms += sum(cut.parts)
        ends[msn], inits[msn] = clock_ms, init
        expired = window.close_segment()
        freed += expired.msns
        if expired.msns:
            assert expired.parts.start == freed_parts
            freed_parts = expired.parts.stop
        assert freed == list(range(1, len(freed) + 1)), "in order, each once"
        # Listed for the window's length, then for the longest playlist: rfc8216bis 6.2.2.
        assert all(clock_ms - ends[m] >= RULES.window_ms + RULES.removed_kept_ms for m in freed)
        assert not set(expired.inits) & {inits[m] for m in ends if m not in set(freed)}
    # The longest playlist, and one segment until the next look, may each exceed it by a segment.
    slack_ms = 2 * RULES.segment_ms_max
    kept_ms_max = RULES.window_ms + RULES.removed_kept_ms + slack_ms
    assert all(clock_ms - ends[m] < kept_ms_max for m in ends if m not in set(freed))
