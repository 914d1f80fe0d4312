from dataclasses import replace

from hypothesis import given, strategies as st

from manycast.media.ladder import CostPoint, EncodeCosts, LadderPlan, describe, plan, refit
from manycast.model.media import VideoCodec, VideoConfig
from manycast.settings.ladder import LadderSettings


SETTINGS = LadderSettings()
COSTS = EncodeCosts(
    encoder="libx264",
    decode_s_per_megapixel=0.003,
    presets={
        "veryfast": (CostPoint(0.23, 0.0030), CostPoint(0.92, 0.0110)),
        "superfast": (CostPoint(0.23, 0.0018), CostPoint(0.92, 0.0070)),
        "ultrafast": (CostPoint(0.23, 0.0009), CostPoint(0.92, 0.0035)),
    },
)


def source(
    width: int, height: int, *, fps: float | None = 30, codec: VideoCodec = VideoCodec.AVC
) -> VideoConfig:
    return VideoConfig(codec, b"", width, height, "avc1.640028", fps)


def names(ladder: LadderPlan) -> list[str]:
    return [rung.name for rung in ladder.rungs]


sources = st.builds(
    source,
    st.integers(64, 4096),
    st.integers(64, 4096),
    fps=st.one_of(st.none(), st.floats(5, 120)),
    codec=st.sampled_from(VideoCodec),
)
intervals = st.integers(100, 10_000)
budgets = st.floats(0, 64)


@given(sources, intervals, budgets)
def test_no_rung_is_larger_than_the_source(
    video: VideoConfig, interval: int, budget: float
) -> None:
    for rung in plan(video, interval, COSTS, budget, SETTINGS).rungs:
        assert 2 <= rung.width <= video.width
        assert 2 <= rung.height <= video.height
        assert rung.width % 2 == rung.height % 2 == 0


@given(sources, intervals, budgets)
def test_the_budget_is_never_exceeded(video: VideoConfig, interval: int, budget: float) -> None:
    assert plan(video, interval, COSTS, budget, SETTINGS).cores <= budget + 1e-9


@given(sources, intervals, budgets, budgets)
def test_more_budget_never_means_fewer_rungs(
    video: VideoConfig, interval: int, one: float, other: float
) -> None:
    small = plan(video, interval, COSTS, min(one, other), SETTINGS)
    large = plan(video, interval, COSTS, max(one, other), SETTINGS)
    assert set(names(small)) <= set(names(large))


@given(sources, intervals, budgets)
def test_every_rung_wanted_is_planned_or_explained(
    video: VideoConfig, interval: int, budget: float
) -> None:
    rich = plan(video, interval, replace(COSTS, decode_s_per_megapixel=0), 1e9, SETTINGS)
    got = plan(video, interval, COSTS, budget, SETTINGS)
    assert names(rich) == names(got) + [left.name for left in got.left_out]


@given(sources, intervals, budgets)
def test_there_is_always_something_to_watch(
    video: VideoConfig, interval: int, budget: float
) -> None:
    got = plan(video, interval, COSTS, budget, SETTINGS)
    assert got.passthrough or got.rungs


def test_a_full_budget_gives_every_size_below_a_source_that_is_passed_through() -> None:
    got = plan(source(1920, 1080), 2000, COSTS, 8, SETTINGS)
    assert names(got) == ["360p", "480p", "720p"]
    assert got.passthrough
    assert got.keyframe_ms is None
    assert got.preset == "veryfast"


def test_a_faster_preset_is_taken_before_a_rung_is_left_out() -> None:
    got = plan(source(1920, 1080), 2000, COSTS, 0.45, SETTINGS)
    assert names(got) == ["360p", "480p", "720p"]
    assert got.preset == "ultrafast"


def test_a_rung_too_dear_is_left_out_with_the_reason() -> None:
    got = plan(source(1920, 1080), 2000, COSTS, 0.35, SETTINGS)
    assert names(got) == ["360p", "480p"]
    assert got.left_out[0].reason == "720p left out: needs 0.11 of a core in real time, 0.09 left"


def test_a_source_with_rare_keyframes_is_encoded_again_at_its_size() -> None:
    got = plan(source(1600, 900), 8300, COSTS, 8, SETTINGS)
    assert names(got) == ["360p", "480p", "720p", "source"]
    assert not got.passthrough
    assert got.keyframe_ms == 2000
    assert (got.rungs[-1].width, got.rungs[-1].height) == (1600, 900)


def test_rare_keyframes_are_passed_through_when_nothing_can_be_encoded() -> None:
    assert plan(source(1600, 900), 8300, COSTS, 0.01, SETTINGS).passthrough


def test_a_source_browsers_cannot_play_is_offered_as_avc_at_its_size() -> None:
    got = plan(source(1920, 1080, codec=VideoCodec.HEVC), 2000, COSTS, 8, SETTINGS)
    assert names(got) == ["360p", "480p", "720p", "1080p"]
    assert got.passthrough


def test_portrait_is_scaled_by_its_width() -> None:
    got = plan(source(1080, 1920), 2000, COSTS, 8, SETTINGS)
    assert [(rung.width, rung.height) for rung in got.rungs] == [
        (360, 640),
        (480, 854),
        (720, 1280),
    ]


def test_small_rungs_of_fast_sources_lose_every_second_frame() -> None:
    got = plan(source(1920, 1080, fps=60), 2000, COSTS, 8, SETTINGS)
    assert [(rung.name, rung.frame_rate) for rung in got.rungs] == [
        ("360p", 30),
        ("480p", 30),
        ("720p", 60),
    ]


def test_a_decoder_that_needs_more_than_a_core_leaves_no_ladder() -> None:
    got = plan(source(3840, 2160, fps=60), 2000, COSTS, 64, SETTINGS)
    assert got.rungs == ()
    assert "decoding the source alone needs 1.5 of a core" in got.left_out[0].reason


def test_costs_between_points_are_interpolated_and_beyond_them_proportional() -> None:
    assert COSTS.encode_s("veryfast", 0.23) == 0.0030
    assert COSTS.encode_s("veryfast", 0.115) == 0.0015
    assert COSTS.encode_s("veryfast", 1.84) == 0.0220


def test_a_plan_is_told_in_plain_words() -> None:
    assert describe(plan(source(1920, 1080), 2000, COSTS, 0.35, SETTINGS)) == (
        "the source passed through; 360p, 480p encoded by libx264 superfast, 0.34 of a core",
        "720p left out: needs 0.11 of a core in real time, 0.09 left",
    )
    assert describe(plan(source(320, 180), 2000, COSTS, 1, SETTINGS)) == (
        "the source passed through; nothing encoded",
    )


@given(sources, sources, budgets)
def test_another_source_keeps_every_rung_and_still_never_upscales(
    first: VideoConfig, second: VideoConfig, budget: float
) -> None:
    before = plan(first, 2000, COSTS, budget, SETTINGS)
    after = refit(before, second)
    assert names(after) == names(before)
    assert all(r.width <= second.width and r.height <= second.height for r in after.rungs)


def test_one_ffmpeg_gets_no_more_than_it_can_use() -> None:
    slow = replace(COSTS, cores_max=0.35)
    got = plan(source(1920, 1080), 2000, slow, 64, SETTINGS)
    assert got == plan(source(1920, 1080), 2000, COSTS, 0.35, SETTINGS)
