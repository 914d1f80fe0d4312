import json
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from manycast.media.obs import (
    AUDIO_KBPS,
    SHARED_BPS_MAX,
    TRACKS_MAX,
    Canvas,
    Encoder,
    multitrack,
)
from manycast.settings.ladder import LadderSettings


SETTINGS = LadderSettings()
FULL_HD = Canvas(1920, 1080, 60.0)


def test_a_canvas_is_sent_in_as_many_sizes_as_asked_for() -> None:
    made = multitrack(FULL_HD, Encoder.X264, 3, SETTINGS)
    video = made.override["encoder_configurations"]
    assert [(one["width"], one["height"]) for one in video] == [
        (1920, 1080),
        (1280, 720),
        (854, 480),
    ]
    assert [one["framerate"]["numerator"] for one in video] == [60, 60, 30]
    assert [one["settings"]["bitrate"] for one in video] == [6000, 4200, 1200]
    assert made.total_bps == (6000 + 4200 + 1200 + AUDIO_KBPS) * 1000
    assert {one["type"] for one in video} == {"obs_x264"}


def test_it_is_the_json_that_obs_reads() -> None:
    """Names and kinds of ``VideoEncoderConfiguration`` and ``AudioEncoderConfiguration`` in OBS's sources."""
    read = json.loads(json.dumps(multitrack(FULL_HD, Encoder.NVENC, 2, SETTINGS).override))
    assert read.keys() == {"encoder_configurations", "audio_configurations"}
    assert read["encoder_configurations"][1] == {
        "type": "obs_nvenc_h264_tex",
        "width": 1280,
        "height": 720,
        "framerate": {"numerator": 60, "denominator": 1},
        "gpu_scale_type": "OBS_SCALE_BICUBIC",
        "canvas_index": 0,
        "settings": {
            "rate_control": "CBR",
            "bitrate": 4200,
            "keyint_sec": 2,
            "profile": "high",
            "preset": "p4",
            "tune": "ll",
            "multipass": "disabled",
            "bf": 0,
        },
    }
    (sound,) = read["audio_configurations"]["live"]
    assert {name: type(value) for name, value in sound.items()} == {
        "codec": str,
        "track_id": int,
        "channels": int,
        "settings": dict,
    }


@pytest.mark.parametrize(
    ("frame_rate", "fraction"),
    [(29.97, (30_000, 1001)), (59.94, (60_000, 1001)), (30.0, (30, 1)), (25.0, (25, 1))],
)
def test_frame_rates_are_whole_numbers_of_frames_in_whole_numbers_of_seconds(
    frame_rate: float, fraction: tuple[int, int]
) -> None:
    made = multitrack(Canvas(1280, 720, frame_rate), Encoder.AMD, 1, SETTINGS)
    rate = made.override["encoder_configurations"][0]["framerate"]
    assert (rate["numerator"], rate["denominator"]) == fraction


def test_large_sizes_are_not_held_to_what_twitch_takes() -> None:
    made = multitrack(Canvas(2560, 1440, 60.0), Encoder.X264, 2, SETTINGS)
    bitrates = [one["settings"]["bitrate"] for one in made.override["encoder_configurations"]]
    assert bitrates == [13_500, SHARED_BPS_MAX // 1000]


@given(
    st.integers(64, 4096),
    st.integers(64, 4096),
    st.floats(10, 120),
    st.sampled_from(Encoder),
    st.integers(-1, 20),
)
def test_every_canvas_gets_sizes_that_shrink(
    width: int, height: int, frame_rate: float, encoder: Encoder, count: int
) -> None:
    made = multitrack(Canvas(width, height, frame_rate), encoder, count, SETTINGS)
    video = made.override["encoder_configurations"]
    assert 1 <= len(video) == len(made.tracks) <= TRACKS_MAX
    assert all(one["width"] % 2 == one["height"] % 2 == 0 for one in video)
    assert all(one["width"] <= width and one["height"] <= height for one in video)
    assert all(a["height"] > b["height"] for a, b in pairwise(video))
    assert all(one["settings"]["keyint_sec"] == 2 for one in video)
