import pytest
from hypothesis import given, strategies as st

from manycast.media.frame_rate import LOOKED_AT, Opening, usual
from manycast.model.media import AudioFrame, Media, StreamInfo, VideoFrame


INFO = StreamInfo(has_video=True, encoder="WebRTC")


def picture(at_ms: int) -> VideoFrame:
    return VideoFrame(at_ms, 0, key=False, data=b"x")


@pytest.mark.parametrize(
    ("times_ms", "rate"),
    [
        ([33 * n for n in range(10)], 30.0),
        ([0, 33, 67, 100, 133, 200, 233, 267, 300, 333], 30.0),
        ([40 * n for n in range(10)], 25.0),
        ([17 * n for n in range(10)], 60.0),
        ([142 * n for n in range(10)], 7.0),
        ([5] * 10, None),
        ([1], None),
    ],
)
def test_the_rate_is_that_of_most_pictures(times_ms: list[int], rate: float | None) -> None:
    assert usual(times_ms) == rate


@given(st.lists(st.booleans(), max_size=60))
def test_nothing_is_lost_nor_moved_and_the_rate_comes_first(kinds: list[bool]) -> None:
    sent: list[Media] = [
        picture(33 * n) if kind else AudioFrame(33 * n, b"y") for n, kind in enumerate(kinds)
    ]
    opening = Opening(INFO)
    told = [item for one in sent for item in opening.feed(one)]
    if sum(kinds) < LOOKED_AT:
        assert told == []
    else:
        assert isinstance(told[0], StreamInfo)
        assert told[0].encoder == "WebRTC"
        assert told[1:] == sent
