from dataclasses import replace

import pytest

from manycast.destination.choice import (
    Choice,
    Offer,
    choose,
    encode_for,
    limits_of,
    read_status,
)
from manycast.model.destinations import DestinationGrant, Encode, Limits


WIDE = Offer(
    name="source", width=2560, height=1440, frame_rate=60.0, average_bps=12_000_000,
    codecs="avc1.640033,mp4a.40.2",
)  # fmt: skip
FULL = Offer(
    name="1080p", width=1920, height=1080, frame_rate=60.0, average_bps=6_300_000,
    codecs="avc1.64002a,mp4a.40.2",
)  # fmt: skip
HALF = Offer(
    name="720p", width=1280, height=720, frame_rate=30.0, average_bps=3_000_000,
    codecs="avc1.64001f,mp4a.40.2",
)  # fmt: skip
KICK = Limits(
    video_codecs=("avc1",), width_max=1920, height_max=1080, frame_rate_max=60,
    video_bps_max=8_000_000, audio_bps_max=160_000, keyframe_ms_max=2000,
)  # fmt: skip


def grant(
    rendition: str = "", limits: Limits = KICK, encode: Encode | None = None
) -> DestinationGrant:
    return DestinationGrant(
        id="d", name="Kick", url="rtmp://x/y", rendition=rendition, limits=limits, encode=encode
    )


def test_nothing_is_chosen_from_nothing() -> None:
    assert choose((), grant()) is None


def test_the_best_within_the_limits_is_chosen_and_a_wish_is_followed() -> None:
    offers = (WIDE, FULL, HALF)
    assert choose(offers, grant()) == Choice("1080p")
    assert choose(offers, grant("720p")) == Choice("720p")
    assert choose(offers, grant("", Limits())) == Choice("source")


def test_a_wish_that_the_place_would_refuse_is_not_followed_and_explained() -> None:
    found = choose((WIDE, FULL), grant("source"))
    assert found is not None
    assert found.rendition == "1080p"
    assert "1920 pixels in width at most (source has 2560)" in found.reason
    assert found.reason.endswith("1080p is sent in its place.")


def test_a_wish_that_is_not_there_is_replaced_and_explained() -> None:
    found = choose((FULL,), grant("720p"))
    assert found == Choice(
        "1080p", None, "There is no 720p in this stream: 1080p is sent in its place."
    )


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(width_max=1280), "width"),
        (Limits(height_max=720), "height"),
        (Limits(frame_rate_max=30), "frames per second"),
        (Limits(video_bps_max=3_000_000), "kbit/s"),
        (Limits(video_codecs=("hvc1",)), "codec"),
    ],
)
def test_what_no_rendition_obeys_is_encoded_for(limits: Limits, said: str) -> None:
    found = choose((FULL,), grant("", limits))
    assert found is not None
    assert found.encode == encode_for(FULL, limits)
    assert said in found.reason


def test_an_encode_of_its_own_is_made_of_the_best_rendition() -> None:
    own = Encode(height=720, video_bps=2_000_000)
    assert choose((HALF, WIDE), grant(encode=own)) == Choice("source", own)


def test_measured_rates_are_taken_with_some_slack() -> None:
    sound = Offer(name="source", width=1920, height=1080, frame_rate=60.3, average_bps=9_000_000)
    assert choose((sound,), grant()) == Choice("source")


def test_an_encode_stays_within_the_limits_and_below_the_source() -> None:
    made = encode_for(WIDE, KICK)
    assert (made.height, made.frame_rate, made.video_bps) == (1080, 60.0, 8_000_000)
    assert made.audio_bps == 160_000
    slow = encode_for(WIDE, Limits(width_max=1280, frame_rate_max=30))
    assert (slow.height, slow.frame_rate) == (720, 30.0)
    assert encode_for(HALF, KICK).height == 720


def test_a_status_is_read_and_its_future_passed_over() -> None:
    value = {
        "state": "live",
        "since_ms": 1,
        "renditions": [{"name": "source", "width": 2, "height": 4, "frame_rate": None, "new": 1}],
    }
    status = read_status(value)
    assert (status.state, status.renditions) == ("live", (Offer(name="source", width=2, height=4),))
    with pytest.raises(ValueError, match="state"):
        read_status({})


def test_what_is_cut_for_another_screen_is_sent_only_where_it_is_named() -> None:
    portrait = Offer(name="1080p-portrait", width=1080, height=1920)
    assert choose((FULL,), grant("1080p-portrait", Limits()), (portrait,)) == Choice(
        "1080p-portrait"
    )
    assert choose((FULL,), grant("", Limits()), (portrait,)) == Choice(FULL.name)


def test_what_is_spoken_with_a_place_limits_it_too() -> None:
    assert limits_of(grant()) == KICK
    whip = limits_of(replace(grant(), url="HTTPS://x/whip"))
    assert whip == replace(KICK, video_codecs=("avc1",), b_frames=False)
    srt = replace(grant("", Limits()), url="srt://x:1")
    new = replace(FULL, codecs="av01.0.08M.08,mp4a.40.2")
    found = choose((new,), replace(srt, limits=limits_of(srt)))
    assert found is not None
    assert found.encode is not None, "MPEG-TS has no AV1"


def test_b_frames_are_left_out_only_where_they_are_not_taken() -> None:
    source, small = replace(FULL, b_frames=True), HALF
    straight = Limits(b_frames=False)
    assert choose((source, small), grant("", Limits())) == Choice(source.name)
    assert choose((source, small), grant("", straight)) == Choice(small.name)
    found = choose((source,), grant(source.name, straight))
    assert found is not None
    assert found.encode == encode_for(source, straight)
    assert found.reason == "Kick takes no B-frames (1080p has them): It is encoded for it."
