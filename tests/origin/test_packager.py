from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from manycast.media.silence import DEFAULT_SILENCE
from manycast.model.media import VideoFrame
from manycast.origin.audio import AudioTrack
from manycast.origin.grid import SegmentGrid
from manycast.origin.packager import Closed, Cut, FrameCut, Opened, Packager, PartCut
from manycast.settings.origin import OriginSettings
from tests.origin.publisher import AVC, SMALL, pictures


SETTINGS = OriginSettings()


def packager(*, lead: bool = True, grid: SegmentGrid | None = None) -> Packager:
    one = Packager(grid or SegmentGrid(1, SETTINGS.segment_ms, 2), SETTINGS, lead=lead)
    one.configure(AVC)
    one.hear(AudioTrack(DEFAULT_SILENCE, 0, SETTINGS), 0)
    return one


def fed(one: Packager, frames: Iterable[VideoFrame]) -> list[Cut]:
    return [cut for frame in frames for cut in one.video(frame)]


def durations(cuts: Iterable[Cut]) -> Iterator[list[int]]:
    """Part durations, segment by segment; the open segment last."""
    segment: list[int] = []
    for cut in cuts:
        if isinstance(cut, PartCut):
            segment.append(cut.duration_ms)
        if isinstance(cut, Closed):
            yield segment
            segment = []
    yield segment


@pytest.mark.parametrize(
    ("fps", "parts"),
    [(30, 6), (29.97, 6), (60, 6), (25, 7), (24, 6), (50, 7), (15, 6), (10, 7), (5, 6)],
)
def test_parts_are_regular_whole_frames_where_the_rate_allows(fps: float, parts: int) -> None:
    gop = round(2 * fps)
    cuts = fed(packager(), pictures(fps, gop, count=5 * gop + 1))
    segments = list(durations(cuts))[:4]
    for segment in segments:
        assert len(segment) == parts
        assert all(0.85 * 334 <= part <= 334 for part in segment[:-1])
        assert sum(segment) in range(1998, 2004)


def test_a_part_ends_as_soon_as_the_next_frame_cannot_fit() -> None:
    cuts = fed(packager(), pictures(30, 60, count=11))
    assert [cut.duration_ms for cut in cuts if isinstance(cut, PartCut)] == [333]


def test_every_frame_is_a_fragment_once_its_duration_is_known() -> None:
    cuts = fed(packager(), pictures(30, 60, count=31))
    frames = [cut for cut in cuts if isinstance(cut, FrameCut)]
    assert [cut.key for cut in frames] == [True] + [False] * 29


def test_the_slate_repeats_the_last_keyframe_and_real_frames_take_over_at_a_keyframe() -> None:
    one = packager()
    fed(one, pictures(30, 60, count=75))
    cuts = one.fill(6000)
    assert one.slating
    assert all(cut.key for cut in cuts if isinstance(cut, FrameCut) and cuts.index(cut) > 2)
    assert one.end_ms in range(6000 - 334, 6001)
    assert fed(one, [VideoFrame(6100, 0, False, b"d"), VideoFrame(5000, 0, True, b"K")]) == []
    assert one.skipped == 2
    resumed = fed(one, pictures(30, 60, start_ms=6100, count=20))
    assert not one.slating
    whole = sum(map(sum, durations([*cuts, *resumed])))
    assert whole > 3600


def test_a_rendition_that_was_away_keeps_the_numbering() -> None:
    grid = SegmentGrid(1, SETTINGS.segment_ms, 2)
    lead, follower = packager(grid=grid), packager(lead=False, grid=grid)
    frames = list(pictures(30, 60, count=400))
    away = [frame for frame in frames if not 3000 <= frame.dts_ms < 9000]
    lead_cuts = fed(lead, frames)
    follower_cuts = fed(follower, away)
    numbers = [cut.boundary.msn for cut in lead_cuts if isinstance(cut, Opened)]
    assert [cut.boundary.msn for cut in follower_cuts if isinstance(cut, Opened)] == numbers


def test_another_picture_size_waits_for_a_segment_that_begins_with_its_keyframe() -> None:
    one = packager()
    frames = list(pictures(30, 30, count=200))
    fed(one, frames[:40])
    one.configure(SMALL)
    cuts = fed(one, frames[60:100])
    opened = [cut for cut in cuts if isinstance(cut, Opened)]
    assert [(cut.start_ms, cut.init is not None) for cut in opened] == [(2000, True)]
    assert one.skipped == 0


def test_keyframes_tell_a_changed_picture_size_themselves() -> None:
    one = packager()
    record = b"\x01\x42\x00\x1e\xff\xe1\x00\x02\x67S\x01\x00\x02\x68P"
    cuts = fed(one, pictures(count=60))
    one.configure(replace(SMALL, record=record))
    cuts += fed(one, pictures(start_ms=2000, count=70)) + one.finish()
    frames = [cut.chunks[1] for cut in cuts if isinstance(cut, FrameCut) and cut.key]
    assert frames[0] == b"K"
    assert set(frames[1:]) == {b"\0\0\0\x02\x67S\0\0\0\x02\x68PK"}


@settings(deadline=None)
@given(
    gap_ms=st.integers(100, 4000),
    offset_ms=st.integers(-40, 40),
    slated=st.booleans(),
    lead=st.booleans(),
)
def test_no_frame_is_packed_beside_another_picture_sizes_init_segment(
    gap_ms: int, offset_ms: int, slated: bool, lead: bool
) -> None:
    grid = SegmentGrid(1, 2000, 2)
    one = packager(lead=lead, grid=grid)
    cuts = fed(one, pictures(count=75))
    at_ms = 2500 + gap_ms
    for due_ms in range(4000, at_ms - 200, 2000):
        grid.set(due_ms)
    if slated:
        cuts += one.fill(at_ms - 150)
    if grid.has_room(at_ms):
        grid.set(at_ms, discontinuity=True)
    one.configure(SMALL)
    fresh = pictures(start_ms=at_ms + offset_ms, count=150)
    cuts += fed(one, (replace(frame, data=b"new") for frame in fresh)) + one.finish()
    inits = 0
    for cut in cuts:
        if isinstance(cut, Opened):
            inits += cut.init is not None
        elif isinstance(cut, FrameCut):
            assert cut.chunks[1].endswith(b"new") == (inits == 2)
    assert inits == 2


def test_a_source_without_keyframes_is_cut_before_the_target_duration_breaks() -> None:
    cuts = fed(packager(), pictures(30, 10_000, count=600))
    assert all(sum(segment) < 2500 for segment in durations(cuts))
    assert sum(isinstance(cut, Closed) for cut in cuts) >= 7


def test_the_end_cuts_what_is_held() -> None:
    one = packager()
    frames = list(pictures(30, 60, count=100))
    cuts = fed(one, frames) + one.finish()
    assert sum(isinstance(cut, FrameCut) for cut in cuts) == 100
    assert isinstance(cuts[-1], Closed)
    assert packager().finish() == []


@pytest.mark.parametrize("lead", [True, False])
@given(until_ms=st.integers(2_000, 9_000))
def test_no_segment_is_empty_wherever_a_slate_ends(lead: bool, until_ms: int) -> None:
    grid = SegmentGrid(1, 2000, 2)
    for start_ms in range(0, 9_000, 2_000):
        if not lead:
            grid.set(start_ms)
    one = packager(lead=lead, grid=grid)
    cuts = fed(one, pictures(count=60))
    for now_ms in range(2_000, until_ms + 1, 100):
        cuts += one.fill(now_ms)
    cuts += one.finish()
    *closed, after = durations(cuts)
    assert all(closed)
    assert not after


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 1500), st.integers(0, 9)), min_size=5, max_size=120))
def test_whatever_the_frame_rate_parts_fit_and_time_is_covered(
    steps: list[tuple[int, int]],
) -> None:
    one = packager()
    dts_ms, cuts = 0, []
    for number, (delta_ms, kind) in enumerate(steps):
        cuts += one.video(VideoFrame(dts_ms, 0, number == 0 or kind == 0, b"x"))
        dts_ms += delta_ms
    cuts += one.finish()
    segments = [segment for segment in durations(cuts) if segment]
    assert all(part <= 334 for segment in segments for part in segment)
    assert all(part >= 0.85 * 334 for segment in segments for part in segment[:-1])
    assert all(sum(segment) < 2500 for segment in segments)
    msns = [cut.boundary.msn for cut in cuts if isinstance(cut, Opened)]
    assert msns == list(range(1, 1 + len(msns)))
    slivers_ms = 34 * len(segments)
    assert one.end_ms - slivers_ms <= sum(map(sum, segments)) <= one.end_ms
