import pytest
from hypothesis import given, strategies as st

from manycast.hls.viewer_playback import Playback
from manycast.hls.viewer_timeline import Piece


def piece(start_s: float, duration_s: float, *, gap: bool = False) -> Piece:
    return Piece("u", 0, 0, start_s, duration_s, None, True, gap, 0.0)


ARRIVALS = st.lists(
    st.tuples(st.floats(min_value=0, max_value=5), st.floats(min_value=0.1, max_value=2)),
    min_size=1,
    max_size=30,
)


@given(ARRIVALS)
def test_a_stall_is_counted_exactly_when_playback_ran_dry(
    arrivals: list[tuple[float, float]],
) -> None:
    playback, now, media, stalls, buffered = Playback(), 1000.0, 900.0, 0, 0.0
    for number, (wait_s, duration_s) in enumerate(arrivals):
        now += wait_s
        buffered -= wait_s
        if number and buffered < 0:
            stalls += 1
        buffered = max(buffered, 0.0) + duration_s
        playback.append(piece(media, duration_s), now)
        media += duration_s
    assert playback.stalls == pytest.approx(stalls, abs=0 if abs(buffered) > 1e-6 else 1)
    assert playback.dry_at - now == pytest.approx(buffered)


@given(ARRIVALS)
def test_only_stalls_make_the_playhead_later(arrivals: list[tuple[float, float]]) -> None:
    playback, now, media = Playback(), 1000.0, 900.0
    first = None
    for wait_s, duration_s in arrivals:
        now += wait_s
        playback.append(piece(media, duration_s), now)
        media += duration_s
        first = playback.behind_s(now) if first is None else first
        assert playback.behind_s(now) == pytest.approx(first + playback.stalled_s)


def test_the_seconds_before_the_playhead_are_not_played() -> None:
    playback = Playback()
    playback.seek(0.5, 100.0)
    assert not playback.append(piece(50.0, 0.3), 100.0)
    assert playback.append(piece(50.3, 0.3), 100.2)
    assert playback.dry_at == pytest.approx(100.3)
    assert playback.behind_s(100.2) == pytest.approx(100.2 - 50.5)


def test_a_segment_adds_only_what_its_parts_had_not_brought() -> None:
    playback = Playback()
    playback.append(piece(50.0, 0.5), 100.0)
    playback.append(piece(50.0, 2.0), 100.1)
    assert playback.dry_at == pytest.approx(102.0)
    assert playback.stalls == 0


def test_an_outage_in_the_media_is_skipped_when_the_playhead_gets_there() -> None:
    playback = Playback()
    playback.append(piece(50.0, 1.0), 100.0)
    playback.append(piece(61.0, 1.0), 100.5)
    assert playback.behind_s(100.5) == pytest.approx(50.0)
    assert playback.behind_s(101.5) == pytest.approx(40.0)


def test_a_gap_brings_nothing_to_play() -> None:
    playback = Playback()
    assert not playback.append(piece(50.0, 1.0, gap=True), 100.0)
    assert not playback.playing


def test_a_stall_that_lasts_to_the_end_counts() -> None:
    playback = Playback()
    playback.finish(5.0)
    playback.append(piece(50.0, 1.0), 100.0)
    playback.finish(103.0)
    assert (playback.stalls, playback.stalled_s) == (1, pytest.approx(2.0))


def test_the_first_start_waits_for_the_media_ahead_that_was_asked_for() -> None:
    playback = Playback()
    playback.seek(0.25, 100.0, ahead_s=0.3)
    assert not playback.append(piece(50.0, 0.3), 100.0)
    assert playback.append(piece(50.3, 0.3), 100.2)
    assert playback.behind_s(100.2) == pytest.approx(100.2 - 50.25)
