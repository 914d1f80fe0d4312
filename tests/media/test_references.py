from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.destination.frames import IDLE, KEY, PICTURE, REFERENCE, picture

from manycast.media.references import disposable
from manycast.model.media import Media, VideoCodec, VideoConfig, VideoFrame


Record = Callable[..., list[Media]]


@pytest.mark.parametrize(("kind", "wanted"), [(KEY, False), (REFERENCE, False), (IDLE, True)])
def test_h264_says_which_pictures_none_refers_to(kind: bytes, *, wanted: bool) -> None:
    frame = picture(0, kind)
    delimiter = b"\0\0\0\2\x09\x10"
    assert disposable(PICTURE, frame.data) is wanted
    assert disposable(PICTURE, delimiter + frame.data) is wanted


@pytest.mark.parametrize("data", [b"", b"\0\0\0\2\x09\x10", b"\0\0"])
def test_what_holds_no_picture_is_kept(data: bytes) -> None:
    assert not disposable(PICTURE, data)


@pytest.mark.parametrize(
    ("words", "some"),
    [
        (("-c:v", "libx264", "-bf", "2", "-g", "25"), True),
        (("-c:v", "libx264", "-bf", "0", "-refs", "1", "-g", "25"), False),
        (("-c:v", "libx265", "-bf", "3", "-x265-params", "log-level=none"), True),
        (("-c:v", "libsvtav1", "-preset", "12"), False),
    ],
)
def test_real_encoders_mark_their_b_frames(
    words: tuple[str, ...], record: Record, *, some: bool
) -> None:
    media = record(*words, "-c:a", "aac")
    config = next(item for item in media if isinstance(item, VideoConfig))
    frames = [item for item in media if isinstance(item, VideoFrame)]
    found = [disposable(config, frame.data) for frame in frames]
    assert any(found) is some
    assert not any(idle and frame.key for idle, frame in zip(found, frames, strict=True))


def test_hevc_with_several_temporal_layers_is_left_alone() -> None:
    record = bytearray(23)
    record[21] = 2 << 3
    config = replace(PICTURE, codec=VideoCodec.HEVC, record=bytes(record))
    assert not disposable(config, b"\0\0\0\3\x00\x01x")
    record[21] = 1 << 3
    assert disposable(replace(config, record=bytes(record)), b"\0\0\0\3\x00\x01x")
