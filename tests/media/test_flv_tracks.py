import pytest
from hypothesis import given, strategies as st

from manycast.media.errors import MalformedError, MediaError
from manycast.media.flv_tracks import Track, played_track, tracks


MULTITRACK = 6
FRAME = Track(1, b"hvc1", b"frame")


def test_one_track_is_taken_as_it_is() -> None:
    assert played_track(b"\x91hvc1frame", MULTITRACK) == FRAME


def test_modifiers_of_any_length_are_passed() -> None:
    nanoseconds = b"\x02\0\1\2"
    assert played_track(b"\x97" + nanoseconds + b"\x01hvc1frame", MULTITRACK) == FRAME
    long = b"\xff\x01\x00" + bytes(257)
    assert played_track(b"\x97" + long + b"\x07" + nanoseconds + b"\x01hvc1frame", 6) == FRAME


def test_the_only_track_is_played_when_it_is_number_0() -> None:
    assert played_track(b"\x96\x01hvc1\x00frame", MULTITRACK) == FRAME
    assert played_track(b"\x96\x01hvc1\x01frame", MULTITRACK) is None


def test_number_0_is_found_among_many_tracks() -> None:
    other, ours = b"\x01\0\0\x03abc", b"\0\0\0\x05frame"
    assert played_track(b"\x96\x11hvc1" + other + ours, MULTITRACK) == FRAME
    assert played_track(b"\x96\x11hvc1" + ours + other, MULTITRACK) == FRAME
    assert played_track(b"\x96\x11hvc1" + other, MULTITRACK) is None


def test_all_tracks_are_told_in_the_order_they_were_sent() -> None:
    other, ours = b"\x01\0\0\x03abc", b"\0\0\0\x05frame"
    assert list(tracks(b"\x96\x11hvc1" + other + ours, MULTITRACK)) == [
        Track(1, b"hvc1", b"abc", 1),
        FRAME,
    ]


def test_each_track_may_have_its_own_codec() -> None:
    other, ours = b"av01\x01\0\0\x03abc", b"hvc1\0\0\0\x05frame"
    assert played_track(b"\x96\x21" + other + ours, MULTITRACK) == FRAME


def test_audio_numbers_its_multitrack_packets_5() -> None:
    assert played_track(b"\x95\x01Opus\x00frame", 5) == Track(1, b"Opus", b"frame")


@pytest.mark.parametrize(
    "body",
    [b"\x91hvc", b"\x96", b"\x96\x11hvc1\0\0\0\x09frame", b"\x97", b"\x97\x02\0", b"\x96\x21av"],
)
def test_a_tag_that_ends_too_early_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedError, match="too early"):
        played_track(body, MULTITRACK)


def test_an_unknown_form_of_multitrack_is_refused() -> None:
    with pytest.raises(MalformedError, match="form 3"):
        played_track(b"\x96\x31hvc1\0frame", MULTITRACK)


@given(st.binary(min_size=1, max_size=60), st.sampled_from([5, 6, 7]))
def test_random_tags_raise_nothing_else(noise: bytes, packet_type: int) -> None:
    try:
        played_track(bytes((0x90 | packet_type,)) + noise, MULTITRACK)
    except MediaError:
        return
