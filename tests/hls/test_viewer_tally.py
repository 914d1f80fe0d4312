import pytest

from manycast.hls.viewer_tally import Tally


def test_rows_add_up_to_the_whole() -> None:
    tally = Tally()
    for second in range(1, 4):
        tally.request()
        tally.received(100)
        tally.delivered(0.1 * second, 0.01)
        tally.row.behind.add(0.5)
        tally.close_row(float(second))
    assert [row.at_s for row in tally.rows] == [0.0, 1.0, 2.0]
    assert sum(row.requests for row in tally.rows) == tally.requests == 3
    assert sum(row.received_bytes for row in tally.rows) == tally.received_bytes == 300
    assert tally.delay.count == tally.behind.count == 3
    assert tally.delay.quantile(1.0) == pytest.approx(0.3, rel=0.002)


def test_the_smallest_delay_is_kept_even_when_clocks_differ() -> None:
    tally = Tally()
    for delay_s in (0.2, -3.0, 0.1):
        tally.delivered(delay_s, 0.0)
    assert tally.delay_min_s == -3.0


def test_a_viewer_that_stalls_twice_is_one_stalled_viewer() -> None:
    tally = Tally()
    tally.stalled(0.5, first=True)
    tally.stalled(0.25, first=False)
    assert (tally.stalls, tally.stalled_viewers, tally.stalled_s) == (2, 1, 0.75)
    assert tally.row.stalls == 2
