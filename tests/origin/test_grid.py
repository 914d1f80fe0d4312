import itertools

from hypothesis import given, strategies as st

from manycast.origin.grid import SEGMENT_MS_MIN, Boundary, SegmentGrid


def grid() -> SegmentGrid:
    return SegmentGrid(first_msn=7, segment_ms=2000, target_duration_s=2)


def cuts(keys_ms: list[int]) -> list[int]:
    one = grid()
    for key_ms in keys_ms:
        one.at_key(key_ms)
    found, at_ms = [], -1
    while (boundary := one.after(at_ms)) is not None:
        found.append(boundary.start_ms)
        at_ms = boundary.start_ms
    return found


def test_segments_begin_at_keyframes_two_seconds_apart() -> None:
    assert cuts([0, 1000, 2000, 3000, 4000]) == [0, 2000, 4000]
    assert cuts([0, 1966, 3966]) == [0, 1966, 3966]


def test_a_segment_ends_early_when_the_next_keyframe_would_make_it_too_long() -> None:
    assert cuts([0, 1700, 3400]) == [0, 1700, 3400]
    assert cuts([0, 1300, 2600, 3900]) == [0, 1300, 2600, 3900]


def test_every_rendition_finds_the_same_boundary() -> None:
    one = grid()
    first = one.at_key(0)
    assert first == Boundary(7, 0, keyed=True)
    assert one.at_key(17) == first
    assert one.at_key(500) is None
    assert one.at_key(2000) == Boundary(8, 2000, keyed=True)
    assert one.at_key(1990) == Boundary(8, 2000, keyed=True)
    assert one.count_between(0, 2000) == 1


def test_a_forced_boundary_needs_room() -> None:
    one = grid()
    one.at_key(0)
    assert not one.has_room(SEGMENT_MS_MIN - 1)
    assert one.has_room(SEGMENT_MS_MIN)
    assert one.set(500, discontinuity=True) == Boundary(
        8, 500, discontinuity=True, discontinuities=1
    )


def test_a_segment_without_keyframes_is_overdue_before_it_breaks_the_target_duration() -> None:
    assert not grid().overdue(0, 2499)
    assert grid().overdue(0, 2500)


@given(st.lists(st.integers(100, 2400), min_size=1, max_size=40))
def test_no_segment_between_regular_keyframes_exceeds_the_target_duration(steps: list[int]) -> None:
    interval_ms = steps[0]
    found = cuts([interval_ms * number for number in range(40)])
    assert all(b - a <= 2499 for a, b in itertools.pairwise(found))
