import pytest
from hypothesis import given, strategies as st

from manycast.media.errors import MalformedError, MediaError, UnsupportedError
from manycast.media.flv_video import parse_video, parse_videos
from manycast.model.media import TrackMedia, Unplayable, VideoFrame


CHOICE = "choose H.264, HEVC or AV1"


@pytest.mark.parametrize(
    ("body", "frame"),
    [
        (b"\x17\x01\0\0\x28nal", VideoFrame(7, 40, True, b"nal")),
        (b"\x27\x01\0\0\0nal", VideoFrame(7, 0, False, b"nal")),
        (b"\x37\x01\0\0\0nal", VideoFrame(7, 0, False, b"nal")),
        (b"\x91hvc1\0\0\x28nal", VideoFrame(7, 40, True, b"nal")),
        (b"\xa1avc1\0\0\x28nal", VideoFrame(7, 40, False, b"nal")),
        (b"\xa3hvc1nal", VideoFrame(7, 0, False, b"nal")),
        (b"\x91av01obu", VideoFrame(7, 0, True, b"obu")),
        (b"\x93av01obu", VideoFrame(7, 0, True, b"obu")),
    ],
)
def test_frames_of_every_form(body: bytes, frame: VideoFrame) -> None:
    assert parse_video(body, 7) == frame


def test_a_frame_is_never_shown_before_it_is_decoded() -> None:
    assert parse_video(b"\x27\x01\xff\xff\xd8nal", 7) == VideoFrame(7, 0, False, b"nal")


def test_an_av1_temporal_delimiter_stays_out_of_the_sample() -> None:
    assert parse_video(b"\x91av01\x12\0obu", 7) == VideoFrame(7, 0, True, b"obu")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x57\0",
        b"\x17\x02\0\0\0",
        b"\x17\x01\0\0\0",
        b"\xd1hvc1\0",
        b"\x92hvc1",
        b"\x94hvc1\x02\0\x09colorInfo",
        b"\x95hvc1\0",
        b"\x91av01\x12\0",
        b"\x96\x11hvc1\x01\0\0\x01x",
    ],
    ids=bytes.hex,
)
def test_tags_with_nothing_to_play(body: bytes) -> None:
    assert parse_video(body, 7) is None


@pytest.mark.parametrize(
    ("body", "codec"),
    [
        (b"\x12", "Sorenson"),
        (b"\x14x", "VP6"),
        (b"\x1cx", "HEVC by an unofficial"),
        (b"\x1fx", "codec id 15"),
        (b"\x90vp09x", "VP9"),
        (b"\x90vp08x", "VP8"),
        (b"\x90abcdx", "abcd"),
    ],
)
def test_other_codecs_are_named_with_what_to_choose(body: bytes, codec: str) -> None:
    with pytest.raises(UnsupportedError, match=f"{codec}.*{CHOICE}"):
        parse_video(body, 7)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"\x17", "packet type -1"),
        (b"\x17\x09abcd", "packet type 9"),
        (b"\x17\x01\0", "2 bytes before"),
        (b"\x98hvc1x", "packet type 8"),
        (b"\x17\x01\x7f\xff\xffnal", "composition time"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, message: str) -> None:
    with pytest.raises(MalformedError, match=message):
        parse_video(body, 7)


prefixes = st.sampled_from([b"", b"\x17\0\0\0\0", b"\x90hvc1", b"\x90av01", b"\x90avc1", b"\x96"])


@given(prefixes, st.binary(max_size=80))
def test_random_tags_raise_nothing_else(prefix: bytes, noise: bytes) -> None:
    try:
        parse_video(prefix + noise, 0)
    except MediaError:
        return


FIRST = VideoFrame(7, 0, True, b"nal")


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (b"\x17\x01\0\0\0nal", [FIRST]),
        (b"\x93avc1nal", [FIRST]),
        (b"\x96\x03avc1\x00nal", [FIRST]),
        (b"\x96\x03avc1\x02nal", [TrackMedia(2, FIRST)]),
        (b"\x97\0\0\x06\x03avc1\x02nal", [TrackMedia(2, FIRST)]),
        (b"\x96\x13avc1\x00\0\0\x03nal\x01\0\0\x03nal", [FIRST, TrackMedia(1, FIRST)]),
        (b"\x96\x23av01\x01\0\0\x03nalavc1\0\0\0\x03nal", [TrackMedia(1, FIRST), FIRST]),
        (b"\xd6\x03avc1\x02nal", []),
        (b"", []),
    ],
)
def test_every_track_of_a_tag_is_told_apart(
    body: bytes, items: list[VideoFrame | TrackMedia]
) -> None:
    assert parse_videos(body, 7) == items


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"\x96\x00vp09\x02rest", CHOICE), (b"\x96\x00avc1\x02rest", "configuration record")],
)
def test_a_further_track_that_cannot_be_carried_harms_no_other(body: bytes, reason: str) -> None:
    (item,) = parse_videos(body, 7)
    assert isinstance(item, TrackMedia)
    assert isinstance(item.item, Unplayable)
    assert reason in item.item.reason
    with pytest.raises(MediaError):
        parse_videos(body.replace(b"\x02", b"\x00"), 7)


@given(st.binary(max_size=60), st.sampled_from([b"", b"\x96", b"\x97", b"\x96\x10avc1\x01"]))
def test_random_tags_of_many_tracks_raise_nothing_else(noise: bytes, prefix: bytes) -> None:
    try:
        parse_videos(prefix + noise, 0)
    except MediaError:
        return
