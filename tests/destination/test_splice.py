from hypothesis import given, strategies as st
from tests.destination.frames import (
    EPOCH_MS,
    IDLE,
    KEY,
    OTHER_PICTURE,
    PICTURE,
    REFERENCE,
    SOUND,
    kinds,
    picture,
    stream,
)

from manycast.destination.splice import Splice
from manycast.model.media import AudioFrame, VideoConfig, VideoFrame


@given(kinds, st.integers(0, 60), st.integers(0, 60))
def test_a_reading_that_breaks_off_and_begins_anew_leaves_out_and_repeats_nothing(
    shape: list[bytes], broken: int, again: int
) -> None:
    shape = [KEY, *shape]
    cut = 2 + 3 * min(broken, len(shape))
    tail = max(n for n in range(min(again, broken, len(shape) - 1) + 1) if shape[n] == KEY)
    whole = stream(shape)
    splice = Splice()
    splice.begin("source")
    taken = splice.take(whole[:cut])
    splice.begin("source")
    taken += splice.take(whole[:2] + whole[2 + 3 * tail :])
    assert [item for item in taken if isinstance(item, VideoFrame | AudioFrame)] == whole[2:]


def test_another_rendition_begins_at_its_first_keyframe_that_is_new() -> None:
    splice = Splice()
    splice.begin("source")
    splice.take(stream([KEY, REFERENCE, REFERENCE]))
    splice.begin("720p")
    other = stream([KEY, REFERENCE, REFERENCE, REFERENCE, KEY, IDLE])
    taken = splice.take([OTHER_PICTURE, *other[1:]])
    times = [item.dts_ms - EPOCH_MS for item in taken if isinstance(item, VideoFrame)]
    assert times == [160, 200]
    assert taken.index(OTHER_PICTURE) + 1 == taken.index(picture(EPOCH_MS + 160, KEY))
    assert PICTURE not in taken


def test_the_format_of_a_rendition_may_change() -> None:
    splice = Splice()
    splice.begin("source")
    splice.take(stream([KEY, REFERENCE]))
    splice.begin("source")
    key = picture(EPOCH_MS + 80, KEY)
    assert splice.take([OTHER_PICTURE, SOUND, key]) == [SOUND, OTHER_PICTURE, key]


def test_a_picture_that_cannot_be_decoded_is_no_beginning() -> None:
    splice = Splice()
    splice.begin("source")
    taken = splice.take(stream([REFERENCE, KEY]))
    assert not any(isinstance(item, VideoConfig) for item in taken[:3])
    assert [item.key for item in taken if isinstance(item, VideoFrame)] == [True]
