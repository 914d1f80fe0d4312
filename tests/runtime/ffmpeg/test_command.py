from dataclasses import replace

import pytest

from manycast.media.ladder import LadderPlan, Rung
from manycast.runtime.ffmpeg import command


SMALL = Rung("360p", 640, 360, 700_000, 30.0, 2)
LARGE = Rung("1080p", 1920, 1080, 5_000_000, 60.0, 1)


def ladder(encoder: str = "libx264", keyframe_ms: int | None = None) -> LadderPlan:
    return LadderPlan((SMALL, LARGE), (), encoder, "superfast", 0.5, True, keyframe_ms)


def option(argv: list[str], name: str) -> list[str]:
    return [argv[at + 1] for at, word in enumerate(argv) if word == name]


def test_the_source_is_decoded_once_and_each_rung_has_its_own_pipe() -> None:
    argv = command.transcode("ffmpeg", ladder(), [7, 9])
    assert option(argv, "-i") == ["pipe:0"]
    assert [word for word in argv if word.startswith("pipe:")] == ["pipe:0", "pipe:7", "pipe:9"]
    (graph,) = option(argv, "-filter_complex")
    assert graph.split(";") == [
        "[0:v]split=2[s0][s1]",
        "[s0]select=key+not(mod(n\\,2)),scale=640:360:flags=fast_bilinear,format=yuv420p[r0]",
        "[s1]scale=1920:1080:flags=fast_bilinear,format=yuv420p[r1]",
    ]


def test_keyframes_are_the_sources_when_it_is_passed_through() -> None:
    argv = command.transcode("ffmpeg", ladder(), [7, 9])
    assert option(argv, "-force_key_frames") == ["source", "source"]


def test_keyframes_are_counted_from_zero_when_the_sources_are_too_rare() -> None:
    argv = command.transcode("ffmpeg", ladder(keyframe_ms=2000), [7, 9])
    assert option(argv, "-force_key_frames") == ["expr:gte(t,n_forced*2)"] * 2


def test_rate_control_knows_the_frame_rate() -> None:
    argv = command.transcode("ffmpeg", ladder(), [7, 9])
    assert option(argv, "-x264-params") == ["fps=30.000", "fps=60.000"]
    assert option(argv, "-b:v") == ["700000", "5000000"]


@pytest.mark.parametrize("encoder", ["h264_nvenc", "h264_qsv", "h264_vaapi"])
def test_hardware_encoders_hold_no_frame_back(encoder: str) -> None:
    argv = command.transcode("ffmpeg", ladder(encoder), [7, 9])
    assert option(argv, "-c:v") == [encoder] * 2
    assert option(argv, "-bf") == ["0", "0"]


def test_vaapi_frames_are_uploaded_to_the_device() -> None:
    argv = command.transcode("ffmpeg", ladder("h264_vaapi"), [7, 9])
    assert option(argv, "-vaapi_device") == [command.VAAPI_DEVICE]
    assert option(argv, "-filter_complex")[0].count("format=nv12,hwupload") == 2


def test_an_unknown_encoder_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="use libx264, h264_nvenc"):
        command.transcode("ffmpeg", ladder("h264_amf"), [7, 9])


def test_a_constant_bitrate_is_filled_up_only_where_it_is_asked_for() -> None:
    rung = Rung("own", 320, 180, 300_000, 30.0, 1)
    ladder = LadderPlan(
        (rung,), (), "libx264", "veryfast", 0.0, passthrough=False, keyframe_ms=2000
    )
    assert "-nal-hrd" not in command.transcode("ffmpeg", ladder, [3])
    held = command.transcode("ffmpeg", replace(ladder, constant=True), [3])
    assert held[held.index("-minrate") + 1] == "300000"
    assert "-nal-hrd" in held
