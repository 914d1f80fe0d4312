"""Sessions whose publisher sends several video tracks."""

from dataclasses import replace
from itertools import dropwhile

import pytest
from hypothesis import given, settings, strategies as st

from manycast.media.ladder import LadderPlan
from manycast.model.media import TrackMedia, Unplayable, VideoCodec, VideoConfig, VideoFrame
from manycast.origin.rendition import Framed, SegmentFinished
from manycast.origin.session import LadderStart, Note
from manycast.origin.tracks import JUDGED
from manycast.settings.origin import OriginSettings
from tests.origin.publisher import (
    AVC,
    SMALL,
    SOUND,
    Track,
    World,
    further,
    one_rung,
    pictures,
    sounds,
)


MIDDLE = replace(AVC, width=854, height=480)
PORTRAIT = replace(AVC, width=608, height=1080)
SEGMENT_MS = 2000


def connect(world: World, *further_ones: VideoConfig) -> None:
    tracks = [TrackMedia(number, video) for number, video in enumerate(further_ones, 1)]
    world.connect(AVC, SOUND, *tracks)


def play(world: World, *others: Track, start_ms: int = 0, ms: int = 10_000) -> None:
    world.play(pictures(start_ms=start_ms), *others, sounds(start_ms), ms=ms)


def encode_nothing(source: VideoConfig, interval_ms: int) -> LadderPlan:
    raise AssertionError("a publisher who sends every size needs no ladder")


def notes(world: World) -> list[str]:
    return [output.text for output in world.outputs if isinstance(output, Note)]


def shown(world: World, name: str) -> VideoConfig | None:
    return world.session.stages[name].video


def segments(world: World, name: str) -> list[tuple[int, int]]:
    return [
        (one.program_date_ms, one.duration_ms)
        for one in world.outputs
        if isinstance(one, SegmentFinished) and one.rendition == name
    ]


@pytest.fixture
def world() -> World:
    return World(plan=encode_nothing)


def test_three_tracks_are_a_ladder_that_nobody_encodes(world: World) -> None:
    connect(world, SMALL, MIDDLE)
    play(world, further(1, pictures()), further(2, pictures()), ms=20_000)
    assert world.check() == []
    offered = world.session.offered(world.now_ms)
    assert [stage.rendition.name for stage in offered] == ["source", "480p", "360p"]
    assert [stage.video for stage in offered] == [AVC, MIDDLE, SMALL]
    assert segments(world, "480p") == segments(world, "360p") == segments(world, "source")
    assert notes(world) == []
    assert not any(isinstance(output, LadderStart) for output in world.outputs)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("offset_ms", [-66, -1, 0, 1, 33, 66])
def test_keyframes_that_show_the_same_are_together_however_they_are_decoded(
    world: World, order: tuple[int, int], offset_ms: int
) -> None:
    connect(world, SMALL)
    moved = (
        replace(frame, dts_ms=frame.dts_ms + offset_ms, cts_ms=max(frame.cts_ms - offset_ms, 0))
        for frame in pictures(start_ms=100)
    )
    leader = (replace(one, cts_ms=max(offset_ms, 0)) for one in pictures(start_ms=100))
    both: list[Track] = [leader, further(1, moved)]
    world.play(*(both[number] for number in order), sounds(), ms=20_000)
    assert world.check() == []
    assert notes(world) == []
    most = segments(world, "source")[1:-1]
    assert set(most) <= set(segments(world, "360p"))


def test_a_track_that_stops_is_stood_in_for_and_returns(world: World) -> None:
    connect(world, MIDDLE, SMALL)
    middle = [one for one in pictures() if not 8000 <= one.dts_ms < 20_000]
    play(world, further(1, iter(middle)), further(2, pictures()), ms=18_000)
    assert shown(world, "480p") == SMALL
    assert "480p" in notes(world)[0]
    assert "sends nothing any more" in notes(world)[0]
    rest = dropwhile(lambda one: one.dts_ms < 18_000, middle)
    world.play(
        pictures(start_ms=18_000),
        further(1, rest),
        further(2, pictures(start_ms=18_000)),
        sounds(18_000),
        ms=6000 + JUDGED * SEGMENT_MS,
    )
    assert shown(world, "480p") == MIDDLE
    assert world.check() == []
    assert len(notes(world)) == 1


def test_one_with_rarer_keyframes_is_not_shown_frozen(world: World) -> None:
    connect(world, SMALL)
    play(world, further(1, pictures(gop=120)), ms=30_000)
    assert shown(world, "360p") == AVC
    assert "same keyframe interval" in notes(world)[0]
    assert world.check() == []


def test_one_with_more_keyframes_begins_segments_where_the_leader_does(world: World) -> None:
    connect(world, SMALL)
    play(world, further(1, pictures(gop=30)), ms=20_000)
    assert segments(world, "360p") == segments(world, "source")
    assert notes(world) == []
    assert world.check() == []


def test_one_whose_keyframes_are_elsewhere_leaves_the_ladder_to_the_encoder() -> None:
    world = World(plan=one_rung)
    connect(world, MIDDLE)
    play(world, further(1, pictures(start_ms=1000)), ms=10_000)
    assert [one.rendition.name for one in world.session.offered(world.now_ms)] == ["source", "360p"]
    assert world.session.stages["360p"].feed == 0
    assert world.check() == []


def test_a_track_that_comes_later_joins(world: World) -> None:
    connect(world, SMALL)
    play(world, further(1, pictures()), ms=10_000)
    world.send(TrackMedia(2, MIDDLE))
    world.play(
        pictures(start_ms=10_000),
        further(1, pictures(start_ms=10_000)),
        further(2, pictures(start_ms=10_000)),
        sounds(10_000),
        ms=10_000,
    )
    names = [stage.rendition.name for stage in world.session.offered(world.now_ms)]
    assert names == ["source", "360p", "480p"]
    assert world.check() == []


def test_one_that_comes_to_an_encoded_stream_is_left_out_and_that_is_said_once() -> None:
    world = World(plan=one_rung)
    world.connect()
    play(world, ms=6000)
    for _ in range(3):
        world.send(TrackMedia(1, MIDDLE))
    play(world, further(1, pictures(start_ms=6000)), start_ms=6000, ms=6000)
    assert set(world.session.stages) == {"source", "360p"}
    assert len(notes(world)) == 1
    assert "publish it again" in notes(world)[0]
    assert world.check() == []


@pytest.mark.parametrize("away_ms", [500, 5000])
def test_who_returns_with_the_same_tracks_continues_every_rendition(
    world: World, away_ms: int
) -> None:
    connect(world, MIDDLE, SMALL)
    play(world, further(1, pictures()), further(2, pictures()), ms=8000)
    world.drop()
    world.wait(away_ms)
    connect(world, MIDDLE, SMALL)
    play(world, further(1, pictures()), further(2, pictures()), ms=8000)
    assert world.check() == []
    assert set(world.session.stages) == {"source", "480p", "360p"}
    assert [world.text(name).count("#EXT-X-DISCONTINUITY\n") for name in world.session.stages] == [
        1
    ] * 3
    assert (shown(world, "480p"), shown(world, "360p")) == (MIDDLE, SMALL)
    assert segments(world, "360p") == segments(world, "source")


def test_who_returns_with_one_track_is_shown_in_every_rendition(world: World) -> None:
    connect(world, SMALL)
    play(world, further(1, pictures()), ms=8000)
    world.drop()
    world.wait(3000)
    world.connect()
    play(world, ms=8000)
    assert shown(world, "360p") == AVC
    assert not world.session.stages["360p"].packager.slating
    assert world.check() == []


def test_where_the_publishers_clock_jumps_nothing_is_shown_that_cannot_be_decoded(
    world: World,
) -> None:
    connect(world, SMALL)
    play(world, further(1, pictures()), ms=4300)
    for at_ms in range(60_000, 65_000, 40):
        number = (at_ms - 60_000) // 40
        key, told = number % 50 == 0, b"lost" if number < 50 else b"found"
        pair = [TrackMedia(1, VideoFrame(at_ms, 0, key, told)), VideoFrame(at_ms, 0, key, b"d")]
        for item in pair if number < 50 else reversed(pair):
            world.send(item)
        world.wait(40)
    shown = b"".join(
        piece
        for one in world.outputs
        if isinstance(one, Framed) and one.rendition == "360p"
        for piece in one.chunks
    )
    assert b"lost" not in shown
    assert b"found" in shown


def test_a_track_for_another_kind_of_screen_is_there_and_not_offered_to_players(
    world: World,
) -> None:
    connect(world, SMALL, PORTRAIT)
    play(world, further(1, pictures()), further(2, pictures()))
    names = [stage.rendition.name for stage in world.session.offered(world.now_ms)]
    assert names == ["source", "360p"]
    assert "608p-portrait" in [one.rendition.name for one in world.session.ready()]
    assert {report.uri for report in world.session.reports("source")} == {"../360p/index.m3u8"}
    assert world.check() == []


def test_a_publisher_of_two_kinds_of_screen_has_the_ladder_of_the_first_encoded() -> None:
    world = World(plan=one_rung)
    connect(world, PORTRAIT)
    play(world, further(1, pictures()), ms=20_000)
    assert set(world.session.stages) == {"source", "360p", "608p-portrait"}
    assert [one.rendition.name for one in world.session.offered(world.now_ms)] == ["source", "360p"]
    assert segments(world, "608p-portrait") == segments(world, "source")
    assert notes(world) == []
    assert world.check() == []


def test_tracks_of_which_none_can_be_carried_leave_the_ladder_to_the_encoder() -> None:
    world = World(plan=one_rung, settings=OriginSettings(tracks_max=1))
    connect(world, MIDDLE)
    play(world, further(1, pictures()))
    assert set(world.session.stages) == {"source", "360p"}


def test_nothing_stands_in_for_a_kind_of_its_own() -> None:
    world = World()
    connect(world, PORTRAIT)
    play(world, further(1, pictures(count=200)), ms=20_000)
    assert shown(world, "608p-portrait") == PORTRAIT
    assert world.session.stages["608p-portrait"].packager.slating


def test_tracks_beyond_the_limit_are_left_out(world: World) -> None:
    world = World(plan=encode_nothing, settings=OriginSettings(tracks_max=2))
    connect(world, SMALL, MIDDLE)
    play(world, further(1, pictures()), further(2, pictures()))
    assert set(world.session.stages) == {"source", "360p"}
    assert notes(world) == [
        "video track 2 (854x480) is left out: 2 are carried at most (origin.tracks_max)"
    ]


def test_two_tracks_of_one_size_have_names_of_their_own(world: World) -> None:
    hevc = replace(SMALL, codec=VideoCodec.HEVC, codecs="hvc1.1.6.L93.B0")
    connect(world, SMALL, hevc)
    play(world, further(1, pictures()), further(2, pictures()))
    assert set(world.session.stages) == {"source", "360p", "360p-2"}
    assert world.check() == []


def test_a_track_that_cannot_be_carried_is_told_of_once(world: World) -> None:
    world = World()
    world.connect(AVC, SOUND)
    for _ in range(3):
        world.send(TrackMedia(3, Unplayable("video in VP9 is not carried")))
    assert notes(world) == ["video track 3 is left out: video in VP9 is not carried"]


def test_frames_of_a_track_nobody_announced_are_no_matter() -> None:
    world = World()
    world.connect()
    play(world, further(5, pictures()))
    assert set(world.session.stages) == {"source"}
    assert world.check() == []


def test_keyframes_too_far_apart_leave_the_ladder_to_the_encoder() -> None:
    world = World(plan=one_rung)
    connect(world, MIDDLE)
    play_rare: list[Track] = [pictures(gop=180), further(1, pictures(gop=180)), sounds()]
    world.play(*play_rare, ms=14_000)
    assert set(world.session.stages) == {"source", "360p"}


def test_a_stall_of_the_connection_is_bridged_in_every_rendition(world: World) -> None:
    connect(world, SMALL)
    play(world, further(1, pictures()), ms=6000)
    late = [
        item
        for pair in zip(pictures(start_ms=6000, count=150), pictures(start_ms=6000), strict=False)
        for item in (pair[0], TrackMedia(1, pair[1]))
    ]
    world.wait(5000)
    for item in late:
        assert isinstance(item, VideoFrame | TrackMedia)
        world.send(item)
    play(world, further(1, pictures(start_ms=11_000)), start_ms=11_000, ms=8000)
    assert world.check() == []
    assert not world.session.stages["360p"].packager.slating
    assert segments(world, "360p")[-2:] == segments(world, "source")[-2:]


def published(world: World) -> tuple[list[tuple[int, int]], list[bytes]]:
    parts = world.session.stages["source"].rendition.objects
    return segments(world, "source"), [b"".join(parts[name]) for name in sorted(parts)]


@settings(max_examples=20, deadline=None)
@given(
    others=st.lists(
        st.tuples(
            st.integers(1, 3),
            st.integers(0, 9000),
            st.integers(0, 12_000),
            st.sampled_from([1, 20, 30, 60, 61, 120]),
            st.booleans(),
        ),
        max_size=3,
        unique_by=lambda track: track[0],
    )
)
def test_whatever_further_tracks_do_the_source_is_published_as_if_alone(
    others: list[tuple[int, int, int, int, bool]],
) -> None:
    alone = World()
    alone.connect()
    play(alone, ms=14_000)
    world = World()
    connect(world, SMALL, MIDDLE, replace(SMALL, codec=VideoCodec.HEVC))
    sent: list[Track] = [
        further(
            number,
            pictures(start_ms=start_ms, count=ms // 33 + 1, gop=gop, reordered=reordered),
        )
        for number, start_ms, ms, gop, reordered in others
    ]
    play(world, *sent, ms=14_000)
    assert published(world) == published(alone), others
    assert world.check() == [], others
