from hypothesis import given, strategies as st

from manycast.hls.bandwidth import Bandwidth


def test_the_peak_is_that_of_the_costliest_segment() -> None:
    measured = Bandwidth(2000)
    for size in (500_000, 1_000_000, 250_000):
        measured.add_segment(size, 2000)
    assert measured.peak_bps == 4_000_000
    assert measured.average_bps == -(-8000 * 1_750_000 // 6000)


def test_a_short_segment_counts_only_together_with_its_neighbours() -> None:
    measured = Bandwidth(2000)
    measured.add_segment(500_000, 2000)
    measured.add_segment(400_000, 400)
    assert measured.peak_bps == 8000 * 900_000 // 2400


def test_the_peak_is_never_below_what_the_encoder_was_allowed() -> None:
    measured = Bandwidth(2000, declared_bps=3_000_000)
    measured.add_segment(100_000, 2000)
    assert measured.peak_bps == 3_000_000


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(100, 2499)), min_size=1))
def test_the_peak_is_the_largest_over_every_allowed_set_of_segments(
    segments: list[tuple[int, int]],
) -> None:
    measured = Bandwidth(2000)
    for size, duration in segments:
        measured.add_segment(size, duration)
    rates = [measured.average_bps]
    for i in range(len(segments)):
        for j in range(i + 1, len(segments) + 1):
            total = sum(d for _, d in segments[i:j])
            if 1000 <= total <= 3000:
                rates.append(-(-8000 * sum(s for s, _ in segments[i:j]) // total))
    assert measured.peak_bps == max(rates)
