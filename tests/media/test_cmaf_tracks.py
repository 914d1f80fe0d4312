import pytest
from tests.media.test_cmaf_reader import AVC

from manycast.media.boxes import box, full_box
from manycast.media.cmaf_init import init_segment
from manycast.media.cmaf_tracks import boxes, tracks
from manycast.media.errors import MediaError, UnsupportedError
from manycast.media.silence import DEFAULT_SILENCE


MOOV = dict(boxes(init_segment(AVC, DEFAULT_SILENCE)))[b"moov"]


def test_tracks_say_their_number_their_clock_and_how_to_decode() -> None:
    video, audio = tracks(MOOV)
    assert (video.number, video.timescale, video.config) == (1, 1000, AVC)
    assert (audio.number, audio.timescale, audio.config) == (2, 48000, DEFAULT_SILENCE)


def test_another_codec_is_named() -> None:
    with pytest.raises(UnsupportedError, match="vp09"):
        tracks(MOOV.replace(b"avc1", b"vp09"))


@pytest.mark.parametrize("name", [b"tkhd", b"mdhd", b"stsd", b"avcC", b"esds"])
def test_a_track_without_what_it_needs_is_refused(name: bytes) -> None:
    with pytest.raises(MediaError, match=name.decode()):
        tracks(MOOV.replace(name, b"skip"))


def test_a_track_whose_time_stands_still_is_refused() -> None:
    with pytest.raises(MediaError, match="time"):
        tracks(
            MOOV.replace(
                (48000).to_bytes(4, "big") + bytes(4) + b"\x55\xc4", bytes(8) + b"\x55\xc4"
            )
        )


@pytest.mark.parametrize("length", [1, 7, 9])
def test_boxes_that_do_not_fit_are_refused(length: int) -> None:
    with pytest.raises(MediaError):
        list(boxes(box(b"free", b"1") + bytes((0, 0, 0, length, 1, 2, 3, 4))))
    with pytest.raises(MediaError):
        tracks(box(b"trak", full_box(b"tkhd", 0, 0)))
