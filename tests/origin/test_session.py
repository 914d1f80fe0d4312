import re
from dataclasses import replace

import pytest
from hypothesis import assume, example, given, settings, strategies as st

from manycast.hls.reload import Now, Reload
from manycast.media.ladder import LadderPlan, LeftOut
from manycast.media.silence import silent_frame
from manycast.model.media import StreamInfo, VideoFrame
from manycast.model.refusals import RefusedError
from manycast.origin.rendition import Released, SegmentFinished
from manycast.origin.session import LadderFeed, LadderStart, Note, State
from manycast.settings.origin import OriginSettings
from tests.origin.publisher import (
    ACTIONS,
    AVC,
    KEYFRAME_INTERVAL_MS_MAX,
    SMALL,
    SOUND,
    Broadcaster,
    World,
    one_rung,
    only_source,
    pictures,
    sounds,
)


def playing(seconds: int = 10, **how: object) -> World:
    world = World(**how)  # type: ignore[arg-type]
    world.connect()
    world.play(pictures(), sounds(), ms=seconds * 1000)
    return world


def covered_ms(world: World, name: str = "source") -> int:
    """Milliseconds of media published so far, without a hole or an overlap."""
    packager = world.session.stages[name].packager
    finished = [o for o in world.outputs if isinstance(o, SegmentFinished) and o.rendition == name]
    starts = [segment.program_date_ms for segment in finished]
    ends = [segment.program_date_ms + segment.duration_ms for segment in finished]
    assert starts[1:] == ends[:-1]
    return packager.end_ms - starts[0]


def test_a_plain_stream_is_published_by_the_rules_in_every_rendition() -> None:
    world = playing(20, plan=one_rung)
    assert world.check() == []
    assert world.session.state is State.LIVE
    assert [stage.rendition.name for stage in world.session.offered(world.now_ms)] == [
        "source",
        "360p",
    ]
    assert covered_ms(world) == pytest.approx(20_000, abs=70)
    assert covered_ms(world, "360p") == pytest.approx(20_000, abs=100)


def test_a_slow_start_of_the_broadcaster_does_not_put_the_stream_in_the_future() -> None:
    world = World()
    frames = pictures()
    world.connect()
    world.wait(200)
    for _ in range(7):
        world.send(next(frames))
    world.play(frames, sounds(200), ms=5000)
    lead = world.session.lead
    assert lead is not None
    assert 0 <= world.now_ms - lead.packager.end_ms <= 70
    assert world.check() == []


def test_nothing_is_offered_before_a_player_could_start() -> None:
    world = World()
    world.connect()
    world.play(pictures(), sounds(), ms=1900)
    assert world.session.state is State.STARTING
    assert world.session.offered(world.now_ms) == []
    world.play(pictures(start_ms=1900, gop=1), sounds(1900), ms=400)
    assert len(world.session.offered(world.now_ms)) == 1


@pytest.mark.parametrize("away_ms", [5000, 20_000, 29_000])
def test_a_broadcaster_who_returns_in_time_continues_the_same_stream(away_ms: int) -> None:
    world = playing(8, plan=one_rung)
    world.drop()
    world.wait(away_ms)
    assert world.session.state is State.RECONNECTING
    world.connect()
    world.play(pictures(), sounds(), ms=8000)
    assert world.session.state is State.LIVE
    assert world.check() == []
    assert world.text().count("#EXT-X-DISCONTINUITY\n") == 1
    assert covered_ms(world) == pytest.approx(16_000 + away_ms, abs=70)


def test_one_who_does_not_return_ends_it() -> None:
    world = playing(6, plan=one_rung)
    world.drop()
    world.wait(31_000)
    assert world.session.state is State.ENDED
    assert world.text().endswith("#EXT-X-ENDLIST\n")
    assert world.text("360p").endswith("#EXT-X-ENDLIST\n")
    assert world.check() == []


@pytest.mark.parametrize("encoder_lag_ms", [20, 300, 900])
@pytest.mark.parametrize("away_ms", [0, 700, 1900, 30_500])
def test_the_end_is_at_the_same_place_in_every_rendition(encoder_lag_ms: int, away_ms: int) -> None:
    world = World(plan=one_rung, encoder_lag_ms=encoder_lag_ms)
    world.connect()
    world.play(pictures(), sounds(), ms=10_200)
    world.drop()
    world.wait(away_ms)
    world.session.end(world.now_ms)
    assert world.check() == []
    ends = {stage.packager.end_ms for stage in world.session.stages.values()}
    assert len(ends) == 1


def test_a_stall_on_a_live_connection_is_bridged_and_caught_up_with() -> None:
    world = playing(6)
    frames = list(pictures(start_ms=6000, count=600))
    world.wait(5000)
    for frame in frames[:150]:
        world.send(frame)
    world.play(iter(frames[150:]), ms=5000)
    assert world.check() == []
    assert covered_ms(world) == pytest.approx(16_000, abs=100)


def test_a_slate_goes_on_with_the_clock_while_late_frames_arrive() -> None:
    world = playing(6, plan=one_rung)
    world.wait(3000)
    world.play(pictures(start_ms=6000, count=10), ms=300)
    world.drop()
    for _ in range(10):
        world.wait(300)
        for stage in world.session.stages.values():
            assert world.now_ms - stage.packager.end_ms < 1000
    assert world.check() == []


def test_an_encoded_rendition_is_bridged_as_soon_as_its_source_is() -> None:
    world = playing(6, plan=one_rung)
    world.wait(world.settings.stall_ms + 200)
    source, rung = (stage.packager for stage in world.session.stages.values())
    assert source.slating
    assert source.end_ms - rung.end_ms < world.settings.part_target_ms


def test_a_publisher_that_stays_late_is_moved_on_the_timeline() -> None:
    world = playing(6)
    world.wait(5000)
    world.play(pictures(start_ms=6000), sounds(6000), ms=12_000)
    assert not world.session.stages["source"].packager.slating
    assert world.check() == []


def test_another_picture_size_is_a_discontinuity_with_its_own_map_in_every_rendition() -> None:
    world = playing(6, plan=one_rung)
    world.send(SMALL)
    world.play(pictures(start_ms=6000), sounds(6000), ms=8000)
    assert world.check() == []
    assert len(set(re.findall(r'MAP:URI="(.*?)"', world.text()))) == 2
    assert world.text("360p").count("#EXT-X-DISCONTINUITY\n") == 1
    plans = [output.plan for output in world.outputs if isinstance(output, LadderStart)]
    assert [[(r.name, r.width, r.height) for r in plan.rungs] for plan in plans] == [
        [("360p", 640, 360)],
        [("360p", 640, 360)],
    ]


def test_a_dead_encoder_is_bridged_until_it_returns() -> None:
    world = playing(6, plan=one_rung)
    world.encoder_alive = False
    world.play(pictures(start_ms=6000), sounds(6000), ms=4000)
    world.encoder_alive = True
    world.play(pictures(start_ms=10_000), sounds(10_000), ms=6000)
    assert world.check() == []
    assert covered_ms(world, "360p") == pytest.approx(16_000, abs=100)
    assert not world.session.stages["360p"].packager.slating


def test_an_encoder_that_starts_after_a_discontinuity_counts_on_from_it() -> None:
    world = World(plan=one_rung, encoder_alive=False)
    world.connect()
    world.play(pictures(), sounds(), ms=5000)
    world.send(SMALL)
    world.encoder_alive = True
    world.play(pictures(start_ms=5000), sounds(5000), ms=8000)
    assert world.session.stages["360p"].rendition.ready
    assert world.check() == []


def test_a_stream_without_sound_gets_silence() -> None:
    world = World()
    world.connect(StreamInfo(has_audio=False), AVC)
    world.play(pictures(), ms=6000)
    assert world.check() == []
    silence = silent_frame(SOUND)
    chunks = [c for o in world.outputs if isinstance(o, SegmentFinished) for c in o.chunks]
    assert chunks.count(silence) in range(170, 190)


def test_sound_of_another_kind_that_comes_late_begins_at_a_discontinuity() -> None:
    world = World()
    world.connect(AVC)
    world.play(pictures(), ms=5000)
    other = replace(SOUND, sample_rate=44_100, record=b"\x12\x10")
    world.send(other)
    world.play(pictures(start_ms=5000), sounds(5000, other), ms=6000)
    assert world.check() == []
    assert world.text().count("#EXT-X-DISCONTINUITY\n") == 1
    assert world.session.audio_config == other


def test_sound_that_stops_does_not_stop_the_picture() -> None:
    world = playing(5)
    world.play(pictures(start_ms=5000), ms=8000)
    packager = world.session.stages["source"].packager
    track = packager.audio_read
    assert track is not None
    assert packager.end_ms - track[0].end_ms < 400


def test_one_key_one_publisher_unless_the_first_has_gone_silent() -> None:
    world = playing(4)
    with pytest.raises(RefusedError, match="already live") as refused:
        world.session.open(world.now_ms)
    assert refused.value.code == "NetStream.Publish.BadName"
    stale = world.take
    world.wait(3500)
    world.connect()
    with pytest.raises(RefusedError, match="taken this stream over"):
        world.session.media(stale, VideoFrame(0, 0, True, b"x"), world.now_ms)


def test_a_publisher_without_video_is_told_so() -> None:
    world = World()
    world.connect(SOUND)
    world.play(sounds(), ms=9900)
    with pytest.raises(RefusedError, match="no playable video in 10 s"):
        world.play(sounds(9900), ms=1000)


def test_keyframes_too_far_apart_are_encoded_again_when_the_machine_can() -> None:
    def again(source: object, interval_ms: int) -> LadderPlan:
        assert interval_ms > 4000
        return replace(one_rung(AVC, 0), passthrough=False, keyframe_ms=2000)

    world = World(plan=again)
    world.connect()
    world.play(pictures(gop=250), sounds(), ms=4400)
    assert list(world.session.stages) == ["360p"]
    assert world.session.rules is not None
    assert world.session.rules.target_duration_s == 2


def test_a_long_keyframe_interval_gets_a_long_target_duration() -> None:
    world = World()
    world.connect()
    world.play(pictures(gop=90), sounds(), ms=20_000)
    assert "#EXT-X-TARGETDURATION:3\n" in world.text()
    assert world.check() == []


def test_what_the_ladder_leaves_out_is_said() -> None:
    left_out = (LeftOut("480p", "480p left out: needs 0.9 of a core"),)
    world = playing(4, plan=lambda *_: replace(one_rung(AVC, 0), left_out=left_out))
    notes = [output.text for output in world.outputs if isinstance(output, Note)]
    assert notes == ["480p left out: needs 0.9 of a core"]


def test_every_frame_of_the_source_is_fed_to_the_encoder() -> None:
    world = playing(4, plan=one_rung)
    feeds = [output.item for output in world.outputs if isinstance(output, LadderFeed)]
    assert len(feeds) == pytest.approx(120, abs=3)


def test_held_requests_are_answered_when_their_part_is_there() -> None:
    world = playing(6)
    rendition = world.session.stages["source"].rendition
    position = rendition.window.position
    assert position is not None
    wanted = Reload(msn=position.msn, part=position.parts)
    assert rendition.ask(1, wanted, world.now_ms / 1000) == []
    world.play(pictures(start_ms=6000), ms=400)
    released = [output for output in world.outputs if isinstance(output, Released)]
    assert [(one.settled.request, one.settled.outcome) for one in released] == [(1, Now())]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(1, 60)), max_size=12),
    st.integers(2, 60),
    st.sampled_from([24.0, 30.0, 60.0, 7.5]),
    st.sampled_from([200, 334, 500, 1000]),
)
@example([("drop", 8)], 3, 24.0, 1000)
@example([("back", 26), ("wait", 14), ("slip", 52), ("play", 5), ("play", 8)], 33, 24.0, 500)
@example([("encoder", 41), ("play", 7), ("encoder", 14)], 12, 7.5, 334)
@example([("uneven", 41), ("lossy", 45), ("play", 39)], 11, 7.5, 334)
@example([("uneven", 13), ("uneven", 58), ("play", 30), ("retune", 43)], 11, 24.0, 334)
@example([("play", 55), ("encoder", 9)], 14, 7.5, 334)
@example([("play", 35), ("burst", 44), ("jump", 1)], 3, 24.0, 334)
@example([("wait", 4), ("jump", 1)], 2, 24.0, 334)
@example([("resize", 1), ("wait", 51)], 15, 24.0, 334)
@example([("jump", 13), ("wait", 25), ("drift", 35), ("play", 30)], 23, 7.5, 334)
@example([("burst", 52), ("wait", 56), ("wait", 46), ("burst", 58), ("wait", 4)], 31, 60.0, 334)
def test_whatever_happens_the_rules_hold(
    script: list[tuple[str, int]], gop: int, fps: float, part_ms: int
) -> None:
    """The law of the session: no publisher, encoder or outage makes a playlist that breaks Apple's rules."""
    assume(gop * 1000 / fps <= KEYFRAME_INTERVAL_MS_MAX)
    world = World(plan=one_rung, settings=OriginSettings(part_target_ms=part_ms))
    one = Broadcaster(world, gop, fps)
    for action, tenths in [("connect", 2), ("play", 60), *script, ("play", 50)]:
        if world.session.state is State.ENDED:
            break
        try:
            getattr(one, action)(tenths)
        except RefusedError:
            one.drop(0)
        follows_the_clock(world)
    assert world.check() == []
    for name in world.session.stages:
        covered_ms(world, name)


def follows_the_clock(world: World) -> None:
    """Viewers are never left without anything to play, nor shown what has not happened yet."""
    if world.session.state in {State.STARTING, State.ENDED}:
        return
    for stage in world.session.stages.values():
        behind_ms = world.now_ms - stage.packager.end_ms
        assert -1500 <= behind_ms <= 2500


def test_what_is_kept_stays_bounded() -> None:
    world = World(plan=only_source)
    world.connect()
    world.play(pictures(15.0, 30, count=15 * 3600), sounds(count=1), ms=600_000)
    objects = len(world.session.stages["source"].rendition.objects)
    world.outputs.clear()
    world.play(pictures(15.0, 30, 600_000, count=15 * 3600), ms=300_000)
    assert len(world.session.stages["source"].rendition.objects) <= objects + 8
    track = world.session.stages["source"].packager.audio_read
    assert track is not None
    assert track[0].count - track[1] < 200
